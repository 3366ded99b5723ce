"""HubSpot: the vendor's client, which takes a host."""

import gateway
from hubspot import HubSpot

key, secret = gateway.client(
    "hubspot", "oauth crm.objects.contacts.read", "authorization_code", "refresh_token", claims={"hub_id": 7}
)
user = gateway.user("hubspot", "example")
tokens = HubSpot(host=f"{gateway.GATEWAY}/hubspot").oauth.tokens_api
own = {"client_id": key, "client_secret": secret}
first = tokens.create(
    grant_type="authorization_code", code=gateway.code("hubspot", user), redirect_uri=gateway.REDIRECT, **own
)
second = tokens.create(grant_type="refresh_token", refresh_token=first.refresh_token, **own)
assert second.access_token != first.access_token and second.refresh_token == first.refresh_token, second
gateway.did("hubspot-api-client", "code", "refresh")
