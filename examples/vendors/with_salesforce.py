"""Salesforce: simple-salesforce, which knows no host but one below salesforce.com."""

import gateway
from simple_salesforce.login import SalesforceLogin

gateway.lead("acme.my.salesforce.com")
about = {"org_id": "00D1", "run_as": "0051"}
key, secret = gateway.client("salesforce", "api", "client_credentials", claims=about)
token, instance = SalesforceLogin(consumer_key=key, consumer_secret=secret, domain="acme.my")
assert token.startswith("00D") and instance, instance
gateway.did("simple-salesforce", "client credentials")
