"""Daily seal of the audit log: the state of the chain at the end of a day, stored apart from the chain. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from hub.audit.hash_chain import ChainReport


class DaySeal(Struct, frozen=True):
    """The chain at the end of a day: the records after `after`, up to `last`, whose hash is `hash` (hex).

    `before` is the day of the previous seal, None for the first: a missing seal is detected.
    """

    centre: str
    day: date
    at: datetime
    after: int
    last: int
    hash: str
    before: date | None


class SealProof(StrEnum):
    """Result of checking a seal's signature."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    """Signed by another key, or the signature does not fit the text."""
    UNKNOWN = "unknown"
    """Signed by a key that the verifier does not have."""


class KeptSeal(Struct, frozen=True):
    """A seal in its file; None where the file cannot be read."""

    file: str
    seal: DaySeal | None
    proof: SealProof


class SealDefect(StrEnum):
    TORN = "torn"
    FOREIGN = "foreign"
    """Of another centre, or of another day than the file name says."""
    FORGED = "forged"
    UNKNOWN = "unknown"
    UNSIGNED = "unsigned"
    """Earlier seals are signed, so this one should be."""
    GAP = "gap"
    """Does not continue the previous seal: one is missing, or this one was inserted."""
    REWRITTEN = "rewritten"
    """The chain has another hash there: records covered by this seal and no earlier one were recomputed."""
    CUT = "cut"
    """The chain ends before it."""


class BrokenSeal(Struct, frozen=True):
    """No seal vouches for the records `first` to `last`."""

    broken: SealDefect
    file: str
    first: int = 0
    last: int = 0


def check(kept: Sequence[KeptSeal], centre: str, walk: ChainReport, begun: int = 0) -> list[BrokenSeal]:
    """Find the defects of seals, oldest first, and of the chain as verified after record `begun` with the seals' `last` as marks."""
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
    """An export says nothing about seals outside of its range."""
    if seal.last <= begun:
        return None
    if seal.last > walk.number:
        return SealDefect.CUT
    return None if walk.marked.get(seal.last, b"").hex() == seal.hash else SealDefect.REWRITTEN
