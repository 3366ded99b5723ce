"""Tests against vendors' auth endpoints: a gateway that speaks their dialects, and a world of its own for each test."""

from .admin import Admin, AdminError
from .gateway import Gateway
from .journal import Journal, JournalMismatch
from .mount import Clients, Keys, Mount, Tokens, Users
from .world import Clock, Scenario, State, World

__all__ = [
    "Admin",
    "AdminError",
    "Clients",
    "Clock",
    "Gateway",
    "Journal",
    "JournalMismatch",
    "Keys",
    "Mount",
    "Scenario",
    "State",
    "Tokens",
    "Users",
    "World",
]
