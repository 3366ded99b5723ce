"""A gateway to test against: one that is started, or one that runs."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING

from . import api
from .admin import Admin
from .process import Process, find_binary
from .world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

__all__ = ["Gateway"]

ADMIN_URL = "IDP_GATEWAY_ADMIN_URL"
ADMIN_TOKEN = "IDP_GATEWAY_ADMIN_TOKEN"


class Gateway:
    """A gateway. `start`, `attach` and `find` make it; `world` gives each test a world of its own in it."""

    def __init__(self, admin: Admin, process: Process | None = None) -> None:
        self.admin = admin
        """Every call of the admin API."""
        self._process = process

    @classmethod
    def start(
        cls,
        *,
        binary: str | os.PathLike[str] | None = None,
        mounts: Sequence[str] = (),
        config: str | os.PathLike[str] | None = None,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Gateway:
        """Starts a gateway on free ports, in memory.

        It is the built-in sandbox (of it `mounts` alone, where they are named), or what the file `config` says.
        `arguments` are for its command line, `environment` is laid over this process's; `timeout` is in seconds.
        """
        own = dict(environment or {})
        if config is None:
            command = ["sandbox", "--port", "0", "--admin-port", "0", "--memory", "--with-parent"]
            command += ["--mount", ",".join(mounts)] if mounts else []
        elif mounts:
            raise ValueError("mounts are chosen of the sandbox alone: leave out `mounts` where there is a `config`")
        else:
            command = ["--config", os.fspath(config)]
            own.setdefault("IDP_GATEWAY__SERVER__LISTEN", "127.0.0.1:0")
            own.setdefault("IDP_GATEWAY__ADMIN__LISTEN", "127.0.0.1:0")
            own.setdefault("IDP_GATEWAY__STORE__PATH", ":memory:")
        process = Process(find_binary(binary), [*command, *arguments], own, timeout)
        # A gateway with a file of its own does not look whether its parent is there.
        atexit.register(process.stop)
        token = process.event.get("admin_token") or own.get("IDP_GATEWAY__ADMIN__TOKEN")
        return cls(Admin(process.event["admin_url"], token), process)

    @classmethod
    def attach(cls, admin_url: str | None = None, admin_token: str | None = None) -> Gateway:
        """Takes a gateway that runs, by its admin API, else that of `IDP_GATEWAY_ADMIN_URL` and `…_ADMIN_TOKEN`."""
        url = admin_url or os.environ.get(ADMIN_URL)
        if not url:
            raise ValueError(f"which gateway? Name the URL of its admin API, or set {ADMIN_URL}")
        return cls(Admin(url, admin_token or os.environ.get(ADMIN_TOKEN) or None))

    @classmethod
    def find(cls) -> Gateway:
        """The gateway that `IDP_GATEWAY_ADMIN_URL` names, else one that is started."""
        return cls.attach() if os.environ.get(ADMIN_URL) else cls.start()

    @property
    def admin_url(self) -> str:
        """Where its admin API is."""
        return self.admin.url

    def world(self, name: str | None = None, *, ttl: int | None = None) -> World:
        """Makes a world (a namespace): clients, users, clock, scenarios, keys and journal of its own.

        A name is drawn where none is given, which is faster: it begins with keys that are there. It ends by itself
        after `ttl` seconds (3600), and sooner by `World.end` or `with`.
        """
        spec: api.NamespaceSpec = {}
        if name is not None:
            spec["name"] = name
        if ttl is not None:
            spec["ttl"] = ttl
        return World(self.admin, self.admin.call(api.MAKE_NAMESPACE, body=spec))

    def log(self) -> str:
        """What the gateway has logged, where this process has started it."""
        return self._process.log() if self._process else ""

    def stop(self) -> None:
        """Ends the gateway where this process has started it."""
        if self._process:
            atexit.unregister(self._process.stop)
            self._process.stop()

    def __enter__(self) -> Gateway:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
