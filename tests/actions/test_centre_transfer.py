"""From centre to centre in a running hub: by topic and place at once, by an operator's errand, with clocks and journal."""

from datetime import timedelta
from importlib.resources import files

import pytest

from hub.access.operator import Operator, Presence, Role
from hub.actions.centre_transfer import CentreTransfer
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import InQueue, Promised, WithOperator
from hub.conversations.journal import HandedOver, Placed
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.conversations.transfer_route import ToLine, TransferPurpose, TransferRefused
from hub.dispatch.overflow import AGAIN, NOBODY, OFFERED, OverflowRouter
from hub.kernel.errors import RefusedError
from hub.organisation.level import TopicClass
from hub.organisation.queue import Topic
from hub.organisation.territory import Place
from okno.commands.registry import read_registry
from okno.territory import subjects
from routing.journey import Station
from routing.ladder import Ladder
from routing.line_hours import LineHours
from routing.reasons import Party
from tests.rig import ANNA, Clock, Rig, eventually

REGISTRY = read_registry((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), subjects())
LARGE, BOUNDARY = Place("50", "46700001", "large"), Place("50", "46700002", "boundary")
VERA = Operator("vera", "Вера", Role.OPERATOR, ("passports",))


class Levels:
    """The rig's two lines as those of two centres; the robot hands over to `general`."""

    def __init__(self, rig: Rig, general: Station, passports: Station, asked_about: TopicClass = TopicClass.PERSONALISED) -> None:
        topics = {"other": Topic("other", "Другое", asked_about), "rights": Topic("rights", "Права", TopicClass.GENERAL)}
        self.ladder = Ladder({"general": general, "passports": passports}, REGISTRY)
        self.overflow = OverflowRouter(rig.sequencer, rig.dispatch, self.ladder, topics, rig.promise_actions.offer_callback,
                             breath=timedelta(0), opening=LineHours([], {}), announcement_service=rig.announcement_service)
        self.passing = CentreTransfer(rig.sequencer, rig.actions, self.ladder, topics)
        rig.lead = self.overflow.led
        rig.sequencer.on_commit.react.subscribe(self.overflow.committed)
        rig.dispatch.on_presence.subscribe(self.overflow.presence)
        rig.dispatch.on_offer.subscribe(self.overflow.offer)


@pytest.fixture
async def federal(rig: Rig) -> Levels:
    return Levels(rig, Station("000", Party.FEDERAL), Station("077", Party.MUNICIPAL))


@pytest.fixture
async def regional(rig: Rig) -> Levels:
    return Levels(rig, Station("001", Party.REGIONAL), Station("077", Party.MUNICIPAL))


async def open_at(rig: Rig, place: Place) -> None:
    await rig.message_intake.open(Address("web.chat", "citizen"), Citizen(), place)


async def reasons(rig: Rig, conversation: int) -> list[str]:
    return [r.entry.why for r in await rig.store.records(conversation) if isinstance(r.entry, HandedOver)]


async def held_by_anna(rig: Rig, conversation: int) -> None:
    rig.ready(ANNA)
    await rig.actions.take(ANNA, conversation)
    await rig.told()


async def test_a_personal_question_with_a_place_never_waits_at_the_federal_centre(rig: Rig, federal: Levels) -> None:
    # RT-02, RT-01: the hand-over belongs to the very step in which it begins to wait, so no federal operator is offered it
    rig.ready(ANNA, VERA)
    await open_at(rig, LARGE)
    conversation = await rig.waiting()
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert (head.holder.queue, head.place) == ("passports", LARGE)
    assert [(p.sender, p.receiver, p.reason) for p in head.passed] == [("000", "077", "personalised")]
    assert await reasons(rig, conversation) == ["opened", "asked", "personalised"]
    assert rig.dispatch.offered_to("anna") == []
    assert [offer.conversation for offer in rig.dispatch.offered_to("vera")] == [conversation]
    assert dict(federal.overflow.passed) == {"personalised": 1}


async def test_what_no_centre_answers_for_is_promised(rig: Rig, federal: Levels) -> None:
    # D7, RT-07, SL-05: no regional centre yet, and nobody free at the federal one who would promise it himself
    await open_at(rig, Place("87"))
    conversation = await rig.stored("оператор", "please")

    async def promised() -> bool:
        return isinstance((await rig.holds(conversation)).holder, Promised)
    await eventually(promised)
    owed = (await rig.holds(conversation)).promise
    assert owed is not None
    assert owed.why == "no_centre"


