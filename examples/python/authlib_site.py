"""A site that signs its users in with Authlib and Flask, with Authlib's checks as they are: issuer, state, nonce, PKCE, the ID
token's signature and claims. Every answer is JSON.

    python authlib_site.py --issuer http://localhost:8080/openid --port 3000
"""

import argparse
import secrets
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

parser = argparse.ArgumentParser()
parser.add_argument("--issuer", default="http://localhost:8080/openid")
parser.add_argument("--client-id", default="openid-web")
parser.add_argument("--client-secret", default="openid-web-secret")
parser.add_argument("--service-id", default="openid-app")
parser.add_argument("--service-secret", default="openid-app-secret")
parser.add_argument("--port", type=int, default=3000)
options = parser.parse_args()
origin = f"http://localhost:{options.port}"

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
# Browsers keep cookies by host, whatever the port.
app.config["SESSION_COOKIE_NAME"] = f"authlib_site_{options.port}"
provider = OAuth(app).register(
    "provider",
    client_id=options.client_id,
    client_secret=options.client_secret,
    server_metadata_url=f"{options.issuer}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email offline_access", "code_challenge_method": "S256"},
)
# What each user's browser has; its cookie would be too small for the tokens.
signed_in: dict[str, dict[str, Any]] = {}


class NotSignedIn(Exception):
    pass


def own() -> dict[str, Any]:
    try:
        return signed_in[session["id"]]
    except KeyError:
        raise NotSignedIn from None


def endpoint(name: str) -> str:
    return provider.load_server_metadata()[f"{name}_endpoint"]


def client() -> OAuth2Session:
    """For all that Authlib does without a browser."""
    return OAuth2Session(options.client_id, options.client_secret)


@app.get("/")
def who_am_i() -> ResponseReturnValue:
    if session.get("id") not in signed_in:
        return {"signed_in": False}
    token, claims = own()["token"], own()["claims"]
    has_refresh_token = "refresh_token" in token
    return {"signed_in": True, "claims": claims, "scope": token["scope"], "has_refresh_token": has_refresh_token}


@app.get("/login")
def login() -> ResponseReturnValue:
    passed_on = {name: request.args[name] for name in ("prompt", "login_hint", "max_age") if name in request.args}
    return provider.authorize_redirect(f"{origin}/cb", **passed_on)


@app.get("/cb")
def callback() -> ResponseReturnValue:
    token = provider.authorize_access_token()
    claims = token.pop("userinfo")
    session["id"] = secrets.token_urlsafe(32)
    signed_in[session["id"]] = {"token": dict(token), "claims": dict(claims)}
    return redirect(f"{origin}/")


@app.get("/me")
def me() -> ResponseReturnValue:
    return dict(provider.userinfo(token=own()["token"]))


@app.post("/refresh")
def refresh() -> ResponseReturnValue:
    known = own()
    known["token"] |= client().refresh_token(endpoint("token"), refresh_token=known["token"]["refresh_token"])
    return who_am_i()


@app.post("/introspect")
def introspect() -> ResponseReturnValue:
    token = own()["token"][request.args.get("token", "access_token")]
    return client().introspect_token(endpoint("introspection"), token=token).json()


@app.post("/revoke")
def revoke() -> ResponseReturnValue:
    kind = request.args.get("token", "refresh_token")
    client().revoke_token(endpoint("revocation"), token=own()["token"][kind]).raise_for_status()
    return {"revoked": kind}


@app.post("/service")
def service() -> ResponseReturnValue:
    """A token of a client's own, without a user."""
    own_client = OAuth2Session(options.service_id, options.service_secret, scope="api")
    token = own_client.fetch_token(endpoint("token"), grant_type="client_credentials")
    return {"scope": token["scope"], "has_refresh_token": "refresh_token" in token}


@app.post("/logout")
def logout() -> ResponseReturnValue:
    hint = own()["token"]["id_token"]
    del signed_in[session["id"]]
    return provider.logout_redirect(post_logout_redirect_uri=f"{origin}/bye", id_token_hint=hint)


@app.get("/bye")
def bye() -> ResponseReturnValue:
    provider.validate_logout_response()
    return {"signed_in": session.get("id") in signed_in, "bye": True}


@app.errorhandler(OAuthError)
def refused(error: OAuthError) -> ResponseReturnValue:
    return {"error": error.error, "error_description": error.description}


@app.errorhandler(NotSignedIn)
def not_signed_in(_: NotSignedIn) -> ResponseReturnValue:
    return {"error": "not_signed_in", "error_description": "sign in first"}


class Quiet(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        pass


server = make_server("localhost", options.port, app, threaded=True, request_handler=Quiet)
print(f"relying party at {origin}", flush=True)
server.serve_forever()
