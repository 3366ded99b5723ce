"""Microsoft Entra: MSAL, which takes an authority and asks it for its metadata."""

import gateway
from msal import ConfidentialClientApplication

TENANT = "11111111-2222-4333-8444-555555555555"
gateway.lead("entra.localhost")
key, secret = gateway.client(
    "entra",
    "https://graph.microsoft.com/.default openid profile offline_access User.Read",
    "client_credentials",
    "authorization_code",
    "refresh_token",
    claims={"tenant": TENANT},
)
user = gateway.user("entra", "example")
authority = f"https://entra.localhost:{gateway.PORT}/{TENANT}"
app = ConfidentialClientApplication(key, secret, authority=authority, instance_discovery=False)

own = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
assert "access_token" in own, own
order = gateway.code("entra", user, "openid profile offline_access User.Read")
first = app.acquire_token_by_authorization_code(order, ["User.Read"], redirect_uri=gateway.REDIRECT)
assert "access_token" in first and first["id_token_claims"]["sub"] == user, first
second = app.acquire_token_by_refresh_token(first["refresh_token"], ["User.Read"])
assert second.get("access_token") not in (None, first["access_token"]), second
gateway.did("msal", "client credentials", "code", "refresh")
