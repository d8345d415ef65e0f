"""Seals of the audit: where its chain stood at the end of a day, kept apart from it. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from hub.audit.hash_chain import Walk


class Seal(Struct, frozen=True):
    """The chain at the end of a day: its records behind `after`, up to `last`, whose hash is `hash` (hex).

    `before` is the day of the seal before, None for the first: so a seal that is gone shows.
    """

    centre: str
    day: date
    at: datetime
    after: int
    last: int
    hash: str
    before: date | None


class Proof(StrEnum):
    """What a seal's signature is worth."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    """By another key, or not over these words."""
    UNKNOWN = "unknown"
    """By a key that whoever verifies does not have."""


class Kept(Struct, frozen=True):
    """A seal as a file holds it; None where the file can not be read."""

    file: str
    seal: Seal | None
    proof: Proof


class Broken(StrEnum):
    TORN = "torn"
    FOREIGN = "foreign"
    """It is of another centre, or another day than its name says."""
    FORGED = "forged"
    UNKNOWN = "unknown"
    UNSIGNED = "unsigned"
    """Seals before it are signed, so that this one should be."""
    GAP = "gap"
    """It does not continue the one before: one is gone, or it was put there."""
    REWRITTEN = "rewritten"
    """The chain has another hash there: records that this seal, and none before, covers were computed anew."""
    CUT = "cut"
    """The chain ends before."""


class BrokenSeal(Struct, frozen=True):
    """Records `first` to `last` are those that nothing vouches for."""

    broken: Broken
    file: str
    first: int = 0
    last: int = 0


def check(kept: Sequence[Kept], centre: str, walk: Walk, begun: int = 0) -> list[BrokenSeal]:
    """What is wrong with seals, oldest first, and with the chain that was walked along behind record `begun` with their `last` as marks."""
    found: list[BrokenSeal] = []
    before: Seal | None = None
    vouched, signed = 0, False
    for each in kept:
        seal = each.seal
        if seal is None:
            found.append(BrokenSeal(Broken.TORN, each.file))
            continue
        if wrong := _of_itself(each, seal, centre, signed=signed) or _of_order(seal, before):
            found.append(BrokenSeal(wrong, each.file, vouched + 1, seal.last))
        elif wrong := _of_chain(seal, walk, begun):
            found.append(BrokenSeal(wrong, each.file, max(walk.number if wrong is Broken.CUT else vouched, vouched) + 1, seal.last))
        vouched = max(vouched, seal.last) if not wrong else vouched
        before, signed = seal, signed or each.proof is Proof.SIGNED
    return found


def _of_itself(kept: Kept, seal: Seal, centre: str, *, signed: bool) -> Broken | None:
    if seal.centre != centre or kept.file != f"{seal.day}.json":
        return Broken.FOREIGN
    match kept.proof:
        case Proof.FORGED:
            return Broken.FORGED
        case Proof.UNKNOWN:
            return Broken.UNKNOWN
        case Proof.UNSIGNED if signed:
            return Broken.UNSIGNED
        case _:
            return None


def _of_order(seal: Seal, before: Seal | None) -> Broken | None:
    follows = (before.day, before.last) if before else (None, 0)
    return None if (seal.before, seal.after) == follows else Broken.GAP


def _of_chain(seal: Seal, walk: Walk, begun: int) -> Broken | None:
    """An export tells nothing of seals outside it."""
    if seal.last <= begun:
        return None
    if seal.last > walk.number:
        return Broken.CUT
    return None if walk.marked.get(seal.last, b"").hex() == seal.hash else Broken.REWRITTEN
