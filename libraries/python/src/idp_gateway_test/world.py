"""A world: a gateway of a test's own inside the one that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import api
from .admin import AdminError
from .journal import Journal
from .mount import Mount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Unpack

    from .admin import Admin

__all__ = ["Clock", "Scenario", "State", "World"]

# A failure is shown where the test made the call.
__tracebackhide__ = True


class World:
    """Clients, users, settings, counters, clock, scenarios, keys and journal that no other world sees."""

    def __init__(self, admin: Admin, view: api.NamespaceView) -> None:
        self._admin = admin
        self._view = view
        self.clock = Clock(self)
        """Its clock."""
        self.journal = Journal(self)
        """What it was asked, and why it refused."""
        self.state = State(self)
        """All that was changed in it, to be saved and put back."""

    @property
    def name(self) -> str:
        """Its name, which `namespace` says in the admin API and `X-Gateway-Namespace` in requests."""
        return self._view["name"]

    @property
    def base(self) -> str:
        """The URL below which all of it is."""
        return self._view["base"]

    @property
    def mounts(self) -> list[str]:
        """The names of its mounts."""
        return list(self._view["mounts"])

    def mount(self, name: str) -> Mount:
        """One vendor's auth surface."""
        if name not in self._view["mounts"]:
            raise KeyError(f"there is no mount {name!r}; there are {', '.join(self.mounts)}")
        return Mount(self, name, self._view["mounts"][name])

    def scenario(self, **spec: Unpack[api.ScenarioSpec]) -> Scenario:
        """Does something to the requests that match: one outcome, or `steps` one after the other."""
        return Scenario(self, self.call(api.ADD_SCENARIO, body=spec))

    def fail(self, error: str, /, **spec: Unpack[api.ScenarioSpec]) -> Scenario:
        """Refuses the requests that match in their vendor's own way: `fail("unavailable", mount="bits", times=2)`.

        The endpoint is `token` where none is named.
        """
        return Scenario(self, self.call(api.ADD_SCENARIO, body={"endpoint": "token", **spec, "error": error}))

    def inspect(self, token: str) -> api.Inspection:
        """What a token is, and everything that is wrong with it."""
        answer: api.Inspection = self.call(api.INSPECT_TOKEN, body={"token": token})
        return answer

    def reset(self) -> None:
        """Puts everything back to what the configuration file says. Keys stay."""
        self.call(api.RESET)

    def extend(self, ttl: int) -> None:
        """Has it end `ttl` seconds from now."""
        self._view = self._admin.call(api.EXTEND_NAMESPACE, self.name, body={"ttl": ttl})

    def end(self) -> None:
        """Ends it now, with all that it has. One that has ended already is no error."""
        try:
            self._admin.call(api.DELETE_NAMESPACE, self.name)
        except AdminError as error:
            if error.status != 404:
                raise

    def call(
        self,
        call: api.Call,
        *names: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        media: str = "application/json",
    ) -> Any:
        """Any call of the admin API, about this world."""
        return self._admin.call(call, *names, body=body, query={**(query or {}), "namespace": self.name}, media=media)

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def __repr__(self) -> str:
        return f"<World {self.name} at {self.base}>"


class Clock:
    """The clock of a world: what it mints and checks by. Seconds since the epoch."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def now(self) -> int:
        """The present."""
        return self._answer(self._world.call(api.GET_CLOCK))

    def freeze(self, at: int | None = None) -> int:
        """Has it stand still, at that moment or at the present."""
        moment = self.now if at is None else at
        return self._answer(self._world.call(api.SET_CLOCK, body={"freeze": moment}))

    def offset(self, seconds: int) -> int:
        """Has it run ahead of real time by so many seconds, or behind it."""
        return self._answer(self._world.call(api.SET_CLOCK, body={"offset": seconds}))

    def advance(self, seconds: int) -> int:
        """Lets so many seconds pass at once."""
        return self._answer(self._world.call(api.ADVANCE_CLOCK, body={"seconds": seconds}))

    def reset(self) -> None:
        """Puts it back to real time."""
        self._world.call(api.DELETE_CLOCK)

    @staticmethod
    def _answer(view: api.ClockView) -> int:
        return view["now"]


class Scenario:
    """Something that is done to requests on purpose."""

    def __init__(self, world: World, view: api.Scenario) -> None:
        self._world = world
        self.id = view["id"]
        """Its id, which `forced_by` of the journal's entries names."""

    def view(self) -> api.Scenario:
        """How it stands now."""
        answer: api.Scenario = self._world.call(api.GET_SCENARIO, self.id)
        return answer

    @property
    def seen(self) -> int:
        """How many requests have matched."""
        return self.view()["seen"]

    @property
    def remaining(self) -> int | None:
        """To how many requests it still does something; None is for ever."""
        return self.view().get("remaining")

    @property
    def fired(self) -> Sequence[int]:
        """The journal's numbers of the requests that it acted on."""
        return self.view()["fired"]

    def remove(self) -> None:
        """Ends it."""
        self._world.call(api.DELETE_SCENARIO, self.id)


class State:
    """All that was changed in a world: clients, users, settings, clock and scenarios."""

    def __init__(self, world: World) -> None:
        self._world = world

    def save(self) -> dict[str, Any]:
        """What `load` takes, as JSON has it."""
        answer: dict[str, Any] = self._world.call(api.GET_STATE)
        return answer

    def load(self, state: dict[str, Any]) -> None:
        """Puts back what was saved, in this world or another of the same configuration: all of it, or nothing."""
        self._world.call(api.PUT_STATE, body=state)
