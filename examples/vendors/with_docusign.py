"""Docusign: the vendor's client, which takes a host's name and speaks HTTPS to it."""

import os

import gateway
from docusign_esign import ApiClient, Configuration

HOST = "account-d.docusign.com"
gateway.lead(HOST)
user = gateway.user("docusign", "7f09961a-a22e-4ebf-aea9-ef9f4e8f8e5b")
key, secret = gateway.client("docusign", "signature impersonation", "authorization_code", "refresh_token")
# It trusts the certificates of its own package, unless it is told of others.
Configuration().ssl_ca_cert = os.environ.get("SSL_CERT_FILE")
docusign = ApiClient(oauth_host_name=HOST)
token = docusign.generate_access_token(key, secret, gateway.code("docusign", user))
assert token.access_token and token.refresh_token, token

pem, jwk = gateway.key_pair()
key, _ = gateway.client("docusign", "signature impersonation", gateway.JWT_BEARER, secret=None, jwks={"keys": [jwk]})
token = docusign.request_jwt_user_token(key, user, HOST, pem.encode(), 3600, ["signature", "impersonation"])
assert token.access_token and not token.refresh_token, token
gateway.did("docusign-esign", "code", "JWT grant")
