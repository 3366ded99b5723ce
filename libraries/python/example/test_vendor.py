"""What the integration does when the vendor does not do as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from vendor import Profile, SignInAgain, Tokens, VendorError

if TYPE_CHECKING:
    from idp_gateway_test import World

WEB = "brighthr-sandbox-web"


@pytest.fixture
def slept() -> list[float]:
    """How long the integration has waited, which no test does."""
    return []


@pytest.fixture
def customer(world: World, slept: list[float]) -> Profile:
    """A client of Bits, by its own authority."""
    bits = world.mount("bits")
    tokens = Tokens(bits.token_url, "bits-demo", "bits-demo-secret", sleep=slept.append)
    return Profile(bits.userinfo_url, tokens)


@pytest.fixture
def alice(world: World, slept: list[float]) -> Tokens:
    """A user of BrightHR who has signed in before."""
    brighthr = world.mount("brighthr-sandbox")
    issued = brighthr.tokens.issue(client_id=WEB, user="alice", scope="openid offline_access")
    return Tokens(brighthr.token_url, WEB, f"{WEB}-secret", issued["refresh_token"], slept.append)


def test_a_token_is_asked_for_once_and_reused(world: World, customer: Profile) -> None:
    for _ in range(3):
        assert customer.get()["customerId"].startswith("bits:customer:")
    world.journal.verify(exactly=1, endpoint="token")
    world.journal.verify(exactly=3, endpoint="userinfo", status=200)
    assert world.journal.misuse() == []


def test_a_failure_is_retried(world: World, customer: Profile) -> None:
    world.mount("bits").fail("unavailable", times=2)
    customer.get()
    world.journal.verify(exactly=3, endpoint="token")


def test_a_vendor_that_stays_away_is_told(world: World, customer: Profile) -> None:
    world.mount("bits").fail("unavailable")
    with pytest.raises(VendorError):
        customer.get()
    world.journal.verify(exactly=3, endpoint="token")


def test_it_waits_as_long_as_it_is_told(world: World, customer: Profile, slept: list[float]) -> None:
    world.mount("bits").fail("rate_limited", retry_after=7, times=1)
    customer.get()
    assert slept == [7]


def test_a_token_that_expires_mid_job_is_replaced(world: World, customer: Profile) -> None:
    customer.get()
    world.mount("bits").tokens.expire(client_id="bits-demo")
    customer.get()
    world.journal.verify(exactly=2, endpoint="token")
    world.journal.verify(exactly=1, endpoint="userinfo", error="invalid_token")


def test_a_balancers_page_is_no_token(world: World, customer: Profile) -> None:
    world.mount("bits").scenario(endpoint="token", answer={"status": 200, "body": "<h1>Bad Gateway</h1>"})
    with pytest.raises(VendorError, match="no JSON"):
        customer.get()


def test_each_refresh_token_is_used_once(world: World, alice: Tokens) -> None:
    first = alice.refresh_token
    alice.get()
    alice.forget()
    alice.get()
    assert alice.refresh_token != first
    world.journal.verify(exactly=2, grant="refresh_token", status=200)
    assert "spent_refresh_token" not in [found["rule"] for found in world.journal.misuse()]


def test_an_answer_that_is_lost_costs_no_session(world: World, alice: Tokens) -> None:
    brighthr = world.mount("brighthr-sandbox")
    brighthr.settings(refresh_grace=30)
    brighthr.scenario(endpoint="token", grant="refresh_token", drop="after_commit", times=1)
    alice.get()
    world.journal.verify(exactly=2, grant="refresh_token")


def test_a_refresh_token_that_has_expired_asks_the_user(world: World, alice: Tokens) -> None:
    world.mount("brighthr-sandbox").tokens.expire(user="alice", refresh=True)
    with pytest.raises(SignInAgain):
        alice.get()
    world.journal.verify(exactly=1, grant="refresh_token")
