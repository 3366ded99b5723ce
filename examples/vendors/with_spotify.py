"""Spotify: spotipy, whose classes have the token's address."""

import gateway
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

SCOPE = "playlist-read-private"
key, secret = gateway.client("spotify", SCOPE, "client_credentials", "authorization_code", "refresh_token")
user = gateway.user("spotify", "example")
for flow in (SpotifyClientCredentials, SpotifyOAuth):
    flow.OAUTH_TOKEN_URL = f"{gateway.GATEWAY}/spotify/api/token"

app = SpotifyClientCredentials(key, secret, cache_handler=MemoryCacheHandler())
assert app.get_access_token(as_dict=False)

of_user = SpotifyOAuth(key, secret, gateway.REDIRECT, scope=SCOPE, cache_handler=MemoryCacheHandler())
first = of_user.get_access_token(gateway.code("spotify", user), as_dict=False, check_cache=False)
kept = of_user.cache_handler.get_cached_token()["refresh_token"]
second = of_user.refresh_access_token(kept)
assert second["access_token"] != first and second["refresh_token"] == kept
gateway.did("spotipy", "client credentials", "code", "refresh")
