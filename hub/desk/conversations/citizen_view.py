"""The citizen's part of a list row: name, address, place, promise, verification."""

from typing import Literal

from msgspec.structs import replace

from hub.access.federal_separation import FederalDataPolicy
from hub.conversations.address import masked
from hub.conversations.callback_promise import CallbackPromise, not_reached
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Conversation
from hub.conversations.promise_creation import is_term
from hub.conversations.verification_level import Proven, proven, tellable
from hub.desk.conversations.forms import AttemptOut, PromiseOut, VerificationOut
from hub.desk.http.forms import NamedOut
from hub.desk.http.parts import Clock
from hub.desk.organisation.forms import PlaceOut
from hub.desk.organisation.places import Places

LEVELS: dict[Proven, Literal["nothing", "number", "account"]] = {
    Proven.NOTHING: "nothing", Proven.NUMBER: "number", Proven.ACCOUNT: "account"}


class CitizenView:
    def __init__(self, federal_policy: FederalDataPolicy, places: Places, clock: Clock, traits: TraitRegistry) -> None:
        self._federal_policy, self._places, self._clock, self._traits = federal_policy, places, clock, traits

    def name(self, head: Conversation) -> str:
        return head.citizen.name if self._federal_policy.shows_name(head) else ""

    def address(self, head: Conversation) -> str:
        """The number or mailbox as shown; masked at the federal centre."""
        return self._federal_policy.reason(head, self._traits.readable(head.address))

    def place(self, head: Conversation) -> PlaceOut | None:
        return self._places.out(head.place)

    def proposed(self, head: Conversation) -> list[NamedOut]:
        """Possible subjects of the number."""
        known = head.place or not self._traits.of(head.address).subscriber
        return [] if known else self._places.proposed(head.address.value)

    def verification(self, head: Conversation) -> VerificationOut | None:
        if not self._federal_policy.keeps_history(head):
            return None
        level = proven(head.verification, self._clock())
        until = head.verification.until if head.verification and level else None
        return VerificationOut(LEVELS[level], until, tellable(level))

    def promise(self, head: Conversation) -> PromiseOut | None:
        owed = promise_out(head.promise)
        # The number of a callback is needed for it (FD-04); any other address is the conversation's own.
        called = self._traits.number_of(head.promise.address) if head.promise else ""
        if owed is None or called or self._federal_policy.shows_name(head):
            return owed
        return replace(owed, address=masked(owed.address))


def promise_out(owed: CallbackPromise | None) -> PromiseOut | None:
    if owed is None:
        return None
    attempts = [AttemptOut(each.at, each.by, each.outcome) for each in owed.attempts]
    return PromiseOut(owed.given, owed.due, str(owed.address), owed.why, owed.by, attempts, not_reached(owed), owed.alarmed, is_term(owed))
