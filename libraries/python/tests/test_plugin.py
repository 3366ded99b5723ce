"""The plugin in a run of pytest of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from idp_gateway_test import Gateway

pytest_plugins = ["pytester"]

FAILING = """
import urllib.request

def test_it(world):
    try:
        urllib.request.urlopen(world.mount("bits").token_url, b"grant_type=client_credentials")
    except OSError:
        pass
    world.journal.verify(exactly=1, mount="bits", status=200)
"""


def run(pytester: pytest.Pytester, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, *more: str) -> pytest.RunResult:
    monkeypatch.setenv("IDP_GATEWAY_ADMIN_URL", gateway.admin_url)
    return pytester.runpytest_subprocess("-p", "idp_gateway_test.plugin", *more)


def test_a_failure_shows_what_the_world_was_asked(
    pytester: pytest.Pytester, idp_gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(FAILING)
    result = run(pytester, idp_gateway, monkeypatch)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*JournalMismatch: *",
            "*nearest:",
            "*#1 POST *bits/v1/oauth2/token -> *",
            "*world: requests to http*~*",
            "*#1 POST *",
        ]
    )
    # The library's own frames are no part of what a test sees.
    assert "journal.py" not in result.stdout.str()


def test_two_hundred_tests_have_a_world_each(
    pytester: pytest.Pytester, idp_gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(
        """
        import pytest
        seen = set()
        @pytest.mark.parametrize("n", range(200))
        def test_it(world, n):
            assert world.name not in seen
            seen.add(world.name)
        """
    )
    result = run(pytester, idp_gateway, monkeypatch, "--durations=0", "--durations-min=0.0", "-vv")
    result.assert_outcomes(passed=200)
    spent = [float(time) for time in re.findall(r"([\d.]+)s (?:setup|teardown)", result.stdout.str())]
    assert len(spent) == 400
    print(f"{1000 * sum(spent) / 200:.2f} ms a test")
