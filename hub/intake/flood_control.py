"""Rate limits of one sender at a centre, and detection of floods. Pure; seconds come in as an argument (SE-02).

Nothing here refuses: excess messages are set aside (conversation.Aside), and a caller who calls too often gets in by a key.
"""

import unicodedata
from collections import OrderedDict
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct

from hub.conversations.address import Address
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import SetAsideCause
from hub.kernel.rate_limits import Buckets, Rate

HOUR_MIN = 60
WITHHELD, WITHHELD_TIMES = "withheld", 20
"""All callers with a withheld number count as one source, with this many times the limit of a number."""
KEPT = 10_000
"""Texts and numbers kept in memory; the least recently seen are dropped first."""
Most = Annotated[int, Meta(ge=0, le=1_000_000)]


class FloodLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of one sender per hour, above which messages are set aside; 0 is no limit. Ordinary use stays far below them."""

    messages_per_h: Most = 60
    """Messages by SMS, messengers and partners, while no operator has the conversation."""
    conversations_per_h: Most = 10
    """Conversations that a sender opens or reopens."""
    letters_per_h: Most = 20
    faxes_per_h: Most = 10
    calls: Most = 8
    """Calls of one number in `calls_within_min`; from the next one on a key must be pressed."""
    calls_within_min: Annotated[int, Meta(ge=1, le=1440)] = 10
    short_calls: Most = 4
    """As `calls`, for calls shorter than `short_s`."""
    short_s: Annotated[int, Meta(ge=1, le=60)] = 8
    same_text_senders: Most = 10
    """Different senders of one text within `same_text_within_min`; further ones are set aside as a group."""
    same_text_within_min: Annotated[int, Meta(ge=1, le=1440)] = 10
    same_text_min_length: Annotated[int, Meta(ge=10, le=1000)] = 60
    """Minimum letters and digits of a text that two people do not write identically by chance."""
    sms_answers_per_h: Most = 2000
    """Robot answers to all senders together: numbers can be forged, and each SMS costs money."""
    fax_answers_per_h: Most = 60
    other_contact: str = "Если дело не терпит, позвоните в центр или приходите: вас выслушает сотрудник."
    """Another way to reach the centre; told to senders who are refused or set aside."""


class FloodControl:
    """Counters of all senders. In memory: a restart resets them."""

    def __init__(self, flood_limits: FloodLimits, traits: TraitRegistry) -> None:
        self._flood_limits, self._traits = flood_limits, traits
        self._said = {
            "email": _hourly(flood_limits.letters_per_h), "fax": _hourly(flood_limits.faxes_per_h),
            "": _hourly(flood_limits.messages_per_h)}
        self._begun = _hourly(flood_limits.conversations_per_h)
        self._answers = {"sms": _hourly(flood_limits.sms_answers_per_h), "fax": _hourly(flood_limits.fax_answers_per_h)}
        self._calls, self._withheld = _within(flood_limits.calls, flood_limits), _within(flood_limits.calls * WITHHELD_TIMES, flood_limits)
        self._short = _within(flood_limits.short_calls, flood_limits)
        self._suspects: OrderedDict[str, float] = OrderedDict()
        """Numbers that must press a key, and until when."""
        self._texts: OrderedDict[str, OrderedDict[str, float]] = OrderedDict()
        """Senders of a text and when they sent it, by the text's digest; the oldest first."""

    def too_much(self, address: Address, now_s: float, *, begins: bool) -> SetAsideCause | None:
        """Count a message; returns the cause when the sender is over a limit, otherwise None."""
        family = address.family
        sender = f"{address.channel}:{address.value}"
        if self._said.get(family, self._said[""]).spend(sender, now_s) or (begins and self._begun.spend(sender, now_s)):
            return SetAsideCause.TOO_MANY
        if (answers := self._answers.get(family)) is not None and answers.spend("", now_s):
            return SetAsideCause.COSTS
        return None

    def alike(self, address: Address, text: str, now_s: float) -> str:
        """Digest of the text when enough other senders have sent it lately, otherwise ""."""
        if not self._flood_limits.same_text_senders or not (said := plain(text, self._flood_limits.same_text_min_length)):
            return ""
        digest = sha256(said.encode()).hexdigest()[:16]
        senders = self._texts.setdefault(digest, OrderedDict())
        self._texts.move_to_end(digest)
        if len(self._texts) > KEPT:
            self._texts.popitem(last=False)
        sender = f"{address.channel}:{address.value}"
        senders[sender] = now_s
        senders.move_to_end(sender)
        while senders and next(iter(senders.values())) < now_s - self._flood_limits.same_text_within_min * 60:
            senders.popitem(last=False)
        if len(senders) <= self._flood_limits.same_text_senders:
            return ""
        senders.popitem(last=False)  # `alike` senders are enough to detect the next one
        return digest

    def calls(self, address: Address, now_s: float) -> bool:
        """Count a call; whether the caller must press a key."""
        number = self._traits.number_of(address)
        wait_s = self._calls.spend(number, now_s) if number else self._withheld.spend(WITHHELD, now_s)
        if wait_s and number:
            self._suspect(number, now_s)
        return bool(wait_s) or self._suspects.get(number, 0.0) > now_s

    def called(self, address: Address, lasted_s: float, now_s: float) -> None:
        """A call has ended."""
        number = self._traits.number_of(address)
        if number and lasted_s < self._flood_limits.short_s and self._short.spend(number, now_s):
            self._suspect(number, now_s)

    def answered(self, address: Address) -> None:
        """A key was pressed: a person is on the line."""
        self._suspects.pop(self._traits.number_of(address), None)

    def _suspect(self, number: str, now_s: float) -> None:
        self._suspects[number] = now_s + self._flood_limits.calls_within_min * 60
        self._suspects.move_to_end(number)
        if len(self._suspects) > KEPT:
            self._suspects.popitem(last=False)


def plain(text: str, signs: int) -> str:
    """Letters and digits of a text, case-folded, without separators; "" where there are fewer than `signs`."""
    said = "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
    return said if len(said) >= signs else ""


def _hourly(most: int) -> Buckets:
    return Buckets(Rate(most, most / HOUR_MIN) if most else None)


def _within(most: int, flood_limits: FloodLimits) -> Buckets:
    return Buckets(Rate(most, most / flood_limits.calls_within_min) if most else None)
