"""Google: the vendor's libraries, which take the token's address as a part of the credentials."""

import gateway
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from google_auth_oauthlib.flow import Flow

SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly"
TOKEN = f"{gateway.GATEWAY}/google/token"
key, secret = gateway.client("google", SCOPE, "authorization_code", "refresh_token")
user = gateway.user("google", "example")

app = {"client_id": key, "client_secret": secret, "token_uri": TOKEN, "auth_uri": "https://accounts.google.com/o/oauth2/auth"}
flow = Flow.from_client_config({"web": app}, [SCOPE], redirect_uri=gateway.REDIRECT, autogenerate_code_verifier=False)
flow.fetch_token(code=gateway.code("google", user))
credentials = flow.credentials
first = credentials.token
credentials.refresh(Request())
assert credentials.token != first and credentials.valid

pem, jwk = gateway.key_pair()
account, _ = gateway.client("google", SCOPE, gateway.JWT_BEARER, secret=None, jwks={"keys": [jwk]})
info = {"type": "service_account", "client_email": account, "private_key": pem, "private_key_id": "1", "token_uri": TOKEN}
service = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])
service.refresh(Request())
assert service.valid
gateway.did("google-auth", "code", "refresh", "service account")
