"""Box: the vendor's SDK, whose sessions have its addresses."""

import gateway
from box_sdk_gen import BaseUrls, BoxCCGAuth, BoxOAuth, CCGConfig, NetworkSession, OAuthConfig

SCOPE = "root_readwrite"
key, secret = gateway.client("box", SCOPE, "client_credentials", "authorization_code", "refresh_token")
user = gateway.user("box", "example")
session = NetworkSession(base_urls=BaseUrls(base_url=f"{gateway.GATEWAY}/box"))

app = BoxCCGAuth(CCGConfig(key, secret, enterprise_id="1"))
assert app.retrieve_token(network_session=session).access_token

of_user = BoxOAuth(OAuthConfig(key, secret))
first = of_user.get_tokens_authorization_code_grant(gateway.code("box", user), network_session=session)
second = of_user.refresh_token(network_session=session)
assert second.access_token != first.access_token and second.refresh_token != first.refresh_token
gateway.did("boxsdk", "client credentials", "code", "refresh")
