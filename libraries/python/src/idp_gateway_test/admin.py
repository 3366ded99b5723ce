"""The admin API over HTTP, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .api import Call, Problem

__all__ = ["Admin", "AdminError"]

# A failure is shown where the test made the call.
__tracebackhide__ = True


class AdminError(Exception):
    """The gateway refused a call of the admin API."""

    def __init__(self, call: str, status: int, problem: Problem) -> None:
        self.status = status
        """The HTTP status."""
        self.problem = problem
        """What the gateway said (RFC 9457): `detail` is what is wrong, `remedy` what to do about it."""
        super().__init__(f"{call} was answered {status}: {problem.get('detail', '')}; {problem.get('remedy', '')}")


class Admin:
    """Calls the admin API. Each call has a connection of its own, so that threads may share it."""

    def __init__(self, url: str, token: str | None = None, timeout: float = 90.0) -> None:
        self.url = url.rstrip("/")
        self._parts = urlsplit(self.url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise ValueError(f"the admin API's URL should be like http://127.0.0.1:8081, and is {url!r}")
        self._token = token
        # An assertion may wait for a minute.
        self._timeout = timeout

    def call(
        self,
        call: Call,
        *names: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        media: str = "application/json",
    ) -> Any:
        """Makes a call, with `names` in the places of the path's parameters.

        The answer is what its JSON says, or its text where it is none, or None where there is none.
        """
        path = call.url(*(quote(name, safe="") for name in names))
        given = {key: _text(value) for key, value in (query or {}).items() if value is not None}
        if given:
            path += "?" + urlencode(given)
        data = None
        if body is not None:
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
        status, answer_media, answer = self._send(call.method, path, data, media)
        if status >= 400:
            raise AdminError(f"{call.method} {path}", status, _problem(answer))
        if status == 204 or not answer:
            return None
        return json.loads(answer) if answer_media == "application/json" else answer.decode()

    def _send(self, method: str, path: str, data: bytes | None, media: str) -> tuple[int, str, bytes]:
        headers = {"Accept": "application/json, */*", "Connection": "close"}
        if data is not None:
            headers["Content-Type"] = media
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=self._timeout)
        try:
            connection.request(method, self._parts.path + path, data, headers)
            response = connection.getresponse()
            return response.status, response.headers.get_content_type(), response.read()
        except OSError as error:
            raise ConnectionError(f"no gateway answers at {self.url}: {error}") from error
        finally:
            connection.close()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _problem(answer: bytes) -> Problem:
    try:
        problem = json.loads(answer)
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem  # type: ignore[return-value]
    return {"type": "about:blank", "title": "", "status": 0, "detail": answer.decode(errors="replace"), "remedy": ""}
