"""The pytest plugin: a gateway for the session, and a world for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .gateway import Gateway
from .world import World

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


@pytest.fixture(scope="session")
def idp_gateway() -> Iterator[Gateway]:
    """The gateway that all tests of this process share: the one of `IDP_GATEWAY_ADMIN_URL`, else one that is started.

    Override it to serve a file of your own: `Gateway.start(config="idp-gateway.toml")`.
    """
    with Gateway.find() as gateway:
        yield gateway


@pytest.fixture
def world(idp_gateway: Gateway) -> Iterator[World]:
    """A world of the test's own: what it changes and sees, no other test does."""
    with idp_gateway.world() as own:
        yield own


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows with a test that failed what its world was asked."""
    report = yield
    if report.when == "call" and report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, World):
                report.sections.append((f"{name}: requests to {value.base}", _seen(value)))
    return report


def _seen(world: World) -> str:
    try:
        return world.journal.describe() or "none"
    except Exception as error:  # noqa: BLE001 (the test's own failure is what matters)
        return f"the journal cannot be read: {error}"
