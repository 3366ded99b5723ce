"""Zoho: the vendor's SDK, whose environments have their addresses."""

import tempfile

import gateway
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import Initializer
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter

key, secret = gateway.client(
    "zoho",
    "ZohoCRM.modules.ALL",
    "authorization_code",
    "refresh_token",
    claims={"api_domain": "https://www.zohoapis.com"},
)
user = gateway.user("zoho", "example")
environment = DataCenter.Environment(
    f"{gateway.GATEWAY}/zoho", f"{gateway.GATEWAY}/zoho/oauth/v2/token", "https://content.zohoapis.com"
)
with tempfile.TemporaryDirectory() as folder:
    grant = gateway.code("zoho", user)
    token = OAuthToken(client_id=key, client_secret=secret, grant_token=grant, redirect_url=gateway.REDIRECT, find_user=False)
    Initializer.initialize(environment, token, FileStore(f"{folder}/tokens.csv"), resource_path=folder)
    token.generate_token()
    first = token.get_access_token()
    assert first.startswith("1000.") and token.get_refresh_token(), first
    token.refresh_access_token(token, environment.accounts_url)
    assert token.get_access_token() != first
gateway.did("zohocrmsdk8-0", "code", "refresh")