async def test_an_operator_states_the_place_once(rig: Rig, regional: Levels) -> None:
    # RT-11
    conversation = await rig.waiting()
    await held_by_anna(rig, conversation)
    for _ in range(2):
        await regional.passing.place(ANNA, conversation, LARGE)
    placed = [r.entry for r in await rig.store.records(conversation) if isinstance(r.entry, Placed)]
    assert [(entry.place, entry.by) for entry in placed] == [(LARGE, "anna")]
    assert (await rig.holds(conversation)).place == LARGE
    assert [(d.what, d.detail) for _, d in await rig.store.audit_entries(limit=1)] == [("place", "large")]


async def test_clocks_journal_and_note_go_along(rig: Rig, clock: Clock, regional: Levels) -> None:
    # CH-09, RT-05, RT-08, D3, D4
    asked = clock()
    conversation = await rig.waiting()
    clock.forward(7)
    await held_by_anna(rig, conversation)
    connected = clock()
    await regional.passing.place(ANNA, conversation, LARGE)
    way = await regional.passing.way(ANNA, conversation, TransferPurpose.MFC_STAFF, "", "rights")
    assert isinstance(way, ToLine)
    assert (await rig.holds(conversation)).topic == "other", "asking for the way changes nothing"
    clock.forward(100)
    await regional.passing.pass_on(ANNA, conversation, TransferPurpose.MFC_STAFF, "", "rights", "Нужен специалист")
    head = await rig.holds(conversation)
    assert head.holder == InQueue("passports", asked, talked_since=connected)
    assert (head.topic, [(p.reason, p.at) for p in head.passed]) == ("rights", [("mfc_consultation", clock())])
    assert "Нужен специалист" in [r.entry.text for r in await rig.store.records(conversation) if isinstance(r.entry, Message)]
    await rig.told()
    assert dict(regional.overflow.passed) == {"mfc_consultation": 1}


@pytest.mark.parametrize(("place", "errand", "topic", "code"), [
    (None, TransferPurpose.MFC_STAFF, "", "no_way"), (LARGE, TransferPurpose.ANSWER, "rights", "no_way"), (BOUNDARY, TransferPurpose.RIGHT_PLACE, "", "no_way"),
    (LARGE, TransferPurpose.MFC_STAFF, "unheard of", "no_such_topic")])
async def test_where_there_is_no_way_nothing_changes(
        rig: Rig, regional: Levels, place: Place | None, errand: TransferPurpose, topic: str, code: str) -> None:
    # LV-05, RT-04
    conversation = await rig.waiting()
    await held_by_anna(rig, conversation)
    if place:
        await regional.passing.place(ANNA, conversation, place)
    before = await rig.holds(conversation)
    with pytest.raises(RefusedError) as refused:
        await regional.passing.pass_on(ANNA, conversation, errand, "", topic, "")
    assert refused.value.code == code
    assert await rig.holds(conversation) == before


async def test_only_who_holds_it_passes_it_on_and_not_after_ten_minutes(rig: Rig, clock: Clock, regional: Levels) -> None:
    # D4, SE-01
    conversation = await rig.waiting()
    await held_by_anna(rig, conversation)
    await regional.passing.place(ANNA, conversation, LARGE)
    with pytest.raises(RefusedError, match="другой оператор"):
        await regional.passing.way(VERA, conversation, TransferPurpose.MFC_STAFF, "", "")
    clock.forward(600)
    with pytest.raises(RefusedError, match="10 минут"):
        await regional.passing.pass_on(ANNA, conversation, TransferPurpose.MFC_STAFF, "", "", "")
    assert isinstance((await rig.holds(conversation)).holder, WithOperator)


async def test_at_the_hop_limit_the_operator_is_told_to_promise(rig: Rig, regional: Levels) -> None:
    # RT-07
    conversation = await rig.waiting()
    rig.ready(ANNA, VERA)
    await rig.actions.take(ANNA, conversation)
    await regional.passing.place(ANNA, conversation, LARGE)
    await regional.passing.pass_on(ANNA, conversation, TransferPurpose.MFC_STAFF, "", "", "")
    await rig.actions.take(VERA, conversation)
    await rig.actions.transfer(VERA, conversation, queue="general", operator="", note="")
    await rig.actions.take(ANNA, conversation)
    said = await regional.passing.way(ANNA, conversation, TransferPurpose.MFC_STAFF, "", "")
    assert isinstance(said, TransferRefused)
    assert "Пообещайте" in said.why


