"""Finds the gateway's program and starts it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Process", "find_binary"]

NAME = "idp-gateway"
BINARY = "IDP_GATEWAY_BIN"


def find_binary(explicit: str | os.PathLike[str] | None = None) -> str:
    """Where the program is: the one named, `IDP_GATEWAY_BIN`'s, the one beside this Python, or the PATH's."""
    for named, by in ((explicit, "binary"), (os.environ.get(BINARY), BINARY)):
        if named:
            if not os.access(named, os.X_OK):
                raise FileNotFoundError(f"{by} names {os.fspath(named)!r}, where no program is")
            return os.fspath(named)
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    found = shutil.which(NAME, path=os.pathsep.join(folders))
    if not found:
        raise FileNotFoundError(
            f"there is no {NAME}: install its wheel beside this Python, or set {BINARY} to where it is, "
            "or IDP_GATEWAY_ADMIN_URL to the admin API of one that runs"
        )
    return found


class Process:
    """A gateway that this process has started. It ends with it, however that ends."""

    def __init__(
        self,
        binary: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        timeout: float,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="idp-gateway-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._log = folder / "stderr.log"
        announced = folder / "stdout.log"
        own = {"IDP_GATEWAY_ANNOUNCE": "json", "XDG_STATE_HOME": str(folder), "NO_COLOR": "1"}
        # Files, for a pipe that nobody reads fills up. Standard input is a pipe: its end is this process's end.
        with self._log.open("wb") as stderr, announced.open("wb") as stdout:
            self._child = subprocess.Popen(
                [binary, *arguments],
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                env={**os.environ, **own, **environment},
            )
        try:
            self.event = self._wait(announced, time.monotonic() + timeout)
        except BaseException:
            self.stop()
            raise

    def _wait(self, announced: Path, deadline: float) -> dict[str, Any]:
        while True:
            line, newline, _ = announced.read_bytes().partition(b"\n")
            if newline:
                event: dict[str, Any] = json.loads(line)
                return event
            ended = self._child.poll()
            if ended is not None:
                raise RuntimeError(f"the gateway ended with {ended}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the gateway does not listen yet:\n{self.log()}")
            time.sleep(0.002)

    def log(self) -> str:
        """What it has logged."""
        try:
            return self._log.read_text(errors="replace")
        except OSError:
            return ""

    def stop(self) -> None:
        """Ends it, and waits until it has ended."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(15)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        if self._child.stdin:
            self._child.stdin.close()
        self._folder.cleanup()
