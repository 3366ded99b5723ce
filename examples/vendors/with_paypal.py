"""PayPal: the vendor's SDK, which knows two environments and no other address."""

import gateway
from paypalserversdk.configuration import Environment
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

gateway.lead("api-m.sandbox.paypal.com")
key, secret = gateway.client("paypal", "openid", "client_credentials", claims={"app_id": "APP-1"})
credentials = ClientCredentialsAuthCredentials(o_auth_client_id=key, o_auth_client_secret=secret)
paypal = PaypalServersdkClient(client_credentials_auth_credentials=credentials, environment=Environment.SANDBOX)
token = paypal.oauth_2.fetch_token()
assert token.access_token.startswith("A21AA") and token.token_type == "Bearer" and token.expires_in, token
gateway.did("paypal-server-sdk", "client credentials")
