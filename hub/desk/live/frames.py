"""Frames of the desk's live socket. Each room's own are in its frames.py; the desk's TypeScript types are generated from them."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Literal

from msgspec import Struct

from hub.access.permissions import Permission


class Frame(Struct, frozen=True):
    """Its recipient or sender `needs` one of these permissions; the hub does not start with an undeclared frame."""

    needs: ClassVar[tuple[Permission, ...]] = ()


Listed = Literal[
    "alarms", "audit", "canned", "channel_setups", "consents", "demands", "exchange", "floor_messages", "floor_people",
    "handbook", "mailings", "operators", "phrases",
    "quality", "quarantine", "referrals", "refused_calls", "robot_trials", "rule_trial", "rules", "saved_reports",
    "scripts", "security", "services", "settings", "sifting",
    "submissions", "subscriptions", "surveys", "systems", "topics", "training", "workforce", "shifts", "adherence",
    "programme", "registry", "roles"]
"""Lists whose changes are announced by name (lists.py)."""


class ListsChanged(Frame, frozen=True, tag="lists"):
    """Lists have changed: a desk that shows one reloads it."""

    needs: ClassVar = (Permission.ACCOUNT,)
    names: list[Listed]


class AccountChanged(Frame, frozen=True, tag="account"):
    """Permissions or lines of the account have changed: the desk reloads the account and the views."""

    needs: ClassVar = (Permission.ACCOUNT,)


class SignedOut(Frame, frozen=True, tag="signed_out"):
    """The session has ended; the socket closes."""

    needs: ClassVar = (Permission.ACCOUNT,)


class Wrong(Frame, frozen=True, tag="error"):
    needs: ClassVar = (Permission.ACCOUNT,)
    code: str
    text: str


OWN: tuple[type[Frame], ...] = (ListsChanged, AccountChanged, SignedOut, Wrong)
"""Frames without a room."""


def union_of(frames: Sequence[type[Frame]]) -> Any:  # noqa: ANN401 - a union made at run time has no type
    """The union for decoding with msgspec, and for the description."""
    return reduce(or_, frames)
