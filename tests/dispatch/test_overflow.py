"""What would wait too long goes to another centre in time, or is offered an answer later."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Presence, Role
from hub.conversations.conversation import InQueue, Promised
from hub.conversations.journal import HandedOver
from hub.conversations.message import Message
from hub.conversations.transfer_route import TransferHop, TransferReason
from hub.dispatch.overflow import ANSWER_LATER, BREATH, LONGER, NOBODY, OFFERED, OverflowRouter
from hub.notifications.announcement import Occasion, Wording
from hub.organisation.level import TopicClass
from hub.organisation.opening_hours import Calendar
from hub.organisation.queue import Topic
from routing.journey import Station
from routing.ladder import Ladder
from routing.line_hours import LineHours
from routing.reasons import Party
from tests.rig import ANNA, BOSS, OLGA, Clock, Rig, eventually

FEDERAL = Operator("fedor", "Фёдор", Role.OPERATOR, ("passports",))


@pytest.fixture
async def overflow(rig: Rig) -> OverflowRouter:
    return started(rig, timedelta(0))


def started(rig: Rig, breath: timedelta = BREATH) -> OverflowRouter:
    """The rig's general line is a regional centre's, its passports line the federal one's."""
    ladder = Ladder({"general": Station("077", Party.REGIONAL), "passports": Station("000", Party.FEDERAL)})
    opening = LineHours([Calendar(queue="general", week={"working_day": ("09:00-18:00",)})], {"general": "077", "passports": "000"})
    overflow = OverflowRouter(rig.sequencer, rig.dispatch, ladder, {"other": Topic("other", "Другое", TopicClass.GENERAL)}, rig.promise_actions.offer_callback,
                    breath=breath, opening=opening, announcement_service=rig.announcement_service)
    rig.sequencer.on_commit.react.subscribe(overflow.committed)
    rig.dispatch.on_presence.subscribe(overflow.presence)
    rig.dispatch.on_offer.subscribe(overflow.offer)
    overflow.start((), ())
    return overflow


async def waits_in(rig: Rig, conversation: int, queue: str) -> bool:
    return conversation in {head.id for head in await rig.store.waiting([queue])}


async def offered(rig: Rig, conversation: int, login: str) -> bool:
    return rig.dispatch.offer(conversation, login) is not None


async def told(rig: Rig, conversation: int, text: str) -> bool:
    return any(text in r.entry.text for r in await rig.store.records(conversation) if isinstance(r.entry, Message))


async def promised(rig: Rig, conversation: int) -> bool:
    return isinstance((await rig.holds(conversation)).holder, Promised)


async def test_a_general_question_goes_to_the_federal_centre_before_anybody_has_waited(rig: Rig, clock: Clock, overflow: OverflowRouter) -> None:
    # RT-04, RT-08, SL-03: nobody is at the regional line, so the prediction is over 20 s at once
    rig.dispatch.set_presence(FEDERAL, Presence.READY)
    assert overflow.predicted_s("general") > 20
    began = clock()
    conversation = await rig.waiting()
    await eventually(lambda: waits_in(rig, conversation, "passports"))
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert head.holder.since == began
    assert [(p.sender, p.receiver, p.reason) for p in head.passed] == [("077", "000", "general_overload")]
    assert [r.entry.why for r in await rig.store.records(conversation) if isinstance(r.entry, HandedOver)][-1] == "general_overload"
    await eventually(lambda: offered(rig, conversation, "fedor"))


async def test_where_nobody_can_help_the_citizen_may_choose_an_answer_later(rig: Rig, overflow: OverflowRouter) -> None:
    # RT-08, SL-05, CH-14
    conversation = await rig.waiting()
    await eventually(lambda: told(rig, conversation, OFFERED))
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    await rig.stored(ANSWER_LATER, "later")
    await eventually(lambda: promised(rig, conversation))
    head = await rig.holds(conversation)
    assert head.promise is not None
    assert head.promise.due - head.promise.given == timedelta(hours=24)


