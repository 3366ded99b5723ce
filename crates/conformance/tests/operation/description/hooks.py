"""What a description cannot say, because the mount or the moment decides it, is made to fit here."""

import json
import secrets
import uuid

import schemathesis
from schemathesis import GenerationMode

MOUNT = "sandbox"


def fit_client(body):
    body.pop("public", None)  # false wants a secret that is there
    body.pop("secrets", None)  # one without a secret wants one that is there
    body.pop("jwks", None)  # its numbers have to be a key
    body.pop("token_endpoint_auth_method", None)  # has to fit the secret or the keys
    if "scopes" in body or "grants" in body:
        body["scopes"] = ["openid"]  # of the catalogue, and none is refused where a code is to be had


def fit_user(body):
    body.pop("has_password", None)  # true wants a password that is there
    body.pop("username", None)  # may be another user's
    body.pop("password_argon2", None)  # its numbers have to fit each other


def fit_settings(body):
    body.clear()
    body["access_ttl"] = 60


def fit_clock(body):
    for name in ("offset", "seconds"):
        if name in body:
            body[name] = abs(body[name]) % 1000


def fit_code(body):
    body.update(client_id="web", user="alice", redirect_uri="https://client.test/cb")
    body.pop("scope", None)


def fit_pat(body):
    body.pop("scope", None)
    body.pop("ttl", None)


def fit_scenario(body):
    for name in list(body):
        if name not in ("after", "probability", "seed", "ttl", "times"):
            del body[name]  # which of the others may stand together, the manual says
    if body.get("probability") is None:
        body.pop("seed", None)  # the picks of nothing
    body["error"] = "internal"


def fit_order(body):
    body.update(client_id="web", user="alice", scope="openid")
    body.pop("flaw", None)  # not every token can have each
    body.pop("token", None)


def fit_namespace(body):
    body.pop("name", None)  # may be taken


def fit_verify(body):
    for name in ("exactly", "at_most", "within_ms", "where"):
        body.pop(name, None)  # one of three says how many, and mounts are known or not
    body["at_least"] = 0


def fit_selection(body):
    body.clear()
    body["client_id"] = "web"


def fit_state(body):
    body.clear()
    body.update(format=1, mounts={})


def fit_key(body):
    body.clear()
    body["kid"] = str(uuid.uuid4())
    body["lead_seconds"] = 31536000
    body["jwk"] = json.dumps({"kty": "oct", "k": secrets.token_urlsafe(48)})


FIT = {
    "make_namespace": fit_namespace,
    "put_client": fit_client,
    "patch_client": fit_client,
    "put_user": fit_user,
    "patch_user": fit_user,
    "change_settings": fit_settings,
    "set_clock": fit_clock,
    "advance_clock": fit_clock,
    "issue_code": fit_code,
    "make_pat": fit_pat,
    "add_scenario": fit_scenario,
    "preview_scenario": fit_scenario,
    "issue_tokens": fit_order,
    "verify_journal": fit_verify,
    "expire_tokens": fit_selection,
    "put_state": fit_state,
    "add_key": fit_key,
}

SETS = {"put_clients": {"id": "set", "scopes": ["openid"]}, "put_users": {"sub": "set"}}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if case.query:
        case.query.pop("namespace", None)  # ends, and may have ended
    for parameters in (case.path_parameters, case.query):
        if parameters and "mount" in parameters:
            parameters["mount"] = MOUNT
        if parameters and "endpoint" in parameters:
            parameters["endpoint"] = "token"
        for name in ("grant", "method", "error"):
            if parameters:
                parameters.pop(name, None)  # one that no entry can have is refused
    fit = FIT.get(case.operation.definition.raw["operationId"])
    if fit and isinstance(case.body, dict):
        fit(case.body)
    name = case.operation.definition.raw["operationId"]
    if name in SETS:
        case.query["merge"] = "true"
        case.body = [SETS[name]]
        case.media_type = "application/json"
