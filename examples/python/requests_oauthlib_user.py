"""A program that signs a user in with requests-oauthlib, and PyJWT for the ID token: it shows an address to open, and is told the
one at which the browser ends, as a program without a web server of its own does.

    python requests_oauthlib_user.py --issuer http://localhost:8080/openid

requests-oauthlib knows OAuth 2.0 alone: code with PKCE, refresh, client credentials. What it has no call for (discovery,
introspection, log-out) is a request of its session, or of requests.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from oauthlib.oauth2 import BackendApplicationClient, WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

parser = argparse.ArgumentParser()
parser.add_argument("--issuer", default="http://localhost:8080/openid")
parser.add_argument("--client-id", default="openid-web")
parser.add_argument("--client-secret", default="openid-web-secret")
parser.add_argument("--service-id", default="openid-app")
parser.add_argument("--service-secret", default="openid-app-secret")
options = parser.parse_args()

REDIRECT = "https://client.test/cb"
SCOPE = ["openid", "profile", "email", "offline_access"]

if urlsplit(options.issuer).hostname in ("localhost", "127.0.0.1", "::1"):
    # oauthlib refuses plain HTTP; this machine alone is spared.
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

answer = requests.get(f"{options.issuer}/.well-known/openid-configuration", timeout=10)
answer.raise_for_status()
provider = answer.json()
assert provider["issuer"] == options.issuer, provider["issuer"]
authentication = HTTPBasicAuth(options.client_id, options.client_secret)

nonce = secrets.token_urlsafe(16)
session = OAuth2Session(options.client_id, redirect_uri=REDIRECT, scope=SCOPE, pkce="S256")
# The standard grants `offline_access` where the user is asked for it.
url, _ = session.authorization_url(provider["authorization_endpoint"], nonce=nonce, prompt="consent")
print(f"Open {url}\nand paste the address at which the browser ends:", flush=True)
ended_at = sys.stdin.readline().strip()
# It compares the state, and sends the verifier.
tokens = session.fetch_token(
    provider["token_endpoint"], authorization_response=ended_at, auth=authentication, include_client_id=False
)

key = jwt.PyJWKClient(provider["jwks_uri"]).get_signing_key_from_jwt(tokens["id_token"])
algorithms = provider["id_token_signing_alg_values_supported"]
checked = jwt.decode_complete(
    tokens["id_token"], key, algorithms=algorithms, audience=options.client_id, issuer=options.issuer
)
claims = checked["payload"]
assert claims["nonce"] == nonce, "another sign-in's ID token"
half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode(), "another access token's"

user = session.get(provider["userinfo_endpoint"]).json()
assert user["sub"] == claims["sub"], user

refreshed = session.refresh_token(provider["token_endpoint"], auth=authentication)
assert refreshed["refresh_token"] != tokens["refresh_token"], "the refresh token was not rotated"
told = requests.post(
    provider["introspection_endpoint"], {"token": refreshed["access_token"]}, auth=authentication, timeout=10
).json()

request = WebApplicationClient(options.client_id).prepare_token_revocation_request
url, headers, body = request(provider["revocation_endpoint"], refreshed["refresh_token"], "refresh_token")
requests.post(url, body, headers=headers, auth=authentication, timeout=10).raise_for_status()
after = session.get(provider["userinfo_endpoint"]).status_code

service = OAuth2Session(client=BackendApplicationClient(options.service_id), scope=["api"])
own = service.fetch_token(provider["token_endpoint"], auth=HTTPBasicAuth(options.service_id, options.service_secret))

print(
    json.dumps(
        {
            "sub": claims["sub"],
            "email": user["email"],
            "scope": " ".join(tokens["scope"]),
            "introspected": told["active"] and told["sub"] == claims["sub"],
            "revoked": after == 401,
            "service": " ".join(own["scope"]),
        }
    )
)
bye = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://client.test/bye", "state": nonce}
print(f"Open {provider['end_session_endpoint']}?{urlencode(bye)}\nto sign out.", flush=True)