async def test_who_writes_of_danger_in_the_next_breath_hears_nothing_of_24_hours(rig: Rig, clock: Clock) -> None:
    # CH-14, RT-08: «позовите оператора», and at once that life is in danger
    started(rig)
    endangered, other = await rig.waiting(), await rig.waiting(who="other")
    await rig.settled()
    await rig.stored("умираю", "danger")
    clock.forward(BREATH.total_seconds())
    await eventually(lambda: told(rig, other, OFFERED))
    await rig.settled()
    assert (await rig.holds(endangered)).danger is not None
    assert not await told(rig, endangered, OFFERED)


@pytest.mark.parametrize("channel", ["fax.test", "email.test"])
async def test_who_has_sent_a_letter_is_not_told_to_wait_beside_it(rig: Rig, overflow: OverflowRouter, channel: str) -> None:
    # CH-02: each such word would be another page at his machine
    conversation, beside = await rig.waiting(who="letter", channel=channel), await rig.waiting(who="chat")
    await eventually(lambda: told(rig, beside, OFFERED))
    assert not await told(rig, conversation, OFFERED)
    assert isinstance((await rig.holds(conversation)).holder, InQueue)


WORKDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)  # Wednesday, noon in Moscow
SHUT = ("Сейчас нерабочее время: операторы отвечают по будням с 9:00 до 18:00. "
        "Ближайшее время: завтра, 26 ноября, 9:00 (по московскому времени). ")


async def offer_of(rig: Rig, conversation: int) -> Message:
    """The offer of an answer later."""
    await eventually(lambda: told(rig, conversation, OFFERED))
    return [r.entry for r in await rig.store.records(conversation) if isinstance(r.entry, Message)][-1]


async def test_a_closed_line_says_when_it_opens_and_keeps_the_place(rig: Rig, clock: Clock, overflow: OverflowRouter) -> None:
    # CH-11, CH-14: he waits as before, and may be answered later
    clock.now = WORKDAY + timedelta(hours=6)
    conversation = await rig.waiting()
    offer = await offer_of(rig, conversation)
    assert offer.text == SHUT + OFFERED
    assert offer.choices == (ANSWER_LATER,)
    assert rig.dispatch.standing(await rig.holds(conversation)).place == 1
    await rig.stored(ANSWER_LATER, "later")
    await eventually(lambda: promised(rig, conversation))


async def test_a_transfer_into_a_closed_line_says_so_too(rig: Rig, clock: Clock, overflow: OverflowRouter) -> None:
    # CH-09, CH-11
    clock.now = WORKDAY + timedelta(hours=6)
    rig.dispatch.set_presence(OLGA, Presence.READY)
    conversation = await rig.waiting()
    await rig.actions.take(OLGA, conversation)
    rig.dispatch.set_presence(OLGA, Presence.BREAK)
    await rig.actions.transfer(OLGA, conversation, queue="general", operator="", note="")
    rig.dispatch.set_presence(OLGA, Presence.OFFLINE)
    assert (await offer_of(rig, conversation)).text.startswith(SHUT)


async def test_a_closed_line_in_which_somebody_is_ready_answers(rig: Rig, clock: Clock, overflow: OverflowRouter) -> None:
    # SL-01, CH-11: hours bind, they forbid nothing
    clock.now = WORKDAY + timedelta(hours=6)
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.settled()
    assert [o.conversation for o in rig.dispatch.offered_to("anna")] == [conversation]
    assert not await told(rig, conversation, OFFERED)


async def test_an_open_line_says_whether_nobody_is_there_or_all_are_busy(rig: Rig, clock: Clock, overflow: OverflowRouter) -> None:
    # CH-11, RT-08
    clock.now = WORKDAY
    alone = await rig.waiting(who="first")
    assert (await offer_of(rig, alone)).text == f"{NOBODY} {OFFERED}"
    rig.ready(ANNA)
    for n in range(4):
        await rig.actions.take(ANNA, alone if n == 0 else await rig.waiting(who=f"talks {n}"))
    behind = await rig.waiting(who="behind")
    assert (await offer_of(rig, behind)).text == f"{LONGER} {OFFERED}"


