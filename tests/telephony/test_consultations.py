"""Whom an operator may ask, and what is known of it afterwards; real telephones: tests/channels/voice/test_call_participants.py."""

from collections.abc import AsyncIterator

import pytest

from hub.access.operator import Presence
from hub.actions.centre_transfer import NOT_THERE, CentreTransfer
from hub.conversations.conversation import Closed, WithOperator
from hub.conversations.journal import HandedOver, PutOnHold
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Author
from hub.conversations.transfer_route import TransferHop, TransferReason
from hub.kernel.errors import RefusedError, UnavailableError
from hub.kernel.health import Health
from hub.organisation.phone_directory import Listed
from hub.telephony.consultations import BACK, ConsultTransfer
from hub.telephony.ports import CallTopology, Consultation, ConsultationNews
from routing.journey import Station
from routing.ladder import PLACE_UNKNOWN, Ladder
from routing.reasons import Party
from tests.actions.test_centre_transfer import LARGE, REGISTRY
from tests.actions.test_promise_watch import entries, promised, taken
from tests.rig import ANNA, BOSS, OLGA, TOPICS, Clock, Rig

MFC = "+74735550000"
CITY, REPUBLIC = "+78001000077", "+78001000016"
"""Centres with telephones of their own; the rig is at the regional one."""


