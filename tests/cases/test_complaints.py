"""Complaints: whom they go to, whether they came, and what is recommended out of many of them (CM-03, CM-05…CM-07)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import docx
import pypdfium2  # type: ignore[import-untyped]  # it is annotated and does not say so
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.cases.breaches import BY_LAW, WORDS, Breach
from hub.cases.case import Case, CaseKind, Subject
from hub.cases.recommendation import Count, MeasuredEffect, RecommendationState, Selection, as_of, shortened
from hub.cases.recommendation_document import paper
from hub.cases.recommendation_service import RecommendationService, Wording
from hub.cases.referral import Referral, ReferralState, ReferralWay, judges, next_judge
from hub.cases.referral_service import ReferralService
from hub.cases.retention import left_of
from hub.cases.state import Act, CaseState
from hub.conversations.delivery_status import Delivery, Receipt
from hub.desk.cases.parts import Cases
from hub.knowledge.authorities import Authority, Branch, Contacts, Official
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.adapters.document_printer import DocumentPrinter
from okno.complaints import letter_to
from tests.cases.case_rig import cases_of
from tests.cases.test_actions import draft, held, refused
from tests.rig import ANNA, MOSCOW, Carrier, Rig, eventually

LEADER = Operator("leader", "Лидия", Role.SUPERVISOR, ("general",))
STRANGER = Operator("stranger", "Степан", Role.OPERATOR, ("passports",))
MAIL = "+79165550000"
"""A mailbox, to the carrier of these tests."""


def authority(id_: str, superior: str = "", mailbox: str = "", **more: Any) -> Authority:
    return Authority(id_, f"Орган {id_}", more.pop("branch", Branch.EXECUTIVE), superior=superior, official=Official("Начальник"),
                     contacts=Contacts(email=mailbox), **more)


LADDER = {each.id: each for each in (
    authority("ministry", controlled_by=("prosecutor",)), authority("region", "ministry", MAIL), authority("town", "region"),
    authority("desk", "town"), authority("prosecutor", branch=Branch.OVERSIGHT), authority("elsewhere"))}


@dataclass
class Bureau:
    cases: Cases
    referring: ReferralService
    advising: RecommendationService


@pytest.fixture
async def bureau(rig: Rig) -> AsyncIterator[Bureau]:
    cases = cases_of(rig)
    await cases.topic_tree.start()
    referring = ReferralService(rig.store, cases.work, rig.notification_sender, lambda: LADDER, lambda at: at + timedelta(days=3),
                          lambda case, to: letter_to(case, to, "Центр", MOSCOW, KnowledgeSnapshot(LADDER.values())), lambda: Carrier.name, rig.clock)
    rig.notification_sender.on_change.subscribe(referring.noticed)
    await referring.start()
    yield Bureau(cases, referring, RecommendationService(rig.store, cases.topic_tree, lambda: LADDER, "077", MOSCOW, rig.clock))
    await referring.close()
    await cases.case_notifications.close()
    await cases.clocks.close()


async def complaint(rig: Rig, bureau: Bureau, key: str = "k", of: str = "town", text: str = "Не приняли документы", **more: Any) -> Case:
    matter = Subject(authority=of, breach=more.pop("breach", Breach.REFUSED_PAPERS), **more)
    conversation = await held(rig, citizen=f"citizen-{key}")
    case, _ = await bureau.cases.case_registration.register(ANNA, conversation, draft(key, CaseKind.COMPLAINT, text, matter, shown="паспорт"))
    await rig.actions.say(ANNA, conversation, "told", "Жалобу приняли", internal=False)
    await rig.actions.close(ANNA, conversation, "other")
    return await bureau.cases.work.act(ANNA, case.number, Act.TAKE)


async def one(rig: Rig, case: Case) -> Referral:
    found = await rig.store.marked(Referral, "case", case.number, newest=True)
    return found[0]


async def becomes(rig: Rig, case: Case, state: ReferralState) -> Referral:
    async def so() -> bool:
        return (await one(rig, case)).state is state
    await eventually(so)
    return await one(rig, case)


def test_whom_a_complaint_may_go_to() -> None:
    # CM-03
    assert [each.id for each in judges("desk", LADDER)] == ["town", "region", "ministry"]
    assert [each.id for each in judges("ministry", LADDER)] == ["prosecutor"]
    assert judges("nobody", LADDER) == judges("elsewhere", LADDER) == []
    assert next_judge("desk", [], LADDER) == LADDER["town"]


@given(st.sampled_from(sorted(LADDER)), st.dictionaries(st.sampled_from(sorted(LADDER)), st.sampled_from(sorted(LADDER))))
def test_nobody_judges_himself_whatever_the_ladder(of: str, superiors: dict[str, str]) -> None:
    # CM-03: circles and gaps among them
    ladder = {id_: replace(each, superior=superiors.get(id_, "")) for id_, each in LADDER.items()}
    assert of not in {each.id for each in judges(of, ladder)}


def test_a_body_is_known_by_its_name() -> None:
    # CM-04: whoever types its name means it
    handbook = KnowledgeSnapshot([*LADDER.values(), authority("twin", short="Орган town")])
    told = ("Орган region", "Орган town", "Совсем другой", "")
    assert [handbook.authority_named(words) for words in told] == ["region", "Орган town", "Совсем другой", ""]


def test_every_breach_has_words() -> None:
    # CM-04
    assert set(WORDS) == set(Breach)
    assert len(BY_LAW) == 10


async def test_a_complaint_goes_to_one_above_and_never_to_itself(rig: Rig, bureau: Bureau) -> None:
    # CM-03
    case = await complaint(rig, bureau)
    for wrong in ("town", "desk", "elsewhere", "prosecutor"):
        assert await refused(bureau.referring.refer(ANNA, case.number, wrong, "")) == "own_judge"
        assert await refused(bureau.cases.work.act(ANNA, case.number, Act.FORWARD, why="туда", to=wrong)) == "own_judge"
    assert await refused(bureau.referring.refer(ANNA, case.number, "nobody", "")) == "no_such_authority"
    assert await rig.store.count(Referral, "case", case.number) == 0
    assert (await bureau.referring.refer(ANNA, case.number, "region", "")).state is CaseState.SENT


async def test_it_is_carried_and_its_receipt_is_the_carriers(rig: Rig, bureau: Bureau) -> None:
    # CM-03
    case = await complaint(rig, bureau)
    await bureau.referring.refer(ANNA, case.number, "region", "")
    sent = await becomes(rig, case, ReferralState.SENT)
    assert (sent.way, sent.address) == (ReferralWay.EMAIL, MAIL)
    (letter,) = [text for text in (str(getattr(record.entry, "text", "")) for record in rig.carrier.carried) if text.startswith("Орган region")]
    assert all(said in letter for said in (case.text, "На кого: Орган town", "Что нарушено: отказ в приёме документов"))
    assert "citizen-k" not in letter  # who complains stays with the centre
    notice = rig.notification_sender.find(sent.notice)
    assert (await rig.holds(notice.conversation)).address.thread == case.number  # where its answer comes, and the robot does not read it
    await rig.message_intake.delivered(Receipt(notice.conversation, notice.record, Delivery.DELIVERED, ""))
    received = await becomes(rig, case, ReferralState.RECEIVED)
    assert received.receipt == "принято почтовым сервером адресата"
    assert await bureau.referring.waiting(["general"]) == []


async def test_it_is_carried_once_whatever_crashes(rig: Rig, bureau: Bureau) -> None:
    # CM-03, AL-09: stored with the step, sent by whoever finds it
    case = await complaint(rig, bureau)
    await bureau.referring.close()
    await bureau.referring.refer(ANNA, case.number, "region", "")
    await rig.store.put(replace(await one(rig, case), state=ReferralState.OWED))
    for _ in range(3):
        again = ReferralService(rig.store, bureau.cases.work, rig.notification_sender, lambda: LADDER, lambda at: at, lambda *_: "письмо", lambda: Carrier.name,
                          rig.clock)
        await again.start()
        await again.close()
    await rig.settled()
    assert [str(getattr(record.entry, "text", "")) for record in rig.carrier.carried].count("письмо") <= 1
    assert len([each for each in rig.notification_sender.recent(lambda _: True) if each.key.startswith("referral/")]) == 1


async def test_by_hand_a_person_writes_the_receipt_down(rig: Rig, bureau: Bureau) -> None:
    # CM-03
    case = await complaint(rig, bureau, of="region")
    await bureau.referring.refer(ANNA, case.number, "ministry", "")
    by_hand = await one(rig, case)
    assert (by_hand.way, by_hand.state) == (ReferralWay.HAND, ReferralState.OWED)
    assert await refused(bureau.referring.receipt(STRANGER, by_hand.id, "вх. 1")) == "no_such_referral"
    received = await bureau.referring.receipt(ANNA, by_hand.id, "вх. 17/26")
    assert (received.state, received.receipt) == (ReferralState.RECEIVED, "вх. 17/26")
    assert await refused(bureau.referring.receipt(ANNA, by_hand.id, "вх. 18")) == "bad_step"


async def test_without_a_receipt_the_leaders_are_told_and_the_next_one_is_proposed(rig: Rig, bureau: Bureau) -> None:
    # CM-03: escalation
    told: list[str] = []
    bureau.referring.on_alarm.subscribe(lambda referral: told.append(referral.authority))
    case = await complaint(rig, bureau, of="desk")
    await bureau.referring.refer(ANNA, case.number, "town", "")
    rig.clock.forward(timedelta(days=3, seconds=1).total_seconds())
    bureau.referring.look()

    async def alarmed() -> bool:
        return told == ["town"]
    await eventually(alarmed)
    bureau.referring.look()
    found, following = await bureau.referring.of(ANNA, case.number)
    assert (found[0].alarmed, following) == (True, LADDER["region"])
    await bureau.referring.refer(ANNA, case.number, "region", "Молчат", by_hand=True)
    assert (await one(rig, case)).way is ReferralWay.HAND
    assert {each.authority: each.waits for each in (await bureau.referring.of(ANNA, case.number))[0]} == {"town": False, "region": True}
    assert [each.authority for each in await bureau.referring.waiting(["general"])] == ["region"]
    late = await bureau.referring.receipt(ANNA, f"{case.number}/1", "вх. 5")  # it had come after all
    assert (late.state, late.receipt) == (ReferralState.RECEIVED, "вх. 5")
    assert told == ["town"]


async def test_nobody_is_told_of_a_receipt_that_an_answer_came_before(rig: Rig, bureau: Bureau) -> None:
    # CM-03
    told: list[Referral] = []
    bureau.referring.on_alarm.subscribe(told.append)
    case = await complaint(rig, bureau)
    await bureau.referring.refer(ANNA, case.number, "region", "", by_hand=True)
    await bureau.cases.work.act(ANNA, case.number, Act.ANSWER, why="Приняли")
    rig.clock.forward(timedelta(days=3, seconds=1).total_seconds())
    bureau.referring.look()

    async def over() -> bool:
        return not (await one(rig, case)).waits
    await eventually(over)
    assert told == []


async def test_what_cannot_be_carried_is_told_at_once(rig: Rig, bureau: Bureau) -> None:
    # CM-03
    case = await complaint(rig, bureau)
    await rig.store.put(Referral(f"{case.number}/1", case.number, "gone", "general", ReferralWay.EMAIL, MAIL, rig.clock(), "anna",
                                 rig.clock() + timedelta(days=3)))
    told: list[Referral] = []
    bureau.referring.on_alarm.subscribe(told.append)
    bureau.referring.look()
    failed = await becomes(rig, case, ReferralState.FAILED)
    assert failed.why

    async def alarmed() -> bool:
        return [each.id for each in told] == [failed.id]
    await eventually(alarmed)


SELECTION = Selection(date(2026, 1, 1), date(2026, 1, 31), ("general",), 1)
WORDING = Wording("Принимать документы без выписки", "Окна просят выписку", "Запрашивать её самим", "region")


async def test_numbers_are_the_same_at_any_later_time(rig: Rig, bureau: Bureau) -> None:
    # CM-05, CM-06
    cases = [await complaint(rig, bureau, str(place), of="town" if place < 3 else "desk", service="passport") for place in range(5)]
    made = await bureau.advising.draft(LEADER, SELECTION, WORDING)
    evidence = made.edition.evidence
    assert len(evidence.cases) == 5
    assert evidence.tables["authority"] == (Count("town", 3), Count("desk", 2))
    assert evidence.tables["breach"] == (Count("refused_papers", 5),)
    for table in evidence.tables.values():
        assert sum(row.complaints for row in table) == 5
    rig.clock.forward(60)
    await bureau.cases.work.act(ANNA, cases[0].number, Act.MERGE, to=cases[1].number)
    await bureau.cases.work.act(ANNA, cases[1].number, Act.ANSWER, why="Приняли")
    await complaint(rig, bureau, "later")
    assert await bureau.advising.checked(made) == ([], False)
    assert len((await bureau.advising.evidence(SELECTION)).cases) == 5  # one merged, one new
    await rig.store.drop(Case, cases[2].number)
    assert await bureau.advising.checked(made) == ([cases[2].number], False)
    await rig.store.put(replace(cases[3], matter=Subject(authority="town")))
    assert (await bureau.advising.checked(replace(made, editions=(replace(made.edition, evidence=replace(
        evidence, cases=tuple(each for each in evidence.cases if each != cases[2].number))),))))[1]


async def test_a_corrected_matter_is_counted_anew_and_as_it_stood_before(rig: Rig, bureau: Bureau) -> None:
    # CM-04, CM-06
    case = await complaint(rig, bureau, breach=Breach.OTHER)
    made = await bureau.advising.draft(LEADER, SELECTION, WORDING)
    rig.clock.forward(60)
    corrected = replace(case.matter, breach=Breach.EXTRA_PAPERS, deviation="Просили выписку")
    assert await refused(bureau.cases.work.restate(STRANGER, case.number, corrected)) == "no_such_case"
    await bureau.cases.work.restate(ANNA, case.number, corrected)
    again = await bureau.cases.work.restate(ANNA, case.number, corrected)
    assert [each.before for each in again.restated] == [case.matter]
    about = await rig.store.deeds_about([case.number])
    assert [audit_entry.what for _, audit_entry in about].count("case_matter") == 1  # what was so already is no deed
    assert await bureau.advising.checked(made) == ([], False)
    assert [each.number for each in await bureau.advising.behind(SELECTION, "breach", "extra_papers")] == [case.number]
    assert await bureau.advising.behind(SELECTION, "breach", "other") == []
    left = left_of(again, rig.clock())
    assert (left.restated, left.matter.breach) == ((), None)
    await rig.store.put(left)
    assert await bureau.advising.checked(made) == ([case.number], False)


async def test_weeks_begin_at_the_centres_midnight(rig: Rig, bureau: Bureau) -> None:
    # CM-05
    rig.clock.forward((datetime(2026, 1, 11, 22, 30, tzinfo=UTC) - rig.clock()).total_seconds())  # Monday in Moscow
    await complaint(rig, bureau)
    assert [row.key for row in (await bureau.advising.evidence(SELECTION)).tables["week"]] == ["2026-01-12"]


async def test_it_is_approved_by_another_sent_and_its_effect_measured(rig: Rig, bureau: Bureau) -> None:
    # CM-06, CM-07
    for place in range(4):
        await complaint(rig, bureau, str(place))
    made = await bureau.advising.draft(LEADER, SELECTION, WORDING)
    assert made.id == "077-Р-1"
    assert await refused(bureau.advising.move(LEADER, made.id, RecommendationState.APPROVED, "")) == "own_recommendation"
    assert await refused(bureau.advising.move(ANNA, made.id, RecommendationState.SENT, "")) == "bad_step"
    made = await bureau.advising.revise(ANNA, made.id, replace(WORDING, cause="Не знают порядка"))
    assert len(made.editions) == 2
    for state in (RecommendationState.APPROVED, RecommendationState.SENT, RecommendationState.ACCEPTED, RecommendationState.DONE):
        made = await bureau.advising.move(LEADER, made.id, state, "")
    assert await refused(bureau.advising.revise(ANNA, made.id, WORDING)) == "bad_step"
    assert await bureau.advising.effect(made) is None
    rig.clock.forward(timedelta(days=11).total_seconds())
    await complaint(rig, bureau, "after")
    rig.clock.forward(timedelta(days=1).total_seconds())
    effect = await bureau.advising.effect(made)
    assert effect == MeasuredEffect(4, 31, 1, 11)
    assert effect.change is not None
    assert effect.change < -0.2
    second = await bureau.advising.draft(ANNA, SELECTION, WORDING)
    assert second.id == "077-Р-2"
    assert await refused(bureau.advising.move(LEADER, second.id, RecommendationState.REJECTED, "")) == "bad_step"


async def test_two_drafts_at_once_get_two_numbers(rig: Rig, bureau: Bureau) -> None:
    # CM-06
    await complaint(rig, bureau)

    made = await asyncio.gather(*(bureau.advising.draft(LEADER, SELECTION, WORDING) for _ in range(4)))
    assert sorted(each.number for each in made) == [1, 2, 3, 4]


async def test_nothing_is_recommended_out_of_nothing(rig: Rig, bureau: Bureau) -> None:
    # CM-06
    assert await refused(bureau.advising.draft(LEADER, SELECTION, WORDING)) == "nothing_selected"
    await complaint(rig, bureau)
    assert await refused(bureau.advising.draft(LEADER, SELECTION, replace(WORDING, addressee="nobody"))) == "no_such_authority"
    assert await refused(bureau.advising.find("077-Р-9")) == "no_such_recommendation"


async def test_the_document_tells_all_and_is_the_same_each_time(rig: Rig, bureau: Bureau) -> None:
    # CM-06
    case = await complaint(rig, bureau, text="[x] #let _курсив_ $1$")
    made = await bureau.advising.draft(LEADER, SELECTION, replace(WORDING, cause="Просят #выписку $x$ *всегда*"))
    printed = paper(made, lambda _, key: key or "не указано", "Центр", MOSCOW, MeasuredEffect(4, 31, 1, 11))
    press = DocumentPrinter()
    pdf, word = await press(printed, "pdf"), await press(printed, "docx")
    assert (pdf, word) == (await press(printed, "pdf"), await press(printed, "docx"))
    pages = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in pages)
    document = docx.Document(BytesIO(word))
    written = "\n".join([*(each.text for each in document.paragraphs), *(cell.text for t in document.tables for row in t.rows for cell in row.cells)])
    for said in (WORDING.title, "Просят #выписку $x$ *всегда*", WORDING.proposal, case.number, "refused_papers", "−30%"):
        assert said in " ".join(text.split()).replace("\ufffe", "-"), said
        assert said in written
    assert "Посчитано по состоянию на" in text


def test_rows_that_are_not_shown_are_one_row() -> None:
    # CM-06
    rows = tuple(Count(str(place), 100 - place, 1) for place in range(40))
    short = shortened(rows)
    assert len(short) == 12
    assert sum(row.complaints for row in short) == sum(row.complaints for row in rows)
    assert short[-1].key == "="


async def test_a_case_stands_as_it_stood(rig: Rig, bureau: Bureau) -> None:
    # CM-06, RQ-02
    case = await complaint(rig, bureau)
    assert as_of(case, case.registered - timedelta(seconds=1)) is None
    assert as_of(case, case.steps[-1].at) == case
    rig.clock.forward(1)
    answered = await bureau.cases.work.act(ANNA, case.number, Act.ANSWER, why="Приняли")
    stood = as_of(answered, case.steps[-1].at)
    assert stood is not None
    assert (stood.state, answered.state) == (CaseState.IN_WORK, CaseState.ANSWERED)
