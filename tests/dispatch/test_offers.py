"""An operator in a talk is asked about one conversation at a time, and is not punished for being busy (B6 of the acceptance)."""

import pytest

from hub.access.operator import Presence
from hub.conversations.assignment_reason import AssignmentReason, AssignmentRule
from hub.conversations.journal import OfferEnd, OfferEnded
from hub.conversations.ports import Store
from hub.dispatch.busy_operators import RHYTHM_S, STANDS_S, BusyOperators
from hub.dispatch.offer import Offer
from tests.rig import ANNA, OFFER_S, OLGA, Clock, Rig, eventually

OFFER = Offer(1, "anna", 30, AssignmentReason(AssignmentRule.IDLE, 0, 0, 0, 0))


async def in_a_talk(rig: Rig) -> int:
    """Anna holds one conversation, and is offered a second one."""
    first = await rig.waiting(who="first")
    await rig.actions.take(ANNA, first)
    rig.ready(ANNA)
    second = await rig.waiting(who="second")
    assert [offer.conversation for offer in rig.dispatch.offered_to("anna")] == [second]
    return second


async def lapse(rig: Rig, clock: Clock, conversation: int) -> None:
    clock.forward(OFFER_S + 1)
    rig.ready(OLGA)

    async def gone() -> bool:
        return rig.dispatch.offer(conversation, "anna") is None

    await eventually(gone)


async def test_the_rest_waits_for_whoever_is_free_first(rig: Rig) -> None:
    # CH-08
    waiting = [await rig.waiting(who=f"citizen {n}") for n in range(4)]
    rig.ready(ANNA, OLGA)
    assert [offer.conversation for who in ("anna", "olga") for offer in rig.dispatch.offered_to(who)] == waiting[:2]
    await rig.actions.accept(ANNA, waiting[0])
    assert [offer.conversation for offer in rig.dispatch.offered_to("anna")] == [waiting[2]]


async def test_who_is_in_a_talk_and_misses_an_offer_gets_no_break(rig: Rig, clock: Clock) -> None:
    # CH-08
    conversation = await in_a_talk(rig)
    await lapse(rig, clock, conversation)
    assert rig.dispatch.presence("anna") is Presence.READY
    assert [news.how for news in rig.offers if news.offer.operator == "anna"][-1] == "missed"
    assert rig.dispatch.offer(conversation, "olga")

    async def journaled() -> bool:
        return OfferEnd.EXPIRED in [r.entry.how for r in await rig.store.records(conversation) if isinstance(r.entry, OfferEnded)]

    await eventually(journaled)
    # Nothing is offered until there is a sign of work.
    third = await rig.waiting(who="third")
    assert rig.dispatch.offered_to("anna") == []
    await rig.actions.take(ANNA, third)
    fourth = await rig.waiting(who="fourth")
    assert [offer.conversation for offer in rig.dispatch.offered_to("anna")] == [fourth]


async def test_danger_to_life_is_offered_to_whoever_has_missed_an_offer(rig: Rig, clock: Clock) -> None:
    # CH-08
    conversation = await in_a_talk(rig)
    clock.forward(OFFER_S + 1)
    rig.dispatch.typed("nobody")
    await lapse(rig, clock, conversation)
    await rig.actions.accept(OLGA, conversation)
    rig.dispatch.set_presence(OLGA, Presence.BREAK)
    urgent = await rig.stored("умираю", "1", who="urgent")
    await rig.settled()
    assert rig.dispatch.offer(urgent, "anna")


async def test_who_types_neither_misses_nor_takes_an_offer(rig: Rig, clock: Clock) -> None:
    # CH-08
    conversation = await in_a_talk(rig)
    until = rig.dispatch.offered_to("anna")[0].until
    for _ in range(4):
        rig.dispatch.typed("anna")
        clock.forward(RHYTHM_S)
    offer, = rig.dispatch.offered_to("anna")
    assert (offer.conversation, offer.until) == (conversation, until + 4 * RHYTHM_S)


@pytest.mark.parametrize(("pauses", "stood"), [((RHYTHM_S,) * 5, 5 * RHYTHM_S), ((0.5,) * 6, RHYTHM_S + 2.5), ((20, 20), 2 * RHYTHM_S), ((RHYTHM_S,) * 40, STANDS_S)])
def test_an_offer_stands_as_long_as_somebody_types_and_a_minute_at_most(pauses: tuple[float, ...], stood: float) -> None:
    # CH-08
    busy, now, total = BusyOperators(), 1_000.0, 0.0
    for pause in pauses:
        total += busy.type("anna", [OFFER], now)
        now += pause
    assert total == stood
    busy.end(OFFER.conversation)
    assert busy.type("anna", [OFFER], now + 1_000) == RHYTHM_S
    assert busy.type("boris", [], now) == 0


def test_two_missed_in_a_row_are_a_break() -> None:
    # CH-08
    busy = BusyOperators()
    assert not busy.miss("boris", holds=False)
    assert busy.miss("anna", holds=True)
    assert not busy.miss("anna", holds=True)
    busy.work("anna")
    assert busy.miss("anna", holds=True)
    busy.type("anna", [], 0)
    assert busy.miss("anna", holds=True)


async def test_an_operator_without_a_talk_who_misses_an_offer_gets_a_break(store: Store, clock: Clock) -> None:
    # CH-08
    rig = await Rig(store, clock, await store.newest()).start()
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await lapse(rig, clock, conversation)
    assert rig.dispatch.presence("anna") is Presence.BREAK
    await rig.stop()


async def test_what_is_offered_meanwhile_is_offered_to_nobody_else_when_lines_change(rig: Rig) -> None:
    # CH-08: a changed line is read anew a moment later, when the citizen may be offered already
    conversation = await rig.waiting()
    rig.dispatch.renew_lines(["general"])
    rig.ready(ANNA)
    rig.ready(OLGA)
    assert rig.dispatch.offer(conversation, "anna")
    await rig.stored("Вопрос", "k", who="another")
    assert rig.dispatch.offer(conversation, "anna")
    assert [(news.offer.operator, news.how) for news in rig.offers] == [("anna", "")]
