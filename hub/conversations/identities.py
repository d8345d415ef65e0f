"""One person at several addresses: linked by proof only, never by a guess, and unlinked again (CH-16). Pure.

A proof is a one-time code that was sent to one address and returned from another, or a sign-in to a Госуслуги account from an
address; the account counts as an address and is stored as a keyed digest. An identity is a tree of proofs, one fewer than its
addresses, so that removing a proof separates exactly what it had linked.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import E164, Address
from hub.conversations.channel_traits import AddressForm, TraitRegistry
from hub.kernel.document import Document

LASTS = timedelta(minutes=10)
TRIES = 3
HOUR = timedelta(hours=1)
PER_HOUR = 3
"""Codes sent to one address in an hour: with three attempts each, one in 111,000 is guessed in an hour."""
ACCOUNT = "esia"
"""Stands for a channel in the address of an account."""

MAILBOX = re.compile(r"[^\s@#]+@[^\s@#]+\.[^\s@#]+")
DIGITS = re.compile(r"[0-9]{6}")


class How(StrEnum):
    """How the code came back, or that there was none."""

    TYPED = "typed"
    """The citizen told it to the operator, who typed it."""
    WRITTEN = "written"
    """The citizen wrote it."""
    ACCOUNT = "account"
    """The citizen signed in to the account."""


class Proof(Struct, frozen=True, gc=False):
    """The person at `heard_at` knew the code sent to `sent_to`, or had that account.

    `by` is the login of the operator who asked, or "" where none was needed.
    """

    heard_at: str
    sent_to: str
    at: datetime
    by: str
    how: How

    @property
    def ends(self) -> frozenset[str]:
        return frozenset({self.heard_at, self.sent_to})


class Identity(Document, frozen=True, gc=False, tag="identity"):
    """Addresses of one person, each in the form of `plain`, and the proofs that link them."""

    key: str
    proofs: tuple[Proof, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """In the order in which they were linked."""
        return tuple(dict.fromkeys(end for each in self.proofs for end in (each.heard_at, each.sent_to)))


class Membership(Document, frozen=True, gc=False, tag="membership"):
    """Maps an address to its identity."""

    address: str
    identity: str


class Pepper(Document, frozen=True, gc=False, tag="pepper"):
    """A secret key of digests: without it values cannot be tried."""

    name: str
    secret: bytes


class Code(Document, frozen=True, gc=False, tag="code"):
    """The last code sent to an address: a digest, never the code. `by` is the login of the operator who asked.

    It is valid for the conversation that asked, until `until`, while there are attempts `left`. Later only the times of sending of
    the last hour remain.
    """

    address: str
    conversation: int
    by: str
    digest: str
    until: datetime
    left: int
    sent: tuple[datetime, ...]

    def alive(self, conversation: int, now: datetime) -> bool:
        return bool(self.digest) and self.left > 0 and self.conversation == conversation and now < self.until

    def missed(self) -> "Code":
        """After a wrong attempt; the last one invalidates the code."""
        return replace(self, left=self.left - 1) if self.left > 1 else self.spent()

    def spent(self) -> "Code":
        return replace(self, digest="", left=0)


def plain(address: Address) -> str:
    """An address without its thread: the person is the same, whatever the subject."""
    return str(replace(address, thread=""))


def address_of(text: str) -> Address:
    """Inverse of `plain`."""
    channel, _, value = text.partition(":")
    return Address(channel, value)


def spelled(form: AddressForm, typed: str) -> str:
    """What an operator typed, in the channel's spelling; "" when it is not a valid address there."""
    typed = typed.strip()
    match form:
        case AddressForm.NUMBER:
            number = re.sub(r"[\s().\-]", "", typed)
            number = f"+7{number[1:]}" if re.fullmatch(r"8[0-9]{10}", number) else number
            return number if E164.fullmatch(number) else ""
        case AddressForm.MAILBOX:
            return typed.lower() if MAILBOX.fullmatch(typed) else ""
        case _:
            return typed if typed and not re.search(r"[\s#]", typed) else ""


def digits_in(text: str) -> str:
    """The code, when the message contains nothing else; else ""."""
    return text.strip() if DIGITS.fullmatch(text.strip()) else ""


