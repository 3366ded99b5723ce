"""A small integration: tokens that are kept and fetched anew, and calls that are repeated where that is right."""

from __future__ import annotations

import base64
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES = 3
"""How often the vendor is asked for a token."""
MARGIN = 30
"""So many seconds before its end a token counts as ended."""


class VendorError(Exception):
    """The vendor does not give what is asked for."""


class SignInAgain(VendorError):
    """The user has to sign in again."""


class Tokens:
    """Tokens of one client, by its own authority or, with a refresh token, by a user's."""

    def __init__(
        self,
        url: str,
        client_id: str,
        secret: str,
        refresh_token: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url
        self.refresh_token = refresh_token
        self._basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._sleep = sleep
        self._token: str | None = None
        self._ends = 0.0

    def get(self) -> str:
        """A token that holds, fetched only where there is none."""
        if self._token is None or time.monotonic() > self._ends - MARGIN:
            answer = self._fetch()
            self._token = str(answer["access_token"])
            self._ends = time.monotonic() + float(answer["expires_in"])
            # It is another one each time: the one before is spent.
            self.refresh_token = answer.get("refresh_token", self.refresh_token)
        return self._token

    def forget(self) -> None:
        """The token does not hold: another is fetched when one is needed."""
        self._token = None

    def _fetch(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials"}
        if self.refresh_token is not None:
            form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        for last in (n == TRIES for n in range(1, TRIES + 1)):
            try:
                status, headers, body = send(self.url, {"Authorization": f"Basic {self._basic}"}, form)
            except OSError as error:
                # Whether it was carried out nobody knows. Within the vendor's grace the same refresh token is good.
                if last:
                    raise VendorError(f"no answer: {error}") from error
                continue
            if status == 200:
                return parsed(body)
            if status not in (429, 502, 503) or last:
                raise SignInAgain(str(status)) if self.refresh_token and status == 400 else VendorError(str(status))
            self._sleep(float(headers.get("Retry-After") or 0.1))
        raise AssertionError


class Profile:
    """Whom a token speaks for."""

    def __init__(self, url: str, tokens: Tokens) -> None:
        self.url = url
        self.tokens = tokens

    def get(self) -> dict[str, Any]:
        """The profile. A token that the vendor no longer takes is replaced once."""
        for _ in range(2):
            status, _, body = send(self.url, {"Authorization": f"Bearer {self.tokens.get()}"})
            if status == 200:
                return parsed(body)
            if status != 401:
                break
            self.tokens.forget()
        raise VendorError(str(status))


def parsed(body: bytes) -> dict[str, Any]:
    """What an answer says; a balancer's page, or half an answer, says nothing."""
    try:
        answer: dict[str, Any] = json.loads(body)
    except ValueError as error:
        raise VendorError("the answer is no JSON") from error
    return answer


def send(url: str, headers: dict[str, str], form: dict[str, str] | None = None) -> tuple[int, Any, bytes]:
    """One request: status, headers and body of the answer. No answer in five seconds, or a part of one, is none."""
    data = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=5) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
