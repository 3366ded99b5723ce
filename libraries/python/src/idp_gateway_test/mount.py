"""A mount: one vendor's auth surface in a world."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import api

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Unpack

    from .world import Scenario, World

__all__ = ["Clients", "Keys", "Mount", "Tokens", "Users"]

# A failure is shown where the test made the call.
__tracebackhide__ = True

View = TypeVar("View")


class Mount:
    """One vendor's auth surface."""

    def __init__(self, world: World, name: str, view: api.NamespaceMount) -> None:
        self._world = world
        self.name = name
        self.url = view["url"]
        """Where it is: the vendor's own paths are below it."""
        self.issuer = view["issuer"]
        """What its tokens name as their issuer."""
        self.host = view["host"]
        """The host, with its port, at which the vendor's own paths are."""
        self.clients = Clients(world, name)
        self.users = Users(world, name)
        self.tokens = Tokens(world, name)
        self.keys = Keys(world, name)

    @cached_property
    def _endpoints(self) -> dict[str, str]:
        view: api.MountView = self._world.call(api.GET_MOUNT, self.name)
        endpoints: dict[str, str] = {}
        for endpoint in view["endpoints"]:
            endpoints.setdefault(endpoint["endpoint"], endpoint["url"])
        return endpoints

    def endpoint(self, name: str) -> str:
        """The URL of an endpoint, such as `token` or `userinfo`."""
        if name not in self._endpoints:
            raise KeyError(f"{self.name} has no endpoint {name!r}; it has {', '.join(self._endpoints)}")
        return self._endpoints[name]

    @property
    def token_url(self) -> str:
        """Where tokens are asked for."""
        return self.endpoint("token")

    @property
    def authorize_url(self) -> str:
        """Where users are sent to sign in."""
        return self.endpoint("authorize")

    @property
    def userinfo_url(self) -> str:
        """Where a token says whom it speaks for."""
        return self.endpoint("userinfo")

    @property
    def jwks_url(self) -> str:
        """Where the public keys are."""
        return self.endpoint("jwks")

    def scenario(self, **spec: Unpack[api.ScenarioSpec]) -> Scenario:
        """As `World.scenario`, of this mount."""
        spec["mount"] = self.name
        return self._world.scenario(**spec)

    def fail(self, error: str, /, **spec: Unpack[api.ScenarioSpec]) -> Scenario:
        """As `World.fail`, of this mount: `fail("rate_limited", retry_after=2, times=1)`."""
        spec["mount"] = self.name
        return self._world.fail(error, **spec)

    def settings(self, **settings: Any) -> dict[str, Any]:
        """Changes settings, such as `access_ttl=60`, and says all that are in force; None is what the file says."""
        views: list[api.SettingView]
        if settings:
            views = self._world.call(api.CHANGE_SETTINGS, self.name, body=settings)
        else:
            views = self._world.call(api.GET_MOUNT, self.name)["settings"]
        return {view["name"]: view["value"] for view in views}

    def code(self, **request: Unpack[api.CodeRequest]) -> str:
        """An authorization code, as if the user had signed in and consented now."""
        reply: api.CodeReply = self._world.call(api.ISSUE_CODE, self.name, body=request)
        return reply["code"]

    def __repr__(self) -> str:
        return f"<Mount {self.name} at {self.url}>"


class _Set(Generic[View]):
    """What a mount has many of."""

    _list: api.Call
    _get: api.Call
    _delete: api.Call

    def __init__(self, world: World, mount: str) -> None:
        self._world = world
        self._mount = mount

    def get(self, name: str) -> View:
        """One of them, by its identifier."""
        answer: View = self._world.call(self._get, self._mount, name)
        return answer

    def delete(self, name: str) -> None:
        """Removes one; its tokens are refused from then on."""
        self._world.call(self._delete, self._mount, name)

    def __iter__(self) -> Iterator[View]:
        after = None
        while True:
            page = self._world.call(self._list, self._mount, query={"limit": 1000, "after": after})
            yield from page["items"]
            after = page.get("next")
            if after is None:
                return


