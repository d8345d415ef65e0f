"""Frames of the desk's live socket. Each room's own are in its frames.py; the desk's TypeScript types are generated from them."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Literal

from msgspec import Struct

from hub.access.permissions import Permission


class Frame(Struct, frozen=True):
    """Whoever gets or sends it `needs` one of these permissions; the hub does not start with a frame that says nothing of them."""

    needs: ClassVar[tuple[Permission, ...]] = ()


Listed = Literal[
    "alarms", "audit", "canned", "consents", "demands", "exchange", "floor_messages", "floor_people", "handbook", "mailings",
    "operators", "phrases", "quality", "quarantine", "referrals", "scripts", "security", "services", "settings", "sifting", "submissions",
    "subscriptions", "surveys", "systems", "topics"]
"""Lists whose changes are told by name (lists.py)."""


class ListsChanged(Frame, frozen=True, tag="lists"):
    """Lists that one may ask for have changed: whoever shows one of them asks again."""

    needs: ClassVar = (Permission.ACCOUNT,)
    names: list[Listed]


class AccountChanged(Frame, frozen=True, tag="account"):
    """One may or serves something else from now on: ask again who one is, and load the views anew."""

    needs: ClassVar = (Permission.ACCOUNT,)


class SignedOut(Frame, frozen=True, tag="signed_out"):
    """The session has ended; the socket closes."""

    needs: ClassVar = (Permission.ACCOUNT,)


class Wrong(Frame, frozen=True, tag="error"):
    needs: ClassVar = (Permission.ACCOUNT,)
    code: str
    text: str


OWN: tuple[type[Frame], ...] = (ListsChanged, AccountChanged, SignedOut, Wrong)
"""Those that are no room's."""


def union_of(frames: Sequence[type[Frame]]) -> Any:  # noqa: ANN401 - a union made at run time has no type
    """What msgspec reads by, and the description is made from."""
    return reduce(or_, frames)
