"""Intuit: the vendor's client, which takes the address of the metadata in the place of an environment's name."""

import gateway
from intuitlib.client import AuthClient

SCOPE = "openid profile email com.intuit.quickbooks.accounting"
key, secret = gateway.client("intuit", SCOPE, "authorization_code", "refresh_token")
user = gateway.user("intuit", "example", realmid="1231434565226279", email="alice@client.test")
metadata = f"{gateway.GATEWAY}/intuit/.well-known/openid_configuration"
intuit = AuthClient(key, secret, gateway.REDIRECT, metadata)
intuit.get_bearer_token(gateway.code("intuit", user), realm_id="1231434565226279")
first, token = intuit.access_token, intuit.refresh_token
assert intuit.id_token and intuit.x_refresh_token_expires_in == 8726400
assert intuit.get_user_info().json()["email"] == "alice@client.test"
intuit.refresh()
assert intuit.access_token != first and intuit.refresh_token, token
assert intuit.revoke()
gateway.did("intuit-oauth", "code", "userinfo", "refresh", "revocation")
