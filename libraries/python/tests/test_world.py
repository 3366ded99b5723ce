"""What the library says of itself holds against a real gateway."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest

from idp_gateway_test import AdminError, Gateway, JournalMismatch, World

if TYPE_CHECKING:
    from idp_gateway_test.api import ClientSpec, StepSpec


def post(url: str, form: dict[str, str], user: str = "bits-demo", secret: str = "bits-demo-secret") -> tuple[int, str]:
    basic = base64.b64encode(f"{user}:{secret}".encode()).decode()
    data = urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, {"Authorization": f"Basic {basic}"})) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


GRANT = {"grant_type": "client_credentials"}


def bearer(url: str, token: str) -> int:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers={"Authorization": f"bearer {token}"})
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_mount_is_where_it_says(world: World) -> None:
    bits = world.mount("bits")
    assert bits.url == f"{world.base}/bits" == bits.issuer
    assert bits.token_url == f"{bits.url}/v1/oauth2/token"
    assert bits.host is not None
    assert bits.host.startswith(f"{world.name}.bits.localhost:")
    assert post(bits.token_url, GRANT)[0] == 200
    with pytest.raises(KeyError, match=r"there are .*bits"):
        world.mount("bit")
    with pytest.raises(KeyError, match="no endpoint 'authorise'; it has token"):
        bits.endpoint("authorise")


def test_worlds_do_not_see_each_other(world: World, idp_gateway: Gateway) -> None:
    with idp_gateway.world(ttl=60) as other:
        other.mount("bits").clients.delete("bits-demo")
        assert post(other.mount("bits").token_url, GRANT)[0] == 401
        assert post(world.mount("bits").token_url, GRANT)[0] == 200
        assert [entry["status"] for entry in world.journal.entries()] == [200]
        assert [entry["status"] for entry in other.journal.entries()] == [401]
        name = other.name
    with pytest.raises(AdminError, match=f"answered 404: .*{name}"):
        other.journal.entries()


def test_failures_come_as_ordered(world: World) -> None:
    bits = world.mount("bits")
    scenario = bits.fail("unavailable", times=1)
    answer: StepSpec = {"answer": {"status": 502, "body": "<p>"}}
    bits.scenario(steps=[{"error": "rate_limited", "retry_after": 2}, {"pass": True}, answer])
    assert [post(bits.token_url, GRANT)[0] for _ in range(5)] == [503, 429, 200, 502, 200]
    assert (scenario.seen, scenario.remaining, list(scenario.fired)) == (1, 0, [1])
    scenario.remove()
    assert [entry["forced"] for entry in world.journal.entries()] == [False, True, True, True, True]


def test_an_order_that_cannot_be_says_what_to_change(world: World) -> None:
    with pytest.raises(AdminError) as caught:
        world.fail("unavailble", mount="bits")
    assert caught.value.status == 400
    assert "unavailable" in caught.value.problem["remedy"] + caught.value.problem["detail"]


def test_clients_and_users(world: World) -> None:
    bits, brighthr = world.mount("bits"), world.mount("brighthr-sandbox")
    view = bits.clients.put("a/b c", secret="a-secret-of-mine", scopes=["application"], claims={"customerId": "c1"})
    assert (view["public"], view["scopes"]) == (False, ["application"])
    assert bits.clients.patch("a/b c", rate_limit="1/1m")["rate_limit"] == "1/1m"
    assert "a/b c" in [client["id"] for client in bits.clients]
    assert bits.clients.get("a/b c")["rate_limit"] == "1/1m"
    one: ClientSpec = {"id": "one", "secret": "secret-of-one-it-is", "scopes": ["application"]}
    assert bits.clients.put_all([{**one, "claims": {"customerId": "c2"}}], merge=True) == {"put": 1, "removed": 0}
    assert post(bits.token_url, GRANT, "one", "secret-of-one-it-is")[0] == 200
    brighthr.users.put("carol-1", username="carol", claims={"email": "carol@client.test"})
    assert brighthr.users.patch("carol-1", disabled=True)["disabled"] is True
    brighthr.users.delete("carol-1")
    assert "carol" not in [user["username"] for user in brighthr.users]


def test_more_than_a_page_of_clients(world: World) -> None:
    clients = world.mount("brighthr").clients
    clients.put_all({"id": f"c{n:04}", "secret": "a-secret-of-mine"} for n in range(1203))
    assert len(list(clients)) == 1203


def test_tokens(world: World) -> None:
    bits = world.mount("bits")
    token = bits.tokens.issue(client_id="bits-demo", scope="application")["access_token"]
    assert bearer(bits.userinfo_url, token) == 200
    bits.tokens.expire(client_id="bits-demo")
    assert bearer(bits.userinfo_url, token) == 401
    assert world.inspect(token)["active"] is False
    flawed = bits.tokens.issue(client_id="bits-demo", scope="application", flaw="wrong_issuer")
    assert bits.tokens.inspect(flawed["access_token"])["problems"]


def test_the_clock(world: World) -> None:
    bits = world.mount("bits")
    now = world.clock.freeze(1_800_000_000)
    assert (now, world.clock.now) == (1_800_000_000, 1_800_000_000)
    token = bits.tokens.issue(client_id="bits-demo", scope="application")["access_token"]
    assert world.clock.advance(3601) == now + 3601
    assert bearer(bits.userinfo_url, token) == 401
    assert world.clock.offset(0) > 0
    world.clock.reset()


def test_the_journal_says_what_is_nearest(world: World) -> None:
    bits = world.mount("bits")
    since = world.journal.newest()
    post(bits.token_url, GRANT)
    post(bits.token_url, GRANT, secret="another")
    assert world.journal.verify(exactly=1, mount="bits", status=200, since=since)["count"] == 1
    with pytest.raises(AssertionError) as caught:
        world.journal.verify(exactly=2, mount="bits", status=200, within_ms=1)
    assert isinstance(caught.value, JournalMismatch)
    text = str(caught.value)
    assert "status: wanted 200, found 401" in text
    assert "cause: the secret of client `bits-demo` is wrong" in text
    assert len(world.journal.export("har")["log"]["entries"]) == 2
    assert world.journal.export("curl").count("curl ") == 2
    world.journal.clear()
    assert world.journal.newest() == 0


def test_misuse_is_told(world: World) -> None:
    for _ in range(2):
        post(world.mount("bits").token_url, GRANT)
    assert [found["rule"] for found in world.journal.misuse(mount="bits")] == ["token_fetched_again"]


def test_a_state_is_put_back(world: World, idp_gateway: Gateway) -> None:
    world.mount("bits").clients.delete("bits-readonly")
    state = json.loads(json.dumps(world.state.save()))
    world.reset()
    assert "bits-readonly" in [client["id"] for client in world.mount("bits").clients]
    with idp_gateway.world() as other:
        other.state.load(state)
        assert "bits-readonly" not in [client["id"] for client in other.mount("bits").clients]


def test_settings_codes_and_keys(world: World) -> None:
    eagle = world.mount("screeningeagle")
    assert eagle.settings(access_ttl=60)["access_ttl"] == 60
    assert eagle.settings()["access_ttl"] == 60
    code = eagle.code(
        client_id="screeningeagle-demo", user="test", redirect_uri="https://client.test/cb", scope="openid"
    )
    assert len(code) > 20
    first = next(iter(eagle.keys))["kid"]
    assert {key["status"]: key["kid"] == first for key in eagle.keys.rotate()} == {"retiring": True, "signing": False}
    eagle.keys.forget(first)
    assert len(list(eagle.keys)) == 1


def test_a_world_may_be_ended_twice(idp_gateway: Gateway) -> None:
    world = idp_gateway.world(ttl=60)
    world.extend(120)
    world.end()
    world.end()