async def test_what_is_announced_of_a_closed_line_is_heard_there_alone(rig: Rig, clock: Clock, overflow: OverflowRouter) -> None:
    # CH-11
    clock.now = WORKDAY
    for occasion in (Occasion.CLOSED, Occasion.JOINING):
        wording = Wording(f"Про {occasion}", occasion, clock(), clock() + timedelta(days=1))
        await rig.announcement_service.write(ANNA, occasion, 0, wording)
        await rig.announcement_service.approve(BOSS, occasion, 1)
    by_day = await rig.waiting(who="by day")
    await offer_of(rig, by_day)
    clock.forward(6 * 3600)
    by_night = await rig.waiting(who="by night")
    await offer_of(rig, by_night)
    assert not await told(rig, by_day, "Про closed")
    assert [text.partition("\n")[0] for text in (await rig.said(by_night))[2:]] == [
        "Соединяю", "Объявление. Про joining", "Объявление. Про closed", SHUT + OFFERED]


async def test_whoever_finds_somebody_free_stays(rig: Rig, overflow: OverflowRouter) -> None:
    # RT-04: not overloaded, so it stays
    rig.dispatch.set_presence(FEDERAL, Presence.READY)
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.settled()
    assert (await rig.holds(conversation)).passed == ()
    assert [o.conversation for o in rig.dispatch.offered_to("anna")] == [conversation]
    assert overflow.predicted_s("general") == 0


async def test_whose_lines_were_changed_counts_where_he_serves(rig: Rig, overflow: OverflowRouter) -> None:
    # CH-08, SL-03: the prediction is made by those who are there, not by those who were
    rig.ready(ANNA, OLGA)
    assert (overflow.predicted_s("general"), overflow.predicted_s("passports")) == (0, 0)
    rig.dispatch.renew(replace(OLGA, queues=("passports",)))
    assert overflow.predicted_s("general") == 0
    rig.dispatch.renew(replace(ANNA, queues=("passports",)))
    assert overflow.predicted_s("general") > 20
    rig.dispatch.renew(replace(OLGA, queues=("general",)))
    rig.dispatch.set_presence(ANNA, Presence.OFFLINE)
    assert overflow.predicted_s("general") == 0
    assert overflow.predicted_s("passports") > 20


async def test_the_wait_is_foreseen_with_other_operators_than_there_are(rig: Rig, overflow: OverflowRouter) -> None:  # SL-03 MC-01
    rig.dispatch.set_presence(FEDERAL, Presence.READY)
    assert (overflow.predicted_s("passports"), overflow.predicted_s("general")) == (0, float("inf"))
    assert overflow.predicted_s("general", joining=["fedor"]) == 0
    assert overflow.predicted_s("passports", leaving=["fedor"]) == float("inf")
    assert overflow.predicted_s("passports") == 0  # nothing has changed


async def test_a_loaded_line_takes_no_load_of_others_and_a_closed_one_takes_nothing(rig: Rig, clock: Clock, overflow: OverflowRouter) -> None:
    # RT-09: what another deployment hands over; the passports line is open round the clock
    helps, needed = (TransferHop("001", "000", reason, clock()) for reason in (TransferReason.GENERAL_OVERLOAD, TransferReason.MFC_CONSULTATION))
    assert [overflow.refuses("passports", each) for each in (helps, needed)] == ["overloaded", ""]
    rig.dispatch.set_presence(FEDERAL, Presence.READY)
    assert overflow.refuses("passports", helps) == ""
    clock.now = datetime(2026, 1, 12, 20, tzinfo=UTC)
    assert [overflow.refuses("general", each) for each in (helps, needed)] == ["shut", "shut"]
