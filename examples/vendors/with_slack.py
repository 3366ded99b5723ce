"""Slack: the vendor's SDK, which takes an address."""

import gateway
from slack_sdk import WebClient

key, secret = gateway.client(
    "slack", "commands incoming-webhook", "authorization_code", claims={"app_id": "A1", "bot_user_id": "U1", "team_id": "T1", "team_name": "Example"}
)
user = gateway.user("slack", "U2")
slack = WebClient(base_url=f"{gateway.GATEWAY}/slack/api/")
answer = slack.oauth_v2_access(client_id=key, client_secret=secret, code=gateway.code("slack", user))
assert answer["ok"] and answer["access_token"].startswith("xoxb-") and answer["authed_user"]["id"] == "U2", answer
gateway.did("slack_sdk", "code")
