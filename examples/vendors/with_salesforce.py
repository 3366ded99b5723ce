"""Salesforce: simple-salesforce, which knows no host but one below salesforce.com."""

import gateway
from simple_salesforce.login import SalesforceLogin

gateway.lead("login.salesforce.com", "acme.my.salesforce.com")
about = {"claims": {"org_id": "00D1", "run_as": "0051"}}
user = gateway.user("salesforce", "example")
key, secret = gateway.client("salesforce", "api", "client_credentials", **about)
token, instance = SalesforceLogin(consumer_key=key, consumer_secret=secret, domain="acme.my")
assert token.startswith("00D") and instance, instance

pem, jwk = gateway.key_pair()
key, _ = gateway.client("salesforce", "api", gateway.JWT_BEARER, secret=None, jwks={"keys": [jwk]}, **about)
token, instance = SalesforceLogin(username="user-example", consumer_key=key, privatekey=pem, domain="login")
assert token.startswith("00D") and instance, instance
gateway.did("simple-salesforce", "client credentials", "JWT bearer")
