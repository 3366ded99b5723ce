"""GitHub: PyGithub, which takes the address of an enterprise's server."""

import gateway
from github import Github

key, secret = gateway.client("github", "repo gist", "authorization_code")
user = gateway.user("github", "1")
gateway.lead("github.localhost")
api = Github(base_url=f"https://github.localhost:{gateway.PORT}/api/v3")
token = api.get_oauth_application(key, secret).get_access_token(gateway.code("github", user))
assert token.token.startswith("gho_") and token.scope == "repo,gist" and token.refresh_token is None, token
gateway.did("PyGithub", "code")
