"""How a gateway is found, started and ended."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from idp_gateway_test import AdminError, Gateway
from idp_gateway_test.process import find_binary

if TYPE_CHECKING:
    from pathlib import Path


def test_a_binary_that_is_none_is_told_with_who_named_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="binary names '/nowhere'"):
        find_binary("/nowhere")
    monkeypatch.setenv("IDP_GATEWAY_BIN", "/nowhere/else")
    with pytest.raises(FileNotFoundError, match="IDP_GATEWAY_BIN names '/nowhere/else'"):
        find_binary()
    monkeypatch.delenv("IDP_GATEWAY_BIN")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="install its wheel"):
        find_binary()
    program = tmp_path / "idp-gateway"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_binary() == str(program)


def test_what_keeps_it_from_starting_is_told() -> None:
    with pytest.raises(RuntimeError, match="the sandbox has no mount `bit`; it has"):
        Gateway.start(mounts=["bit"])


def test_a_configuration_of_ones_own_is_served(tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text(
        textwrap.dedent("""
        [[mount]]
        name = "mine"
        dialect = "bits-basic-form"
        [[mount.client]]
        id = "me"
        secret = "a-secret-of-mine"
        scopes = ["application"]
        [mount.client.claims]
        customerId = "c1"
        """)
    )
    with pytest.raises(ValueError, match="leave out `mounts`"):
        Gateway.start(config=config, mounts=["mine"])
    with Gateway.start(config=config) as gateway, gateway.world() as world:
        assert world.mounts == ["mine"]
        assert Gateway.attach(gateway.admin_url).world().mounts == ["mine"]


def test_a_token_is_sent() -> None:
    with Gateway.start(mounts=["bits"], environment={"IDP_GATEWAY__ADMIN__TOKEN": "0123456789abcdef"}) as gateway:
        gateway.world().end()
        with pytest.raises(AdminError, match="answered 401"):
            Gateway.attach(gateway.admin_url, "another-token-than-that").world()


def test_nobody_there_is_told() -> None:
    with pytest.raises(ConnectionError, match=r"no gateway answers at http://127\.0\.0\.1:1"):
        Gateway.attach("http://127.0.0.1:1").world()
    with pytest.raises(ValueError, match="like http://127"):
        Gateway.attach("127.0.0.1:8081")


def test_it_ends_with_a_process_that_is_killed() -> None:
    code = "from idp_gateway_test import Gateway; g = Gateway.start(mounts=['bits'])\n"
    code += "print(g._process._child.pid, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        child.kill()
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, "it outlives the process that has started it"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not os.path.exists(f"/proc/{pid}/stat") or ") Z " not in open(f"/proc/{pid}/stat").read()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
