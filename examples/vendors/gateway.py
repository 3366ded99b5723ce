"""What the examples in Python share: where the gateway is, and a client, a user and a code to order."""

import base64
import json
import os
import socket
import urllib.error
import urllib.request
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

GATEWAY = os.environ.get("IDP_GATEWAY", "https://localhost:8080").rstrip("/")
ADMIN = os.environ.get("IDP_GATEWAY_ADMIN", "http://localhost:8081").rstrip("/")
PORT = urlsplit(GATEWAY).port or 443
REDIRECT = "https://client.test/cb"
ID, SECRET = "vendors-example", "vendors-example-secret"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def _admin(method: str, path: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(ADMIN + path, json.dumps(body).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as refusal:
        raise RuntimeError(f"{method} {path}: {refusal.read().decode()}") from None


def client(mount: str, scopes: str, *grants: str, **more: Any) -> tuple[str, str]:
    """A client of a mount, with scopes parted by spaces; its id and its secret."""
    scope_list = scopes.split()
    body = {"secret": SECRET, "scopes": scope_list, "grants": list(grants), "redirect_uris": [REDIRECT], **more}
    _admin("PUT", f"/v1/mounts/{mount}/clients/{ID}", {name: value for name, value in body.items() if value})
    return ID, SECRET


def user(mount: str, sub: str, **claims: Any) -> str:
    """A user of a mount; its `sub`."""
    _admin("PUT", f"/v1/mounts/{mount}/users/{sub}", {"username": f"user-{sub}", "claims": claims})
    return sub


def code(mount: str, user: str, scopes: str | None = None) -> str:
    """A code, as the user's browser would bring it."""
    order = {"client_id": ID, "user": user, "redirect_uri": REDIRECT, "scope": scopes}
    return _admin("POST", f"/v1/mounts/{mount}/codes", {name: value for name, value in order.items() if value})["code"]


def key_pair() -> tuple[str, dict[str, str]]:
    """A key of RSA: private in PEM, public as a JWK."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    numbers = key.public_key().public_numbers()

    def text(number: int) -> str:
        return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()

    return pem, {"kty": "RSA", "n": text(numbers.n), "e": text(numbers.e)}


def lead(*names: str) -> None:
    """Has these names lead to the gateway, in this process alone: what a line of /etc/hosts and port 443 would do."""
    look_up = socket.getaddrinfo

    def to_the_gateway(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return look_up("127.0.0.1", PORT, *rest, **named) if name in names else look_up(host, port, *rest, **named)

    socket.getaddrinfo = to_the_gateway


def did(package: str, *what: str) -> None:
    print(f"{package} {version(package)}: {', '.join(what)}")
