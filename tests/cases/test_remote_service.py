"""A case at a centre on another deployment: answered there, owed here, and told to its citizen once (0090)."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.cases.case import ALARMS, Case, CaseKey, CaseStep, alarms, overdue
from hub.cases.notifications import CaseNotifications
from hub.cases.remote_messages import KINDS
from hub.cases.state import FINAL, Act, CaseState
from hub.cases.transitions import MOST_ADDED, moved
from hub.conversations.message import Attachment, Message
from hub.desk.cases.parts import Cases
from hub.federation.envelope import Envelope
from hub.organisation.level import Level
from storage.memory import MemoryStore
from tests.cases.case_rig import cases_of
from tests.cases.test_actions import TEXT, draft, refused
from tests.federation.line import End, line
from tests.rig import ANNA, MOSCOW, PEOPLE, Carrier, Clock, Rig, eventually

WHY, BACK, ANSWER = "Это в ведении города", "Это не наш вопрос", "Паспорт готов"


class Centre:
    """A hub with cases, at one end of the line."""

    def __init__(self, russian: Russian, clock: Clock, code: str, end: End) -> None:
        self.store, self.code, self.end, self._clock = MemoryStore(russian), code, end, clock
        self._begin((0, ""))

    def _begin(self, newest: tuple[int, str]) -> None:
        self.rig = Rig(self.store, self._clock, newest, link=self.end, code=self.code)
        self.cases: Cases = cases_of(self.rig, code=self.code, link=self.end)
        self.rig.handover_sender.hand_on(self.cases.entrusting.kinds)
        self.cases.work.on_change.subscribe(lambda _: self.cases.entrusting.look())

    async def start(self) -> "Centre":
        for operator in PEOPLE:
            await self.store.put(operator)
        await self.cases.topic_tree.start()
        await self.rig.start()
        await self.cases.case_notifications.start()
        await self.cases.entrusting.start()
        return self

    async def stop(self) -> None:
        for part in (self.cases.entrusting, self.cases.case_notifications, self.cases.clocks):
            await part.close()
        await self.rig.stop()

    async def again(self) -> None:
        """Killed, and begun anew."""
        await self.stop()
        self._begin(await self.store.newest())
        await self.start()

    async def all(self) -> list[Case]:
        return await self.store.marked(Case, "all")

    async def case(self) -> Case:
        found = await self.all()
        assert len(found) == 1
        return found[0]

    async def act(self, act: Act, *, why: str = "", to: str = "") -> Case:
        return await self.cases.work.act(ANNA, (await self.case()).number, act, why=why, to=to)

    async def becomes(self, *states: CaseState) -> Case:
        async def so() -> bool:
            return [each.state for each in await self.all()] == list(states)
        await eventually(so)
        return (await self.all())[0]

    async def told(self) -> None:
        """Nothing is left to be told to the other end."""
        async def nothing() -> bool:
            return not await self.store.marked(Case, "untold_afar")
        await eventually(nothing)


class Two:
    """The regional centre 001, where citizens register, and the municipal one 077, which answers."""

    def __init__(self, clock: Clock, russian: Russian) -> None:
        self.clock, (self.out, self.back) = clock, line("001", "077")
        self.here, self.there = Centre(russian, clock, "001", self.out), Centre(russian, clock, "077", self.back)

    async def registered(self) -> Case:
        conversation = await self.here.rig.waiting(who="+79161234567", channel=Carrier.name)
        photo = Attachment("f" * 64, "справка.pdf", "application/pdf", 10)
        await self.here.rig.say("Вот справка", "file", who="+79161234567", channel=Carrier.name, attachments=(photo,))
        self.here.rig.ready(ANNA)
        await self.here.rig.actions.take(ANNA, conversation)
        case, _ = await self.here.cases.case_registration.register(ANNA, conversation, draft())
        return await self.here.cases.work.act(ANNA, case.number, Act.TAKE)

    async def sent(self) -> Case:
        await self.registered()
        return await self.here.act(Act.ENTRUST, to="077", why=WHY)

    async def taken(self) -> Case:
        await self.sent()
        await self.there.becomes(CaseState.REGISTERED)
        await self.there.act(Act.TAKE)
        return await self.heard(CaseState.IN_WORK)

    async def heard(self, state: CaseState) -> Case:
        """The sender knows how it stands there."""
        async def so() -> bool:
            away = (await self.here.case()).away
            return away is not None and away.state == state
        await eventually(so)
        return await self.here.case()

    async def citizen_heard(self, words: str) -> int:
        case = await self.here.case()
        return sum(words in each for each in await self.here.rig.said(case.conversation))


@pytest.fixture
async def two(clock: Clock, russian: Russian) -> AsyncIterator[Two]:
    two = Two(clock, russian)
    await two.here.start()
    await two.there.start()
    yield two
    await two.here.stop()
    await two.there.stop()


async def test_it_is_registered_there_under_its_own_number_with_its_clock(two: Two) -> None:
    # RQ-01, RQ-04, GV-16
    sent = await two.sent()
    there = await two.there.becomes(CaseState.REGISTERED)
    assert there.number.startswith("077-")
    assert (there.text, there.kind, there.topic, there.ruling, there.due, there.received) == (
        TEXT, sent.kind, sent.topic, sent.ruling, sent.due, sent.received)
    origin = there.origin
    assert origin is not None
    assert (origin.centre, origin.number, origin.by, origin.why) == ("001", sent.number, "Анна", WHY)
    assert (origin.name, origin.contact, origin.files) == ("Иван", "+79161234567", ("справка.pdf",))
    here = await two.heard(CaseState.REGISTERED)
    assert here.away is not None
    assert (here.state, here.away.number, here.away.taken) == (CaseState.ENTRUSTED, there.number, None)
    assert await two.citizen_heard("передано: 077") == 1


async def test_taken_answered_and_closed_there_it_is_so_here(two: Two) -> None:
    # RQ-04, GV-16
    here = await two.taken()
    assert here.away is not None
    assert here.away.taken == two.clock()
    assert await two.here.store.count(Case, "owed", "general") == 1  # owed until the answer has come
    await two.there.act(Act.ANSWER, why=ANSWER)
    here = await two.here.becomes(CaseState.ANSWERED)
    await two.there.act(Act.CLOSE)
    await two.here.becomes(CaseState.CLOSED)
    assert await two.citizen_heard(ANSWER) == 1
    assert await two.here.store.count(Case, "owed", "general") == 0
    await two.here.told()
    await two.there.told()
    audit_entries = [audit_entry.what for _, audit_entry in await two.here.store.audit_entries() if audit_entry.what.startswith("case_")]
    assert Counter(audit_entries)["case_answer"] == 1


async def test_it_comes_back_with_a_reason(two: Two) -> None:
    # RQ-04: and lies in its line with its clock
    sent = await two.sent()
    await two.there.becomes(CaseState.REGISTERED)
    await two.there.act(Act.TAKE)
    assert await refused(two.there.act(Act.GIVE_BACK)) == "no_reason"
    await two.there.act(Act.GIVE_BACK, why=BACK)
    back = await two.here.becomes(CaseState.IN_WORK)
    assert (back.away, back.due, back.line, back.worker, back.steps[-1].why) == (None, sent.due, "general", "", BACK)
    await two.here.act(Act.TAKE)
    await two.here.act(Act.ENTRUST, to="077", why="Посмотрите ещё раз")  # it is another sending, and another case there
    await two.there.becomes(CaseState.FORWARDED, CaseState.REGISTERED)


async def test_it_is_recalled_only_while_nobody_there_has_taken_it(two: Two) -> None:
    # RQ-04
    await two.sent()
    await two.heard(CaseState.REGISTERED)
    here = await two.here.act(Act.RECALL)
    assert (here.state, here.away, here.worker) == (CaseState.IN_WORK, None, "anna")
    await two.there.becomes(CaseState.FORWARDED)
    assert await refused(two.there.act(Act.TAKE)) == "bad_step"


async def test_taken_is_taken(two: Two) -> None:
    # RQ-04
    await two.taken()
    here = await two.here.case()
    assert Act.RECALL not in two.here.cases.work.possible(ANNA, here)
    for act in (Act.RECALL, Act.ANSWER, Act.RETURN, Act.EXTEND, Act.ENTRUST, Act.CLOSE):
        assert await refused(two.here.act(act, why="x", to="077")) == "bad_step"
    assert two.here.cases.work.possible(ANNA, here) == [Act.ADD, Act.WITHDRAW]


async def test_what_the_citizen_adds_goes_after_it(two: Two) -> None:
    # RQ-04, GV-16: what was added before goes with it; all is told to him once, and counts nothing twice
    await two.registered()
    await two.here.act(Act.ADD, why="Дом 5")
    await two.here.act(Act.ENTRUST, to="077", why=WHY)
    there = await two.there.becomes(CaseState.REGISTERED)
    assert there.text == f"{TEXT}\n\nДополнение: Дом 5"
    two.out.keeps = True
    await two.here.act(Act.ADD, why="Квартира 7")
    await two.here.act(Act.ADD, why="Домофон не работает")
    await two.here.again()
    await two.here.told()
    for parcel in reversed(two.out.sent):
        await two.there.cases.entrusting.hear(parcel)
    assert await _added(two.there) == ["Квартира 7", "Домофон не работает"]
    assert [await two.citizen_heard(each) for each in ("дополнено:\nДом 5", "дополнено:\nКвартира 7")] == [1, 1]
    assert (await two.there.case()).state is CaseState.REGISTERED
    await two.there.told()
    assert (await two.here.case()).state is CaseState.ENTRUSTED


async def test_what_was_asked_for_comes_while_the_clock_stands(two: Two) -> None:
    # RQ-06: an addition moves no term
    await two.registered()
    case = await two.here.case()
    await two.here.store.put(replace(case, ruling=replace(case.ruling, suspendable=True)))
    await two.here.act(Act.ENTRUST, to="077", why=WHY)
    await two.there.becomes(CaseState.REGISTERED)
    await two.there.act(Act.TAKE)
    await two.there.act(Act.SUSPEND, why="Нужен договор")
    await two.here.becomes(CaseState.SUSPENDED)
    two.clock.forward(3600)
    await two.here.act(Act.ADD, why="Договор № 12")
    await _has_added(two.there, "Договор № 12")
    two.clock.forward(3600)
    after = await two.there.act(Act.RESUME)
    assert after.due == case.due + timedelta(hours=2)


async def test_an_addition_moves_nothing(two: Two) -> None:
    # RQ-04: one that was sent on to a body is still said to be there
    await two.taken()
    await two.there.act(Act.SEND, to="МВД", why="Проверка")
    await two.here.act(Act.ADD, why="Квартира 7")
    await _has_added(two.there, "Квартира 7")
    there = await two.there.case()
    assert (there.state, there.steps[-1].to, moved(there).to) == (CaseState.SENT, "", "МВД")
    assert Act.ADD not in two.there.cases.work.possible(ANNA, there)


async def test_more_than_travels_is_not_added(two: Two) -> None:
    # RQ-04
    await two.sent()
    await two.here.act(Act.ADD, why="ы" * (MOST_ADDED - 1))
    assert await refused(two.here.act(Act.ADD, why="ещё")) == "too_much"
    assert await refused(two.here.act(Act.ADD)) == "no_reason"
    await _has_added(two.there, "ы" * (MOST_ADDED - 1))


async def test_a_citizen_withdraws_it_wherever_it_is(two: Two) -> None:
    # RQ-04
    await two.taken()
    await two.here.act(Act.WITHDRAW, why="Вопрос решён")
    await two.there.becomes(CaseState.WITHDRAWN)
    await two.there.told()
    assert (await two.here.case()).state is CaseState.WITHDRAWN


async def test_the_clock_goes_along_and_stands_at_both_ends(two: Two) -> None:
    # RQ-06: suspended there nothing is owed here, extended there it is owed later
    await two.registered()
    case = await two.here.case()
    await two.here.store.put(replace(case, ruling=replace(case.ruling, suspendable=True, extend_days=30)))
    await two.here.act(Act.ENTRUST, to="077", why=WHY)
    await two.there.becomes(CaseState.REGISTERED)
    await two.there.act(Act.TAKE)
    await two.there.act(Act.SUSPEND, why="Нужны документы")
    here = await two.here.becomes(CaseState.SUSPENDED)
    assert await two.here.store.count(Case, "owed", "general") == 0
    assert await refused(two.here.act(Act.RESUME)) == "bad_step"
    two.clock.forward(86_400)
    await two.there.act(Act.RESUME)
    here = await two.here.becomes(CaseState.ENTRUSTED)
    assert here.due == case.due + timedelta(days=1) == (await two.there.case()).due
    await two.there.act(Act.EXTEND, why="Ждём ответа ведомства")
    await two.there.told()

    async def later() -> bool:
        return (await two.here.case()).due == (await two.there.case()).due > here.due
    await eventually(later)
    assert await two.citizen_heard("Срок ответа") == 1
    await two.there.act(Act.GIVE_BACK, why=BACK)
    await two.here.becomes(CaseState.IN_WORK)
    await two.here.act(Act.TAKE)
    await two.here.act(Act.ENTRUST, to="077", why=WHY)
    await two.there.becomes(CaseState.FORWARDED, CaseState.REGISTERED)
    assert [each.ruling.extend_days for each in await two.there.all()] == [30, 0]  # once, wherever
    assert await two.citizen_heard("приостановлено") == 1


async def test_a_dead_line_stops_no_clock(two: Two) -> None:
    # RQ-06, GV-16, RT-10: it waits in the outbox, is owed here, and alarms as always
    two.out.alive = False
    sent = await two.sent()
    await eventually(lambda: _sent(two.out))
    two.clock.now = sent.due + timedelta(minutes=1)
    here = await two.here.case()
    assert overdue(here, two.clock())
    assert alarms(here, two.clock()) == ALARMS
    await two.here.cases.clocks.start()
    assert two.here.cases.clocks.overdue == 1
    two.out.alive = True
    await two.here.again()  # nobody has confirmed it: it goes once more, as the same parcel
    await two.there.becomes(CaseState.REGISTERED)
    assert len({parcel.id for parcel in two.out.sent}) == 1


async def test_the_federal_level_is_sent_no_case(two: Two) -> None:
    # D19, D1, FD-04: nobody there could answer it, so it would lie between two chairs
    await two.registered()
    two.here.rig.levels["077"] = Level.FEDERAL
    assert two.here.cases.entrusting.centres() == []
    assert await refused(two.here.act(Act.ENTRUST, to="077", why=WHY)) == "bad_step"
    two.here.rig.levels["077"], two.there.rig.levels["077"] = Level.MUNICIPAL, Level.FEDERAL  # an old registry
    await two.here.act(Act.ENTRUST, to="077", why=WHY)
    back = await two.here.becomes(CaseState.IN_WORK)
    assert "Федеральный" in back.steps[-1].why
    assert await two.there.all() == []
    assert await two.there.store.all(CaseKey) == []


async def test_out_of_a_conversation_it_goes_there_as_to_a_line(two: Two) -> None:
    # CM-09, D19: as the federal centre does, which works on no cases
    case = await two.registered()
    pass_on = two.here.cases.work.pass_on
    assert await refused(pass_on(ANNA, case.conversation, case.number, "077", "")) == "no_reason"
    assert await refused(pass_on(ANNA, case.conversation, case.number, "999", WHY)) == "no_such_queue"
    await pass_on(ANNA, case.conversation, case.number, "077", WHY)
    assert (await two.there.becomes(CaseState.REGISTERED)).text == TEXT


async def test_what_comes_back_to_the_federal_centre_is_for_the_citizen_alone(two: Two) -> None:
    # FD-04, D19: the desk there sees that it went, and comes back, and nothing that is answered
    await two.taken()
    two.back.keeps = True
    here = await two.here.case()
    answered = replace(here, steps=(*here.steps, CaseStep(two.clock(), "", Act.ANSWER, CaseState.ANSWERED, ANSWER)))
    await two.here.store.exchange((answered,), (), seen=(here,))
    rig = two.here.rig
    federal = CaseNotifications(rig.sequencer, rig.store, two.here.cases.following, MOSCOW, named=str, federal=lambda _: True)
    await federal.tell(here.number)
    said = [r.entry for r in await rig.store.records(here.conversation, limit=1000) if isinstance(r.entry, Message)]
    assert [each.veiled for each in said if ANSWER in each.text] == [True]


async def test_nobody_is_sent_a_case_whom_nobody_knows_or_who_has_had_it(two: Two) -> None:
    # RT-07, CM-05
    await two.registered()
    assert await refused(two.here.act(Act.ENTRUST, to="999", why=WHY)) == "no_such_centre"
    assert await refused(two.here.act(Act.ENTRUST, to="077")) == "no_reason"
    assert await refused(two.here.act(Act.GIVE_BACK, why="x")) == "bad_step"
    await two.here.act(Act.ENTRUST, to="077", why=WHY)
    await two.there.becomes(CaseState.REGISTERED)
    await two.there.act(Act.TAKE)
    assert await refused(two.there.act(Act.ENTRUST, to="001", why=WHY)) == "no_such_centre"
    assert Act.MERGE not in two.there.cases.work.possible(ANNA, await two.there.case())


async def test_nobody_speaks_for_a_centre_that_does_not_have_it(two: Two) -> None:
    # SE-05
    await two.taken()
    two.back.keeps = True
    await two.there.act(Act.ANSWER, why=ANSWER)
    await two.there.told()
    told = next(parcel for parcel in reversed(two.back.sent) if parcel.kind == "case.told")
    await two.here.cases.entrusting.hear(Envelope(told.id, told.kind, "501", "001", told.at, told.version, told.data))
    await two.here.cases.entrusting.hear(Envelope("x", "case.told", "077", "001", told.at, 1, b"{}"))
    assert (await two.here.case()).state is CaseState.ENTRUSTED


@pytest.mark.parametrize("seed", range(15))
async def test_whatever_the_line_does_it_is_answered_once_and_owed_by_somebody(two: Two, seed: int) -> None:
    # GV-16, RQ-04: parcels are lost until the next start, doubled, delayed, and overtake each other
    chance = random.Random(seed)
    two.out.keeps = two.back.keeps = True
    await two.sent()
    brought, pool = {two.out: 0, two.back: 0}, list[tuple[Centre, Envelope]]()

    async def gather() -> None:
        for centre, other in ((two.here, two.there), (two.there, two.here)):
            await centre.told()
            new = centre.end.sent[brought[centre.end]:]
            pool.extend((other, parcel) for parcel in new for _ in range(chance.choice((1, 1, 2))))
            brought[centre.end] = len(centre.end.sent)
        chance.shuffle(pool)

    async def bring(most: int) -> None:
        for _ in range(min(most, len(pool))):
            centre, parcel = pool.pop()
            assert parcel.kind in KINDS
            await centre.cases.entrusting.hear(parcel)

    async def does(centre: Centre) -> None:
        """Anything that can be done with one of its cases."""
        case = chance.choice(await centre.all() or [None])
        if case is None:
            return
        acts = [each for each in centre.cases.work.possible(ANNA, case) if chance.random() < DONE[centre.code].get(each, 0)]
        if acts:
            why = f"{ANSWER} {case.number} {len(case.steps)}"
            await centre.cases.work.act(ANNA, case.number, chance.choice(acts), why=why, to="077")

    for _ in range(24):
        await gather()
        match chance.choice(("bring", "bring", "here", "there", "there", "restart")):
            case "bring":
                await bring(chance.randint(1, 3))
            case "here" | "there" as which:
                await does(two.here if which == "here" else two.there)
            case "restart" if chance.random() < 0.3:
                await two.here.again()
            case _:
                pass
    for _ in range(6):
        await gather()
        await bring(len(pool))
    here, guests = await two.here.case(), await two.there.all()
    live = [case for case in guests if case.state not in FINAL and case.state is not CaseState.ANSWERED]
    if here.state is CaseState.ENTRUSTED:
        assert [case.number for case in live] == [here.away.number if here.away else ""]
    else:
        assert not live, (here.steps, live)
    for case in guests:  # none twice, and none before what was said first
        said = [step.why for step in case.steps if step.act is Act.ADD]
        assert [step.why for step in here.steps if step.act is Act.ADD and step.why in said] == said
    keys = [case.origin.handing for case in guests if case.origin]
    assert len(keys) == len(set(keys))
    answers = [step for step in here.steps if step.act is Act.ANSWER]
    for text, times in Counter(step.why for step in answers).items():
        assert await two.citizen_heard(f":\n{text}") == times
    if here.state is CaseState.ENTRUSTED:
        assert await two.here.store.count(Case, "owed", "general") == 1


DONE = {"001": {Act.TAKE: 0.5, Act.ADD: 0.3, Act.ENTRUST: 1, Act.RECALL: 0.5, Act.WITHDRAW: 0.05, Act.REOPEN: 0.5},
        "077": {Act.TAKE: 1, Act.GIVE_BACK: 0.2, Act.ANSWER: 0.7, Act.CLOSE: 0.5, Act.FORWARD: 0.05, Act.WITHDRAW: 0.05}}
"""How likely each end does what it can."""


async def _added(centre: Centre) -> list[str]:
    return [step.why for step in (await centre.case()).steps if step.act is Act.ADD]


async def _has_added(centre: Centre, *texts: str) -> None:
    async def so() -> bool:
        return await _added(centre) == list(texts)
    await eventually(so)


async def _sent(end: End) -> bool:
    return bool(end.sent)