def sealed(pepper: bytes, address: str, conversation: int, digits: str) -> str:
    """The digest of a code, bound to its address and the conversation. `pepper` is a secret kept outside of the store."""
    return hmac.new(pepper, f"{conversation}|{address}|{digits}".encode(), hashlib.sha256).hexdigest()


def sent_lately(before: Code | None, now: datetime) -> tuple[datetime, ...]:
    """When codes were sent to an address in the last hour."""
    return tuple(at for at in before.sent if now - at < HOUR) if before else ()


def wait_s(before: Code | None, now: datetime) -> int:
    """Seconds until the next code may be sent to an address; 0 for at once."""
    lately = sent_lately(before, now)
    return int((lately[-PER_HOUR] + HOUR - now).total_seconds()) + 1 if len(lately) >= PER_HOUR else 0


def are_different_people(one: Identity | None, other: Identity | None, proof: Proof) -> bool:
    """Whether the identities to be linked cannot be one person: they have different accounts."""
    addresses = {*(one.addresses if one else ()), *(other.addresses if other else ()), *proof.ends}
    return len([each for each in addresses if address_of(each).channel == ACCOUNT]) > 1


def link(one: Identity | None, other: Identity | None, proof: Proof, key: str) -> Identity:
    """Link two identities without a common address by a proof; `key` is for a new one."""
    proofs = (*(one.proofs if one else ()), *(other.proofs if other else ()), proof)
    kept = one or other
    return Identity(kept.key if kept else key, proofs)


def unlink(identity: Identity, here: str, away: str, key: str) -> tuple[Identity, ...]:
    """The identities after the proof between `here` and `away` is removed: at most two.

    What is linked only through `away` goes with it, under `key`. Raises ValueError when they are not two addresses of this identity.
    """
    if here == away or not {here, away} <= set(identity.addresses):
        message = f"{away} is not joined with {here}"
        raise ValueError(message)
    around = reached(here, [each for each in identity.proofs if away not in each.ends])
    rest = [each for each in identity.proofs if not (away in each.ends and each.ends & around)]
    near = reached(here, rest)
    halves = (Identity(identity.key, tuple(each for each in rest if each.heard_at in near)),
              Identity(key, tuple(each for each in rest if each.heard_at not in near)))
    return tuple(half for half in halves if half.proofs)


def without(identity: Identity, address: str) -> Identity | None:
    """The identity after one of its addresses is erased: the addresses that it linked stay together. None where one is left."""
    kept = [each for each in identity.proofs if address not in each.ends]
    taken = [each for each in identity.proofs if address in each.ends]
    ends = [end for each in taken for end in each.ends - {address}]
    kept += [replace(each, heard_at=ends[0], sent_to=end) for each, end in zip(taken[1:], ends[1:], strict=True)]
    return Identity(identity.key, tuple(kept)) if kept else None


def reached(start: str, proofs: Sequence[Proof]) -> frozenset[str]:
    """All addresses connected with one by these proofs, and itself."""
    found, size = {start}, 0
    while size < len(found):
        size = len(found)
        found.update(end for each in proofs if each.ends & found for end in each.ends)
    return frozenset(found)


def memberships(identities: Iterable[Identity]) -> list[Membership]:
    return [Membership(address, each.key) for each in identities for address in each.addresses]


def held(start: str, proofs: Iterable[Proof], traits: TraitRegistry) -> tuple[str, ...]:
    """All addresses whose owner is proved to be that of `start`, and itself.

    A proof is followed only to an address that only its owner can use: the one the code was sent to, or a chat with a key. A number
    or mailbox that a message came from may be forged, so its contents are not disclosed.
    """
    known, found, size = tuple(proofs), {start: None}, 0
    while size < len(found):
        size = len(found)
        found |= {end: None for each in known for end in each.ends if each.ends & found.keys() and _surely(end, each, traits)}
    return tuple(found)


def _surely(end: str, proof: Proof, traits: TraitRegistry) -> bool:
    return end == proof.sent_to or traits.of(address_of(end)).keyed or same_number(end, proof.sent_to, traits)


def same_number(one: str, other: str, traits: TraitRegistry) -> bool:
    """Whether a call and an SMS have one number: who can read the SMS is its subscriber."""
    here, there = address_of(one), address_of(other)
    numbered = all(traits.of(each).numbered for each in (here, there))
    return numbered and here.value == there.value and bool(E164.fullmatch(here.value))
