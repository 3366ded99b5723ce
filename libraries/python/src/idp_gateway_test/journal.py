"""The journal: what a world was asked, and assertions about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import api
from .admin import AdminError

if TYPE_CHECKING:
    from typing import Unpack

    from .world import World

__all__ = ["Journal", "JournalMismatch", "describe"]

# A failure is shown where the test made the call.
__tracebackhide__ = True


class JournalMismatch(AssertionError):
    """The journal is other than the test says."""

    def __init__(self, problem: api.Problem) -> None:
        self.nearest = problem.get("nearest", [])
        """The entries that are most like what is wanted, each with what differs."""
        lines = [problem["detail"]]
        if self.nearest:
            lines.append("nearest:")
        for near in self.nearest:
            lines.append("  " + describe(near["entry"]).replace("\n", "\n  "))
            for other in near["differs"]:
                lines.append(f"      {other['key']}: wanted {other['wanted']!r}, found {other['found']!r}")
        super().__init__("\n".join(lines))


class Journal:
    """What a world was asked."""

    def __init__(self, world: World) -> None:
        self._world = world

    def entries(self, limit: int = 100, **where: Unpack[api.JournalFilter]) -> list[api.JournalEntry]:
        """The last requests that have all that is named, newest first."""
        answer: list[api.JournalEntry] = self._world.call(api.READ_JOURNAL, query={**where, "limit": limit})
        return answer

    def newest(self) -> int:
        """The number of the newest entry, for `since` of what comes after; 0 where there is none."""
        return next((entry["number"] for entry in self.entries(limit=1)), 0)

    def verify(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        within_ms: int = 0,
        **where: Unpack[api.JournalFilter],
    ) -> api.Verified:
        """Asserts that so many requests came, and waits for them: `verify(exactly=1, mount="bits", endpoint="token")`.

        Raises `JournalMismatch`, an `AssertionError`, which shows the entries that are nearest and what differs.
        """
        counts = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        body: dict[str, Any] = {name: count for name, count in counts.items() if count is not None}
        body |= {"where": {key: value for key, value in where.items() if value is not None}, "within_ms": within_ms}
        try:
            answer: api.Verified = self._world.call(api.VERIFY_JOURNAL, body=body)
        except AdminError as error:
            if error.status != 422:
                raise
            mismatch = JournalMismatch(error.problem)
        else:
            return answer
        raise mismatch

    def misuse(self, **where: Unpack[api.JournalFilter]) -> list[api.Misuse]:
        """What clients do that they should not, each with where that is written."""
        answer: list[api.Misuse] = self._world.call(api.FIND_MISUSE, query=where)
        return answer

    def export(self, form: str = "har", limit: int = 1000, **where: Unpack[api.JournalFilter]) -> Any:
        """The entries in another form: `har` (what its JSON says), `curl` or `jsonl` (a text)."""
        return self._world.call(api.READ_JOURNAL, query={**where, "format": form, "limit": limit})

    def clear(self) -> None:
        """Forgets all entries."""
        self._world.call(api.CLEAR_JOURNAL)

    def describe(self, limit: int = 20) -> str:
        """The last requests in words, oldest first."""
        return "\n".join(describe(entry) for entry in reversed(self.entries(limit)))


def describe(entry: api.JournalEntry) -> str:
    """An entry in words: what was asked, what was answered, why, and what to change."""
    words = [f"#{entry['number']}", entry["method"], entry["path"], "->", str(entry["status"])]
    words += [error] if (error := entry.get("error")) else []
    words += [f"client={client}"] if (client := entry.get("client_id")) else []
    words += [f"grant={grant}"] if (grant := entry.get("grant")) else []
    words += ["(forced)"] if entry["forced"] else []
    lines = [" ".join(words)]
    lines += [f"    cause: {cause}"] if (cause := entry.get("cause")) else []
    lines += [f"    hint: {hint}"] if (hint := entry.get("hint")) else []
    return "\n".join(lines)
