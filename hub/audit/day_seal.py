"""Seals of the audit: where its chain stood at the end of a day, kept apart from it. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from hub.audit.hash_chain import ChainReport


class DaySeal(Struct, frozen=True):
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


class SealProof(StrEnum):
    """What a seal's signature is worth."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    """By another key, or not over these words."""
    UNKNOWN = "unknown"
    """By a key that whoever verifies does not have."""


class KeptSeal(Struct, frozen=True):
    """A seal as a file holds it; None where the file can not be read."""

    file: str
    seal: DaySeal | None
    proof: SealProof


class SealDefect(StrEnum):
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

    broken: SealDefect
    file: str
    first: int = 0
    last: int = 0


def check(kept: Sequence[KeptSeal], centre: str, walk: ChainReport, begun: int = 0) -> list[BrokenSeal]:
    """What is wrong with seals, oldest first, and with the chain that was walked along behind record `begun` with their `last` as marks."""
    found: list[BrokenSeal] = []
    before: DaySeal | None = None
    vouched, signed = 0, False
    for each in kept:
        seal = each.seal
        if seal is None:
            found.append(BrokenSeal(SealDefect.TORN, each.file))
            continue
        if wrong := _of_itself(each, seal, centre, signed=signed) or _of_order(seal, before):
            found.append(BrokenSeal(wrong, each.file, vouched + 1, seal.last))
        elif wrong := _of_chain(seal, walk, begun):
            found.append(BrokenSeal(wrong, each.file, max(walk.number if wrong is SealDefect.CUT else vouched, vouched) + 1, seal.last))
        vouched = max(vouched, seal.last) if not wrong else vouched
        before, signed = seal, signed or each.proof is SealProof.SIGNED
    return found


def _of_itself(kept: KeptSeal, seal: DaySeal, centre: str, *, signed: bool) -> SealDefect | None:
    if seal.centre != centre or kept.file != f"{seal.day}.json":
        return SealDefect.FOREIGN
    match kept.proof:
        case SealProof.FORGED:
            return SealDefect.FORGED
        case SealProof.UNKNOWN:
            return SealDefect.UNKNOWN
        case SealProof.UNSIGNED if signed:
            return SealDefect.UNSIGNED
        case _:
            return None


def _of_order(seal: DaySeal, before: DaySeal | None) -> SealDefect | None:
    follows = (before.day, before.last) if before else (None, 0)
    return None if (seal.before, seal.after) == follows else SealDefect.GAP


def _of_chain(seal: DaySeal, walk: ChainReport, begun: int) -> SealDefect | None:
    """An export tells nothing of seals outside it."""
    if seal.last <= begun:
        return None
    if seal.last > walk.number:
        return SealDefect.CUT
    return None if walk.marked.get(seal.last, b"").hex() == seal.hash else SealDefect.REWRITTEN