class Clients(_Set["api.ClientView"]):
    """The clients of a mount."""

    _list, _get, _delete = api.LIST_CLIENTS, api.GET_CLIENT, api.DELETE_CLIENT

    def put(self, client_id: str, /, **spec: Unpack[api.ClientSpec]) -> api.ClientView:
        """Makes or replaces a client: what is left out takes its default. Without a secret it is a public one."""
        answer: api.ClientView = self._world.call(api.PUT_CLIENT, self._mount, client_id, body=spec)
        return answer

    def patch(self, client_id: str, /, **changes: Unpack[api.ClientSpecPatch]) -> api.ClientView:
        """Changes a part of a client; None takes a member away."""
        answer: api.ClientView = self._world.call(api.PATCH_CLIENT, self._mount, client_id, body=changes)
        return answer

    def put_all(self, clients: Iterable[api.ClientSpec], *, merge: bool = False) -> api.SetView:
        """Puts all clients at once, each with its `id`; others are removed, unless `merge` is true."""
        query = {"merge": merge}
        answer: api.SetView = self._world.call(api.PUT_CLIENTS, self._mount, body=list(clients), query=query)
        return answer


class Users(_Set["api.UserView"]):
    """The users of a mount, by `sub`."""

    _list, _get, _delete = api.LIST_USERS, api.GET_USER, api.DELETE_USER

    def put(self, sub: str, /, **spec: Unpack[api.UserSpec]) -> api.UserView:
        """Makes or replaces a user: what is left out takes its default."""
        answer: api.UserView = self._world.call(api.PUT_USER, self._mount, sub, body=spec)
        return answer

    def patch(self, sub: str, /, **changes: Unpack[api.UserSpecPatch]) -> api.UserView:
        """Changes a part of a user; None takes a member away."""
        answer: api.UserView = self._world.call(api.PATCH_USER, self._mount, sub, body=changes)
        return answer

    def put_all(self, users: Iterable[api.UserSpec], *, merge: bool = False) -> api.SetView:
        """Puts all users at once, each with its `sub`; others are removed, unless `merge` is true."""
        query = {"merge": merge}
        answer: api.SetView = self._world.call(api.PUT_USERS, self._mount, body=list(users), query=query)
        return answer


class Tokens:
    """Tokens to order, and the end of those that are out."""

    def __init__(self, world: World, mount: str) -> None:
        self._world = world
        self._mount = mount

    def issue(self, **order: Unpack[api.TokenOrder]) -> api.TokenSet:
        """Live tokens of the `client_id`, for `user` where one is named: other `claims`, a `lifetime`, a `flaw`."""
        answer: api.TokenSet = self._world.call(api.ISSUE_TOKENS, self._mount, body=order)
        return answer

    def expire(self, **selection: Unpack[api.TokenSelection]) -> None:
        """Expires what is out, without moving the clock: all of it, or what has the `client_id`, `user` or `jti` named.

        Refresh tokens too where `refresh` is true. What looks at a JWT alone does not see it.
        """
        self._world.call(api.EXPIRE_TOKENS, self._mount, body=selection)

    def inspect(self, token: str) -> api.Inspection:
        """As `World.inspect`."""
        return self._world.inspect(token)


class Keys:
    """What a mount signs with."""

    def __init__(self, world: World, mount: str) -> None:
        self._world = world
        self._mount = mount

    def __iter__(self) -> Iterator[api.KeyView]:
        views: list[api.KeyView] = self._world.call(api.LIST_KEYS, self._mount)
        return iter(views)

    def rotate(self, lead_seconds: int = 0) -> list[api.KeyView]:
        """Makes a new key, which signs after so many seconds: at once where nothing is said."""
        answer: list[api.KeyView] = self._world.call(api.ROTATE_KEY, self._mount, body={"lead_seconds": lead_seconds})
        return answer

    def forget(self, kid: str) -> None:
        """Forgets a key that does not sign, and so refuses every token that it signed."""
        self._world.call(api.FORGET_KEY, self._mount, kid)