class Telephone:
    """hub.telephony.ports.ConsultingChannel: writes down whom it is to ask."""

    name = "voice.test"

    def __init__(self) -> None:
        self.asks: list[Consultation] = []
        self.arranged: list[CallTopology] = []
        self.now: ConsultationNews | None = None
        self.away = False

    def consulted(self, conversation: int) -> ConsultationNews | None:
        return self.now if self.now and self.now.ask.conversation == conversation else None

    async def consult(self, ask: Consultation) -> None:
        if self.away:
            raise UnavailableError("нет связи")
        self.asks.append(ask)
        self.now = ConsultationNews(ask, CallTopology.RINGS)

    async def arrange(self, conversation: int, company: CallTopology) -> None:
        del conversation
        self.arranged.append(company)

    def becomes(self, company: CallTopology) -> ConsultationNews:
        assert self.now is not None
        self.now = ConsultationNews(self.now.ask, company)
        return self.now

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Nobody talks."""

    def health(self) -> Health:
        return Health(True)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def telephone() -> Telephone:
    return Telephone()


@pytest.fixture
async def consulting(rig: Rig, telephone: Telephone) -> AsyncIterator[ConsultTransfer]:
    for who in (ANNA, OLGA, BOSS):
        await rig.store.put(who)
        rig.dispatch.renew(who)
    here = Station("001", Party.REGIONAL)
    passing = CentreTransfer(rig.sequencer, rig.actions, Ladder({"general": here, "passports": here}, REGISTRY), TOPICS)
    yield ConsultTransfer(rig.sequencer, rig.store, rig.dispatch, rig.actions, {telephone.name: telephone}, (Listed("МФЦ", MFC),), passing,
                        lambda: [each for each in REGISTRY.directory(rig.clock().date()) if each.number in {CITY, REPUBLIC}])


async def test_it_is_in_the_journal_before_anybody_is_called_and_once(rig: Rig, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-09, CH-12
    conversation = await taken(rig)
    for _ in range(2):
        await consulting.consult(ANNA, conversation, "once", operator="olga")
    (ask,) = telephone.asks
    assert (ask.operator, ask.colleague, ask.number) == ("anna", "olga", "")
    said = await rig.said(conversation, Author.SYSTEM)
    assert [text for text in said if "Ольга" in text] == ["Консультация: звоним, заявитель ждёт. Ольга"]
    assert (await rig.store.records(conversation, upto=ask.record, limit=1))[0].id == ask.record
    assert [audit_entry.what for _, audit_entry in await rig.store.audit_entries() if audit_entry.what == "consult"] == ["consult"]


@pytest.mark.parametrize(("whom", "code"), [
    ({}, "bad_consultation"), ({"operator": "olga", "number": MFC}, "bad_consultation"), ({"number": "+79990000000"}, "no_such_number"),
    ({"operator": "nobody"}, "no_such_operator"), ({"operator": "anna"}, "no_such_operator"), ({"queue": "passports"}, "nobody_free")])
async def test_whom_one_cannot_ask(rig: Rig, consulting: ConsultTransfer, telephone: Telephone, whom: dict[str, str], code: str) -> None:
    # CH-09: no number is dialled that the centre has not written down
    conversation = await taken(rig)
    with pytest.raises(RefusedError) as refusal:
        await consulting.consult(ANNA, conversation, "key", **whom)
    assert (refusal.value.code, telephone.asks) == (code, [])


async def test_only_who_holds_it_asks_and_one_at_a_time(rig: Rig, consulting: ConsultTransfer) -> None:
    # CH-09, SE-01
    conversation = await taken(rig)
    with pytest.raises(RefusedError, match="ведёт"):
        await consulting.consult(BOSS, conversation, "key", operator="olga")
    await consulting.consult(ANNA, conversation, "key", number=MFC)
    with pytest.raises(RefusedError, match="уже идёт"):
        await consulting.consult(ANNA, conversation, "other", operator="olga")


async def test_of_a_line_whoever_is_free_is_asked(rig: Rig, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-09
    conversation = await taken(rig)
    rig.dispatch.set_presence(OLGA, Presence.READY)
    await consulting.consult(ANNA, conversation, "key", queue="passports")
    assert [ask.colleague for ask in telephone.asks] == ["olga"]


async def test_a_colleague_gets_the_conversation_with_its_clocks(
        rig: Rig, clock: Clock, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-09, D3, D4: and the call follows it
    conversation = await taken(rig)
    before = (await rig.holds(conversation)).holder
    await consulting.consult(ANNA, conversation, "key", operator="olga")
    with pytest.raises(RefusedError, match="не ответил"):
        await consulting.arrange(ANNA, conversation, CallTopology.PASSED)
    telephone.becomes(CallTopology.ASIDE)
    clock.forward(60)
    await consulting.arrange(ANNA, conversation, CallTopology.PASSED)
    after = (await rig.holds(conversation)).holder
    assert isinstance(before, WithOperator)
    assert after == WithOperator("olga", clock(), before.queue, before.waiting_since, before.since)
    assert telephone.arranged == []
    assert [entry.why for entry in await entries(rig, conversation, HandedOver) if isinstance(entry, HandedOver)][-1] == "transferred"
    assert rig.dispatch.held("olga") == 1
    assert rig.dispatch.held("anna") == 0


async def test_after_ten_minutes_nothing_is_passed_to_a_colleague(
        rig: Rig, clock: Clock, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # D4
    conversation = await taken(rig)
    await consulting.consult(ANNA, conversation, "key", operator="olga")
    telephone.becomes(CallTopology.TOGETHER)
    clock.forward(601)
    with pytest.raises(RefusedError, match="10 минут"):
        await consulting.arrange(ANNA, conversation, CallTopology.PASSED)


async def test_for_somebody_outside_it_stays_with_its_operator(rig: Rig, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-09
    conversation = await taken(rig)
    await consulting.consult(ANNA, conversation, "key", number=MFC)
    await consulting.consulted(telephone.becomes(CallTopology.ASIDE))
    await consulting.arrange(ANNA, conversation, CallTopology.PASSED)
    await consulting.consulted(ConsultationNews(telephone.asks[0], CallTopology.PASSED))
    assert telephone.arranged == [CallTopology.PASSED]
    holder = (await rig.holds(conversation)).holder
    assert isinstance(holder, WithOperator)
    assert holder.operator == "anna"
    assert (await rig.said(conversation, Author.SYSTEM))[-1].endswith("передан собеседнику. МФЦ")


async def test_what_the_citizen_waits_meanwhile_is_hold(rig: Rig, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-12, CH-13: whatever the operator's own button does in between
    conversation = await taken(rig)
    await consulting.consult(ANNA, conversation, "key", operator="olga")
    await consulting.held(conversation, "anna", on=True)
    await consulting.consulted(telephone.becomes(CallTopology.ASIDE))
    await consulting.held(conversation, "anna", on=False)
    await consulting.consulted(telephone.becomes(CallTopology.TOGETHER))
    await consulting.held(conversation, "anna", on=True)
    holds = [entry.on for entry in await entries(rig, conversation, PutOnHold) if isinstance(entry, PutOnHold)]
    assert holds == [True, False, True]


async def test_a_telephone_that_is_away_leaves_nobody_waiting(rig: Rig, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-09
    conversation, telephone.away = await taken(rig), True
    with pytest.raises(UnavailableError):
        await consulting.consult(ANNA, conversation, "key", operator="olga")
    assert (await rig.said(conversation, Author.SYSTEM))[-1] == BACK["unreachable"]
    assert [entry.on for entry in await entries(rig, conversation, PutOnHold) if isinstance(entry, PutOnHold)] == [True, False]


async def placed(rig: Rig) -> int:
    """A talk about the city, for whose МФЦ the region has a municipal centre."""
    conversation = await taken(rig)
    await CentreTransfer(rig.sequencer, rig.actions, Ladder({}), TOPICS).place(ANNA, conversation, LARGE)
    return conversation


async def test_a_centre_with_telephones_of_its_own_gets_the_citizen_and_the_record_his_clocks(
        rig: Rig, clock: Clock, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-09, LV-08, RT-05, RT-08: its operator is free as soon as the two talk
    conversation = await placed(rig)
    before = (await rig.holds(conversation)).holder
    assert isinstance(before, WithOperator)
    await consulting.consult(ANNA, conversation, "key", number=CITY, topic="other")
    await consulting.consulted(telephone.becomes(CallTopology.ASIDE))
    clock.forward(60)
    await consulting.arrange(ANNA, conversation, CallTopology.PASSED)
    assert isinstance((await rig.holds(conversation)).holder, WithOperator), "they do not hear each other yet"
    for _ in range(2):
        await consulting.consulted(ConsultationNews(telephone.asks[0], CallTopology.PASSED))
    head = await rig.holds(conversation)
    passed = TransferHop("001", "077", TransferReason.MFC_CONSULTATION, clock(), before.waiting_since, before.since)
    assert (head.holder, head.passed) == (Closed(clock(), "other", "anna", passed=passed), (passed,))
    (handed,) = [entry for entry in await entries(rig, conversation, HandedOver) if isinstance(entry, HandedOver) and entry.why == passed.reason]
    assert (handed.holder, handed.by) == (head.holder, "anna")
    assert rig.dispatch.held("anna") == 0
    assert [entry.on for entry in await entries(rig, conversation, PutOnHold) if isinstance(entry, PutOnHold)] == [True, False]
    assert (await rig.said(conversation, Author.SYSTEM))[-1].endswith("передан ему: Центр телефонного обслуживания города")
    assert [(audit_entry.what, audit_entry.detail) for _, audit_entry in await rig.store.audit_entries(limit=1)] == [("pass", "077: mfc_consultation")]


@pytest.mark.parametrize(("known", "number", "why"), [(False, CITY, PLACE_UNKNOWN), (True, REPUBLIC, NOT_THERE)])
async def test_no_centre_is_called_that_the_ladder_has_no_way_to(
        rig: Rig, consulting: ConsultTransfer, telephone: Telephone, *, known: bool, number: str, why: str) -> None:
    # LV-05, RT-11
    conversation = await (placed(rig) if known else taken(rig))
    with pytest.raises(RefusedError) as refusal:
        await consulting.consult(ANNA, conversation, "key", number=number)
    assert (refusal.value.code, str(refusal.value), telephone.asks) == ("no_way", why, [])


async def test_a_citizen_is_passed_to_a_centre_without_asking_it_but_not_after_ten_minutes(
        rig: Rig, clock: Clock, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # CH-09, D4
    conversation = await placed(rig)
    with pytest.raises(RefusedError) as refusal:
        await consulting.consult(ANNA, conversation, "key", operator="olga", at_once=True)
    assert refusal.value.code == "bad_consultation"
    await consulting.consult(ANNA, conversation, "key", number=CITY, at_once=True)
    assert telephone.asks[0].at_once
    telephone.becomes(CallTopology.ASIDE)
    clock.forward(601)
    with pytest.raises(RefusedError, match="10 минут"):
        await consulting.arrange(ANNA, conversation, CallTopology.PASSED)
    telephone.now = None
    with pytest.raises(RefusedError, match="10 минут"):
        await consulting.consult(ANNA, conversation, "again", number=CITY, at_once=True)


async def test_what_is_owed_stays_with_the_operator(rig: Rig, consulting: ConsultTransfer, telephone: Telephone) -> None:
    # SL-05, GV-16: no promise is passed on over a telephone
    conversation = await promised(rig)
    await rig.actions.take(ANNA, conversation)
    await CentreTransfer(rig.sequencer, rig.actions, Ladder({}), TOPICS).place(ANNA, conversation, LARGE)
    await consulting.consult(ANNA, conversation, "key", number=CITY)
    await consulting.consulted(telephone.becomes(CallTopology.PASSED))
    head = await rig.holds(conversation)
    assert isinstance(head.holder, WithOperator)
    assert head.promise is not None