async def test_the_ladder_is_asked_again_before_twenty_seconds_are_over(rig: Rig, clock: Clock) -> None:
    # SL-03, RT-04: many are there when it begins to wait; then the shift ends
    levels = Levels(rig, Station("001", Party.REGIONAL), Station("000", Party.FEDERAL), TopicClass.GENERAL)
    rig.dispatch.set_presence(VERA, Presence.READY)
    levels.ladder.staffed("general", 100, 0, clock().timestamp())
    conversation = await rig.waiting()
    levels.ladder.staffed("general", 0, 0, clock().timestamp())
    levels.overflow.look()
    await rig.told()
    assert (await rig.holds(conversation)).passed == (), "not due yet"
    clock.forward(AGAIN / timedelta(seconds=1))
    levels.overflow.look()

    async def moved() -> bool:
        return [p.reason for p in (await rig.holds(conversation)).passed] == ["general_overload"]
    await eventually(moved)
    await rig.told()
    assert [offer.conversation for offer in rig.dispatch.offered_to("vera")] == [conversation]


async def test_who_waits_where_nobody_is_is_told_even_if_it_may_go_nowhere(rig: Rig, clock: Clock, federal: Levels) -> None:
    # CH-11: a personal question without a place stays with the federal centre, and nobody is there
    conversation = await rig.waiting()

    async def told() -> bool:
        return f"{NOBODY} {OFFERED}" in await rig.said(conversation)
    await eventually(told)
    assert (await rig.holds(conversation)).passed == ()


async def test_an_answer_later_is_offered_once(rig: Rig, clock: Clock) -> None:
    # RT-08: however often the ladder is asked
    levels = Levels(rig, Station("001", Party.REGIONAL), Station("077", Party.MUNICIPAL))
    conversation = await rig.waiting()

    async def offered() -> bool:
        return any(OFFERED in text for text in await rig.said(conversation))
    await eventually(offered)
    for _ in range(5):
        clock.forward(AGAIN / timedelta(seconds=1))
        levels.overflow.look()
    await rig.told()
    assert sum(OFFERED in text for text in await rig.said(conversation)) == 1


async def test_the_alarm_is_raised_before_anybody_has_waited_and_once(rig: Rig) -> None:
    # SL-03: nobody serves the line; then somebody does, and all is well until he leaves
    levels = Levels(rig, Station("001", Party.REGIONAL), Station("077", Party.MUNICIPAL))
    raised: list[tuple[str, int]] = []
    levels.overflow.on_wait.subscribe(lambda queue, alarm: raised.append((queue, alarm.waiting)))
    for who in ("one", "two"):
        await rig.waiting(who=who)
    assert raised == [("general", 1)]
    rig.ready(ANNA)
    for offer in rig.dispatch.offered_to("anna"):
        await rig.actions.accept(ANNA, offer.conversation)
    await rig.told()
    assert levels.overflow.predicted_s("general") == 0
    rig.dispatch.set_presence(ANNA, Presence.BREAK)
    await rig.waiting(who="three")
    assert [queue for queue, _ in raised] == ["general", "general"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_whoever_comes_on_duty_takes_what_waits_too_long_elsewhere(rig: Rig, store: Store, clock: Clock, *, restarted: bool) -> None:
    # RT-04, SL-03: long after the ladder was last asked, as many as he has room for, the longest waiting first
    levels = Levels(rig, Station("001", Party.REGIONAL), Station("000", Party.FEDERAL), TopicClass.GENERAL)
    waiting = [await rig.waiting(who=str(number)) for number in range(6)]
    clock.forward(300)
    levels.overflow.look()
    if restarted:
        await levels.overflow.close()  # or it writes to what the new hub has read
        await rig.stop()
        rig = await Rig(store, clock, await store.newest()).start()
        levels = Levels(rig, Station("001", Party.REGIONAL), Station("000", Party.FEDERAL), TopicClass.GENERAL)
        levels.overflow.start((), await store.waiting(()))
    rig.dispatch.set_presence(VERA, Presence.READY)

    async def helped() -> bool:
        return len(await store.waiting(["passports"])) >= 4
    await eventually(helped)  # each is handed over by itself, so some come later
    assert [head.id for head in await store.waiting(["passports"])] == waiting[:4]
    (offer,) = rig.dispatch.offered_to("vera")  # one after the other, from the first that has come
    assert offer.conversation in waiting[:4]
    if restarted:
        await rig.stop()
