"""Registered cases over a real store: steps, holders, what the citizen is told, and what a crash leaves owed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.cases.case import Case, CaseKind, Subject, alarms
from hub.cases.guess_limits import FREE, LOCK, LONGEST
from hub.cases.registration import Draft, newest_number
from hub.cases.state import Act, CaseState
from hub.cases.tracking import CaseCode, spelled
from hub.cases.transitions import TRANSITIONS, apply
from hub.citizens.verification import VerificationService
from hub.conversations.callback_promise import DAY
from hub.conversations.conversation import Closed, Promised, held_by
from hub.conversations.identities import How
from hub.conversations.message import Author, Message
from hub.conversations.redaction import HIDDEN, LOST
from hub.conversations.verification_level import LASTS, Proven
from hub.desk.cases.parts import Cases
from hub.kernel.errors import RefusedError
from hub.kernel.ids import CASE_WIDTH, TicketNumbers
from hub.kernel.text_similarity import likeness
from hub.organisation.queue import Queue
from tests.cases.case_rig import cases_of
from tests.rig import ANNA, MOSCOW, OLGA, QUEUES, Carrier, Rig
from tests.storage.contract_marks import case as some_case

LEADER = Operator("leader", "Лидия", Role.SUPERVISOR, ("general",))
TEXT = "Мне второй месяц не выдают паспорт"


def draft(key: str = "k", kind: CaseKind = CaseKind.REQUEST, text: str = TEXT, matter: Subject | None = None, **more: Any) -> Draft:
    return Draft(key, kind, "other", text, matter or Subject(), **more)


@pytest.fixture
async def cases(rig: Rig) -> AsyncIterator[Cases]:
    cases = cases_of(rig)
    await cases.topic_tree.start()
    yield cases
    await cases.case_notifications.close()
    await cases.clocks.close()


async def held(rig: Rig, who: Operator = ANNA, citizen: str = "citizen", channel: str = Carrier.name) -> int:
    conversation = await rig.waiting(who=citizen, channel=channel)
    rig.ready(who)
    await rig.actions.take(who, conversation)
    return conversation


async def registered(rig: Rig, cases: Cases, **more: Any) -> Case:
    return (await cases.case_registration.register(ANNA, await held(rig), draft(**more)))[0]


async def code_of(rig: Rig, conversation: int) -> str:
    records = await rig.store.records(conversation, limit=1000)
    said = [r.entry.text for r in records if isinstance(r.entry, Message) and r.entry.veiled]
    return said[-1].partition(": ")[2][:11]


async def refused(awaited: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        await awaited
    return caught.value.code


async def test_the_citizen_gets_number_and_code_at_once(rig: Rig, cases: Cases) -> None:
    # RQ-01, CM-02
    case = await registered(rig, cases)
    said = await rig.said(case.conversation, Author.SYSTEM)
    assert any(f"зарегистрировано: № {case.number}" in each for each in said)
    assert case.told == 1
    found = await cases.following.look(case.number.replace("-", " "), await code_of(rig, case.conversation), "web:1")
    assert found.number == case.number
    kept = await rig.store.get(CaseCode, case.number)
    assert kept is not None
    assert kept.hash.startswith("$argon2id$")


async def test_the_same_draft_twice_at_once_is_one_case(rig: Rig, cases: Cases) -> None:
    # RQ-01
    conversation = await held(rig)
    told = await asyncio.gather(*(cases.case_registration.register(ANNA, conversation, draft()) for _ in range(5)))
    assert len({case.number for case, _ in told}) == 1
    assert await rig.store.count(Case, "all") == 1
    assert sum("зарегистрировано" in each for each in await rig.said(conversation)) == 1


async def test_a_case_must_be_whole(rig: Rig, cases: Cases) -> None:
    # CM-01: a caller hears his words, a topic is one of the tree, and whoever does not hold the conversation registers nothing
    conversation = await held(rig)
    assert await refused(cases.case_registration.register(ANNA, conversation, replace(draft(), topic="none"))) == "no_such_topic"
    assert await refused(cases.case_registration.register(OLGA, conversation, draft())) == "not_yours"
    call = await held(rig, OLGA, "+79161234567", "voice.test")
    assert await refused(cases.case_registration.register(OLGA, call, draft())) == "not_read_back"
    case, code = await cases.case_registration.register(OLGA, call, draft(read_back=True))
    assert (case.ruling.rule, case.read_back, len(code)) == ("telephone", True, 8)
    assert not any(code in each for each in await rig.said(call))  # it is spoken, and never written
    assert (await cases.following.look(case.number, code, "web:1")).number == case.number


async def test_a_caller_whose_case_is_answered_is_owed_a_call(rig: Rig, cases: Cases) -> None:
    # RQ-03, RQ-07, CH-02: what is written into a call that is over is read by nobody
    call = await held(rig, OLGA, "+79161234567", "voice.test")
    case, _ = await cases.case_registration.register(OLGA, call, draft(read_back=True))
    await rig.actions.close(OLGA, call, "other")
    await cases.work.act(OLGA, case.number, Act.TAKE)
    assert (await rig.holds(call)).promise is None
    answered = await cases.work.act(OLGA, case.number, Act.ANSWER, why="Паспорт готов")
    head = await rig.holds(call)
    assert isinstance(head.holder, Promised)
    assert head.promise is not None
    assert (head.promise.due - head.promise.given, head.promise.address) == (DAY, head.address)
    assert answered.number in head.promise.why
    assert any("Паспорт готов" in each for each in await rig.said(call))
    # The call is made, and with it nothing is owed any more.
    await rig.actions.take(OLGA, call)
    await rig.promise_actions.keep(OLGA, call, "k", "Сообщил по телефону")
    await rig.actions.close(OLGA, call, "other")
    assert (await rig.holds(call)).promise is None


async def test_an_answer_during_the_talk_is_owed_until_it_is_said_and_an_anonymous_caller_is_owed_none(rig: Rig, cases: Cases) -> None:
    # RQ-03, RQ-07: the operator may have hung up already
    call = await held(rig, OLGA, "+79161234567", "voice.test")
    case, _ = await cases.case_registration.register(OLGA, call, draft(read_back=True))
    await cases.work.act(OLGA, case.number, Act.TAKE)
    await cases.work.act(OLGA, case.number, Act.ANSWER, why="Паспорт готов")
    head = await rig.holds(call)
    assert (held_by(head, OLGA.login), head.promise is not None) == (True, True)
    nameless = await held(rig, ANNA, "anonymous", "voice.test")
    other, _ = await cases.case_registration.register(ANNA, nameless, draft("other", read_back=True))
    await rig.actions.close(ANNA, nameless, "other")
    await cases.work.act(ANNA, other.number, Act.TAKE)
    await cases.work.act(ANNA, other.number, Act.ANSWER, why="Паспорт готов")
    assert isinstance((await rig.holds(nameless)).holder, Closed)


async def test_what_a_crash_cut_off_is_told_at_the_next_start(rig: Rig, cases: Cases) -> None:
    # RQ-04: nothing is lost, nothing said twice
    case = await registered(rig, cases)
    taken = apply(case, rig.clock(), "anna", Act.TAKE)
    answered = apply(taken, rig.clock(), "anna", Act.ANSWER, why="Паспорт готов")
    await rig.store.exchange((answered,), (), seen=(case,))  # and here the hub died
    await cases_of(rig).case_notifications.start()
    await cases_of(rig).case_notifications.start()
    assert sum("Паспорт готов" in each for each in await rig.said(case.conversation)) == 1
    # The message is there, and the mark of it is not: it died in between.
    told = await rig.store.get(Case, case.number)
    assert told is not None
    await rig.store.exchange((replace(told, told=1),), (), seen=(told,))
    await cases_of(rig).case_notifications.start()
    assert sum("Паспорт готов" in each for each in await rig.said(case.conversation)) == 1
    assert await rig.store.marked(Case, "untold") == []


@pytest.mark.parametrize(("act", "standing"), list(product(sorted(TRANSITIONS), sorted(CaseState))))
def test_only_what_the_table_has_is_done(act: Act, standing: CaseState) -> None:
    # RQ-04: every act in every state
    new = some_case("1")
    there = replace(new, steps=(*new.steps, replace(new.steps[0], act=Act.TAKE, state=standing)))
    if standing in TRANSITIONS[act].moves:
        assert apply(there, there.registered, "anna", act).steps[-1].act is act
        return
    with pytest.raises(RefusedError) as caught:
        apply(there, there.registered, "anna", act)
    assert caught.value.code == "bad_step"


async def test_a_specialist_of_an_mfc_has_it_with_its_term(rig: Rig) -> None:
    # RQ-03: to a role, which accepts, returns or answers; the term goes along
    cases = cases_of(rig, (*QUEUES, Queue("mfc", "Специалисты МФЦ", mfc="77-001")))
    await cases.topic_tree.start()
    zoya, work = Operator("zoya", "Зоя", Role.OPERATOR, ("mfc",)), cases.work
    new = await registered(rig, cases)
    await work.act(ANNA, new.number, Act.TAKE)
    assert await refused(work.find(zoya, new.number)) == "no_such_case"
    assert await refused(work.act(ANNA, new.number, Act.HAND, to="passports")) == "no_such_queue"
    handed = await work.act(ANNA, new.number, Act.HAND, to="mfc")
    assert (handed.due, handed.worker, handed.state) == (new.due, "", CaseState.WITH_SPECIALIST)
    assert [each.number for each in await rig.store.marked(Case, "line", "mfc")] == [new.number]
    assert await refused(work.act(ANNA, new.number, Act.TAKE)) == "not_yours"
    await work.act(zoya, new.number, Act.TAKE)
    returned = await work.act(zoya, new.number, Act.RETURN, why="нужен адрес")
    assert (returned.line, returned.worker, returned.state) == ("general", "", CaseState.IN_WORK)
    await work.act(ANNA, new.number, Act.TAKE)
    await work.act(ANNA, new.number, Act.HAND, to="mfc")
    await work.act(zoya, new.number, Act.TAKE)
    assert (await work.act(zoya, new.number, Act.ANSWER, why="Паспорт готов")).state is CaseState.ANSWERED
    await cases.case_notifications.close()


async def test_only_its_worker_or_a_leader_works_on_it(rig: Rig, cases: Cases) -> None:
    # RQ-03, SE-01
    case = await registered(rig, cases)
    work = cases.work
    assert case.worker == "anna"  # who registers it has it
    assert await refused(work.act(OLGA, case.number, Act.ANSWER, why="ответ")) == "not_yours"
    nobody = Operator("nobody", "Никто", Role.OPERATOR, ("passports",))
    assert await refused(work.find(nobody, case.number)) == "no_such_case"
    assert await refused(work.act(ANNA, case.number, Act.ANSWER)) == "no_reason"
    assert (await work.act(LEADER, case.number, Act.ANSWER, why="ответ")).state is CaseState.ANSWERED
    assert Act.CLOSE in work.possible(ANNA, await work.find(ANNA, case.number))
    assert [d.what for _, d in await rig.store.audit_entries() if d.about == case.number][::-1][:2] == ["case_register", "case_code"]


async def test_of_those_who_take_it_at_once_all_are_told_and_one_has_it(rig: Rig, cases: Cases) -> None:
    case = await registered(rig, cases)
    await asyncio.gather(*(cases.work.act(who, case.number, Act.TAKE) for who in (ANNA, OLGA, LEADER)))
    now = await cases.work.find(ANNA, case.number)
    assert [step.act for step in now.steps] == [Act.REGISTER, *[Act.TAKE] * 3]
    assert now.worker == now.steps[-1].by
    assert now.told == 4


async def test_a_complaint_does_not_go_to_whom_it_is_about(rig: Rig, cases: Cases) -> None:
    # 59-ФЗ ст. 8 ч. 6
    case = await registered(rig, cases, kind=CaseKind.COMPLAINT, matter=Subject(authority="МВД"))
    await cases.work.act(ANNA, case.number, Act.TAKE)
    assert await refused(cases.work.act(ANNA, case.number, Act.SEND, to="мвд")) == "own_judge"
    assert (await cases.work.act(ANNA, case.number, Act.SEND, to="Прокуратура")).state is CaseState.SENT


async def test_who_he_is_is_proved_or_shown(rig: Rig, cases: Cases) -> None:
    # ST-04, CM-02: a proof through ЕСИА within its hour, or the kind of a document that was seen; either stands in the audit
    conversation = await held(rig, channel="web.chat")
    plain, _ = await cases.case_registration.register(ANNA, conversation, draft("a"))
    assert (plain.identified, plain.ruling.rule) == (False, "unidentified")
    with pytest.raises(RefusedError, match="без номера"):
        await cases.case_registration.register(ANNA, conversation, draft("b", shown="паспорт 4509 123456"))
    seen, _ = await cases.case_registration.register(ANNA, conversation, draft("b", shown="паспорт"))
    await VerificationService(rig.sequencer, rig.store).reached(conversation, Proven.NUMBER, How.TYPED, "")  # whose number it is proves nobody
    numbered, _ = await cases.case_registration.register(ANNA, conversation, draft("c"))
    await VerificationService(rig.sequencer, rig.store).reached(conversation, Proven.ACCOUNT, How.ACCOUNT, "")
    proved, _ = await cases.case_registration.register(ANNA, conversation, draft("d", shown="паспорт"))
    assert [(each.identified, each.shown) for each in (seen, numbered, proved)] == [(True, "паспорт"), (False, ""), (True, "")]
    await cases.work.act(ANNA, plain.number, Act.TAKE)
    assert len(await cases.work.renew_code(ANNA, plain.number, "")) == 8
    rig.clock.forward(LASTS.total_seconds())
    late, _ = await cases.case_registration.register(ANNA, conversation, draft("e"))
    assert not late.identified
    assert await refused(cases.work.renew_code(ANNA, plain.number, "")) == "no_proof"
    assert await refused(cases.work.renew_code(ANNA, plain.number, "паспорт 4509")) == "document_number"
    await cases.work.renew_code(ANNA, plain.number, "водительское удостоверение")
    audit_entries = {(audit_entry.what, audit_entry.about, audit_entry.detail) for _, audit_entry in await rig.store.audit_entries(limit=1000)}
    assert {("case_register", plain.number, f"{conversation}"), ("case_register", seen.number, f"{conversation} document: паспорт"),
            ("case_register", proved.number, f"{conversation} account"), ("case_code", plain.number, "account"),
            ("case_code", plain.number, "document: водительское удостоверение")} <= audit_entries


async def test_a_term_is_extended_once_and_stands_while_it_is_suspended(rig: Rig, cases: Cases) -> None:
    # 59-ФЗ ст. 12 ч. 2
    conversation = await held(rig, channel="web.chat")
    case, _ = await cases.case_registration.register(ANNA, conversation, draft(shown="паспорт"))
    assert case.ruling.rule == "appeal"
    await cases.work.act(ANNA, case.number, Act.TAKE)
    assert await refused(cases.work.act(ANNA, case.number, Act.SUSPEND, why="ждём")) == "bad_step"
    later = await cases.work.act(ANNA, case.number, Act.EXTEND, why="запросили архив")
    assert later.due - case.due == timedelta(days=30)
    assert any("продлён" in each and "запросили архив" in each for each in await rig.said(conversation))
    assert await refused(cases.work.act(ANNA, case.number, Act.EXTEND, why="ещё")) == "bad_step"
    other = await registered(rig, cases)
    await cases.work.act(ANNA, other.number, Act.TAKE)
    await cases.work.act(ANNA, other.number, Act.SUSPEND, why="нет документов")
    rig.clock.forward(86_400)
    assert alarms(await cases.work.find(ANNA, other.number), rig.clock()) == ()
    assert (await cases.work.act(ANNA, other.number, Act.RESUME)).due == other.due + timedelta(days=1)


async def test_duplicates_are_proposed_merged_and_parted(rig: Rig, cases: Cases) -> None:
    conversation = await held(rig)
    first, _ = await cases.case_registration.register(ANNA, conversation, draft("a"))
    second, _ = await cases.case_registration.register(ANNA, conversation, draft("b", text="Паспорт мне не выдают второй месяц!"))
    await cases.case_registration.register(ANNA, conversation, draft("c", text="Где платить налог на землю"))
    found = await cases.work.similar(ANNA, conversation, "other", TEXT)
    assert {each.number for each, _ in found} == {first.number, second.number}
    assert found[0][1] == 1.0
    await cases.work.act(ANNA, second.number, Act.TAKE)
    assert await refused(cases.work.act(ANNA, second.number, Act.MERGE, to=second.number)) == "bad_step"
    merged = await cases.work.act(ANNA, second.number, Act.MERGE, to=first.number)
    assert [each.number for each in await rig.store.marked(Case, "into", first.number)] == [second.number]
    assert merged.state is CaseState.MERGED
    assert (await cases.work.act(ANNA, second.number, Act.PART)).state is CaseState.IN_WORK
    assert await rig.store.marked(Case, "into", first.number) == []
    await cases.work.link(ANNA, second.number, first.number)
    assert [each.number for each in await rig.store.marked(Case, "series", first.number)] == [second.number]
    await cases.work.link(ANNA, second.number, "")
    assert await rig.store.marked(Case, "series", first.number) == []


async def test_a_case_has_as_many_conversations_as_it_takes(rig: Rig, cases: Cases) -> None:
    case = await registered(rig, cases)
    other = await held(rig, citizen="the same one")
    await cases.work.attach(ANNA, other, case.number, attached=True)
    await cases.work.attach(ANNA, other, case.number, attached=True)
    assert [each.number for each in await rig.store.marked(Case, "conversation", str(other))] == [case.number]
    await cases.work.attach(ANNA, other, case.number, attached=False)
    assert await rig.store.marked(Case, "conversation", str(other)) == []


async def test_alarms_come_once_before_the_term_and_at_its_end(rig: Rig, cases: Cases) -> None:
    # RQ-06
    told: list[tuple[str, int]] = []
    cases.clocks.on_alarm.subscribe(lambda case, percent: told.append((case.number, percent)))
    case = await registered(rig, cases)
    await cases.clocks.start()
    assert told == []
    rig.clock.forward(0.8 * 86_400)
    await cases.clocks.start()
    assert (told, cases.clocks.overdue) == ([(case.number, 80)], 0)
    rig.clock.forward(86_400)
    await cases.clocks.start()
    await cases.clocks.start()
    assert told == [(case.number, 80), (case.number, 95), (case.number, 100)]
    assert cases.clocks.overdue == 1
    await cases.work.act(ANNA, case.number, Act.TAKE)
    await cases.work.act(ANNA, case.number, Act.ANSWER, why="ответ")
    await cases.clocks.start()
    assert cases.clocks.overdue == 0


async def test_three_wrong_codes_shut_out_whoever_told_them_whether_or_not_the_number_is_one(rig: Rig, cases: Cases) -> None:
    # ST-04
    case = await registered(rig, cases)
    code = await code_of(rig, case.conversation)
    wrong = "00000000" if code.replace(" ", "") != "00000000" else "11111111"
    stranger = TicketNumbers("077", zone=MOSCOW, width=CASE_WIDTH)
    stranger.next(rig.clock())
    for number in (case.number, stranger.next(rig.clock())):
        assert [await refused(cases.following.look(number, wrong, "web:1")) for _ in range(4)] == ["no_such_case"] * 3 + ["case_locked"]
    assert await refused(cases.following.look(case.number, code, "web:1")) == "case_locked"
    assert (await cases.following.look(case.number, code, "web:2")).number == case.number  # nobody else is shut out
    rig.clock.forward(LOCK.total_seconds() + 1)
    assert (await cases.following.look(case.number, code, "web:1")).number == case.number
    new = await cases.following.issue(case.number, "anna")
    assert await refused(cases.following.look(case.number, code, "web:1")) == "no_such_case"
    assert (await cases.following.look(case.number, new, "web:1")).number == case.number
    await cases.following.failures.flush()
    wrongs = [(audit_entry.about, audit_entry.detail.partition(" с ")[0]) for _, audit_entry in await rig.store.audit_entries(limit=1000) if audit_entry.what == "case_code_wrong"]
    assert len(wrongs) == 3  # F20d: each number once, and how often
    assert wrongs[0] == ("", "ещё 5 раз")


async def test_of_many_guesses_at_once_no_more_than_three_are_tried(rig: Rig, cases: Cases) -> None:
    # ST-04
    case = await registered(rig, cases)
    told = await asyncio.gather(*(cases.following.look(case.number, f"{n:08}", "web:1") for n in range(10)), return_exceptions=True)
    assert Counter(each.code for each in told if isinstance(each, RefusedError)) == {"no_such_case": 3, "case_locked": 7}


async def test_whose_case_it_is_gets_in_while_a_crowd_guesses(rig: Rig, cases: Cases) -> None:
    # ST-04: from the address that it came from at once, from anywhere else after a minute at most
    case = await registered(rig, cases)
    code = await code_of(rig, case.conversation)
    for n in range(FREE):
        assert await refused(cases.following.look(case.number, "1", f"web:{n}")) == "no_such_case"
    assert await refused(cases.following.look(case.number, code, "web:home")) == "too_fast"
    assert (await cases.following.look(case.number, code, case.address)).number == case.number
    rig.clock.forward(LONGEST.total_seconds())
    assert (await cases.following.look(case.number, code, "web:home")).number == case.number


async def test_a_citizen_asks_by_a_message(rig: Rig, cases: Cases) -> None:
    # RQ-04
    case = await registered(rig, cases)
    code = await code_of(rig, case.conversation)
    await rig.say(f"Статус {case.number} {code}", "asks", who="somebody", channel=Carrier.name)
    await rig.settled()
    said = [r.entry.text for r in rig.carrier.carried if isinstance(r.entry, Message)]
    assert any(f"№ {case.number}: зарегистрировано" in each for each in said)
    await rig.say(f"статус {case.number} 12345678", "guesses", who="somebody", channel=Carrier.name)
    await rig.settled()
    assert "такого" not in str(said)
    assert any("с таким номером и кодом нет" in r.entry.text for r in rig.carrier.carried if isinstance(r.entry, Message))


async def test_a_code_that_a_citizen_writes_is_stored_nowhere(rig: Rig, cases: Cases) -> None:
    # ST-04: neither while an operator has the conversation nor after a restart in the very moment
    case = await registered(rig, cases)
    code = await code_of(rig, case.conversation)
    conversation = await rig.waiting(who="somebody", channel=Carrier.name)
    await rig.say(f"Статус {case.number} {code}", "asks", who="somebody", channel=Carrier.name)
    await rig.settled()
    assert f"Статус {case.number} {HIDDEN}" in await rig.said(conversation, Author.CITIZEN)
    assert any(f"№ {case.number}: зарегистрировано" in each for each in await rig.said(conversation, Author.SYSTEM))
    await rig.say(f"статус {case.number} {code}", "asks again", who="somebody", channel=Carrier.name)
    await rig.reactions.close()  # before it was looked at
    assert code not in str(await rig.said(conversation))
    again = await Rig(rig.store, rig.clock, await rig.store.newest()).start()
    await again.settled()
    assert LOST.text in await again.said(conversation, Author.SYSTEM)
    await again.stop()


async def test_numbers_go_on_after_a_restart_and_are_no_conversations(rig: Rig, cases: Cases) -> None:
    # RQ-01
    assert await newest_number(rig.store, "077") == ""
    case = await registered(rig, cases)
    assert await newest_number(rig.store, "077") == case.number
    rig.clock.forward(-3 * 86_400)  # a clock that was set back gives none twice
    again = TicketNumbers("077", await newest_number(rig.store, "077"), MOSCOW, width=CASE_WIDTH).next(rig.clock())
    assert again.split("-")[1:3] == [case.number.split("-")[1], "0000002"]
    assert spelled(again) == again
    assert spelled((await rig.holds(case.conversation)).number) == ""
    assert spelled(again[:-1] + str((int(again[-1]) + 1) % 10)) == ""


def test_likeness() -> None:
    assert likeness(TEXT, TEXT.upper()) == 1
    assert likeness(TEXT, "Мне не выдают паспорт второй месяц подряд") > 0.7
    assert likeness(TEXT, "Где платить налог на землю") < 0.2
    assert likeness("", TEXT) == 0
