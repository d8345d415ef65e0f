"""What is kept of people ends when its term is over, each kind in its own way (SE-03, SE-04; 152-ФЗ ст. 5 ч. 7)."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import SignIn
from hub.cases.case import Case, CaseKind, Label, Subject
from hub.cases.figures import By, Sorting, report
from hub.cases.registration import Draft
from hub.cases.retention import CaseTerms
from hub.cases.state import Act, CaseState
from hub.cases.tracking import CaseCode
from hub.cases.transitions import apply
from hub.conversations.attachments import Hold, Upload, key_of
from hub.conversations.conversation import Closed, InQueue, WithBot
from hub.conversations.delivery_status import Ticket
from hub.conversations.identities import Code
from hub.conversations.journal import Deleted, Erased, ErasureCause, SpeechRecognised, Transcribed, TranscriptLine
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Store, Stored
from hub.desk.cases.parts import Cases
from hub.integrations.webhook_events import DeliveryAttempt, EventState
from hub.kernel.errors import RefusedError
from hub.kernel.retention_kind import Expired, RetentionPolicy
from hub.knowledge.outdated_flag import OutdatedReport
from hub.monitoring.trunk import RefusedCall
from hub.notifications.notice import OptOut
from hub.organisation.level import Level
from hub.organisation.territory import Place
from hub.privacy.eraser import Eraser
from hub.privacy.retention import end_all
from hub.privacy.retention_kinds import TAKEN, retention_policies
from hub.privacy.retention_terms import RetentionPeriods
from hub.robot.phrase import Sought
from storage.erasure_register import ErasureFile
from tests.cases.case_rig import cases_of
from tests.rig import ANNA, MOSCOW, Clock, Drawer, Rig, eventually

NONE: Mapping[Label, int] = {}
DAY, AT = timedelta(days=1), datetime(2026, 1, 1, tzinfo=UTC)
REGIONAL = FederalDataPolicy(Level.REGIONAL, {})
BOTH = FederalDataPolicy(Level.REGIONAL, {"general": Level.FEDERAL, "passports": Level.REGIONAL})


@pytest.fixture
async def house(store: Store, clock: Clock) -> AsyncIterator[Rig]:
    rig = await Rig(store, clock, files=Drawer()).start()
    yield rig
    await rig.stop()


def all_of(rig: Rig, folder: Path, terms: RetentionPeriods, federal_policy: FederalDataPolicy = REGIONAL, years: Mapping[Label, int] = NONE) -> dict[str, RetentionPolicy]:
    eraser = Eraser(rig.sequencer, rig.store, rig.files, ErasureFile(folder / "erasures"))
    return {each.name: each for each in retention_policies(terms, rig.sequencer, rig.store, rig.files, eraser, federal_policy, CaseTerms(years, MOSCOW))}


async def over_in(kind: RetentionPolicy) -> list[Expired]:
    return [each async for each in kind.over()]


async def talked(rig: Rig, who: str = "citizen", *, closes: bool = True) -> int:
    rig.ready(ANNA)
    stored = await rig.say("Потерял загранпаспорт", "k1", who=who)
    assert isinstance(stored, Stored)
    await rig.settled()
    if closes:
        await rig.waiting(who=who)
        await rig.actions.take(ANNA, stored.conversation)
        await rig.actions.close(ANNA, stored.conversation, "other")
        await rig.settled()
    return stored.conversation


async def test_conversations_end_so_long_after_they_were_closed(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # SE-03
    closed, opened, held = await talked(house), await talked(house, "other", closes=False), await talked(house, "third")
    await house.store.put(Hold(str(held), clock(), "boss", "запрос суда"))
    ends = all_of(house, tmp_path, RetentionPeriods(conversations=30 * DAY))["conversations"]
    clock.forward(29 * 86400)
    assert await over_in(ends) == []
    clock.forward(2 * 86400)
    (due,) = await over_in(ends)
    assert (due.conversation, due.name, due.at) == (closed, (await house.holds(closed)).number, clock() - 31 * DAY)
    assert await end_all(ends) == 1
    assert await over_in(ends) == []
    assert await house.said(closed, Author.CITIZEN) == ["", ""]
    assert await house.said(opened, Author.CITIZEN) == ["Потерял загранпаспорт"]
    assert (await house.store.records(closed, limit=100))[-1].entry == Erased(clock(), ErasureCause.TERM)
    assert "conversations" not in all_of(house, tmp_path, RetentionPeriods(federal=DAY))


async def test_a_quiet_conversation_of_the_robots_is_closed_and_then_ends(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # SE-03: nobody ends a chat in a messenger
    quiet, waits = await talked(house, closes=False), await house.waiting(who="other")
    all_kinds = all_of(house, tmp_path, RetentionPeriods(quiet=10 * DAY, conversations=30 * DAY))
    clock.forward(11 * 86400)
    lively = await talked(house, "third", closes=False)
    assert [each.conversation for each in await over_in(all_kinds["quiet conversations"])] == [quiet]
    assert await end_all(all_kinds["quiet conversations"]) == 1
    assert [type((await house.holds(each)).holder) for each in (quiet, waits, lively)] == [Closed, InQueue, WithBot]
    clock.forward(31 * 86400)
    assert [each.conversation for each in await over_in(all_kinds["conversations"])] == [quiet]
    assert await house.stored("Я снова здесь", "k2") == quiet  # it goes on
    await house.settled()
    assert await end_all(all_kinds["conversations"]) == 0


async def test_a_federal_line_keeps_no_more_than_it_needs(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # FD-04, D19
    federal = await talked(house)
    ends = all_of(house, tmp_path, RetentionPeriods(conversations=30 * DAY, federal=DAY), BOTH)["conversations"]
    clock.forward(2 * 86400)
    assert [each.conversation for each in await over_in(ends)] == [federal]
    assert await end_all(ends) == 1
    assert (await house.store.records(federal, limit=100))[-1].entry == Erased(clock(), ErasureCause.FEDERAL)


async def test_transcripts_end_before_their_conversation(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # SE-03, SE-04
    number, held = await talked(house), await talked(house, "other")
    for each in (number, held):
        live = await house.sequencer.load(each)
        await house.sequencer.committed_step(live, (SpeechRecognised(clock(), live.head.last, "алло, загранпаспорт"),
                                                Transcribed(clock(), live.head.last, (TranscriptLine(0, Author.CITIZEN, "загранпаспорт"),))))
    await house.store.put(Hold(str(held), clock(), "boss", "запрос суда"))
    ends = all_of(house, tmp_path, RetentionPeriods(transcripts=30 * DAY))["transcripts"]
    clock.forward(31 * 86400)
    assert len(await over_in(ends)) == 2
    assert await end_all(ends) == 2
    entries = [each.entry for each in await house.store.records(number, limit=100)]
    assert [(each.lines, each.why) for each in entries if isinstance(each, Transcribed)] == [((), TAKEN)]
    assert [each.text for each in entries if isinstance(each, SpeechRecognised)] == [""]
    assert len([each for each in entries if isinstance(each, Deleted)]) == 2
    assert (await house.said(number, Author.CITIZEN))[0] == "Потерял загранпаспорт"
    assert (await house.holds(number)).erased is None

    async def found() -> bool:
        return {hit.record.conversation for hit in await house.store.find("алло")} == {held}
    await eventually(found)
    assert await end_all(ends) == 0
    await house.store.drop(Hold, str(held))
    assert await end_all(ends) == 2
    await house.stored("Я снова здесь", "k2")  # the conversation lives on


async def test_attachments_end_so_long_after_their_conversation_was_closed(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # SE-03
    number, opened = await talked(house), await talked(house, "other", closes=False)
    scan = Attachment(await house.files.put(b"scan"), "passport.png", "image/png", 4)
    for each in (number, opened):
        live = await house.sequencer.load(each)
        note = Message(Author.OPERATOR, "скан", clock(), by="anna", attachments=(scan,), internal=True)
        (record,) = await house.sequencer.committed_step(live, (note,))
        await house.store.put(Upload(key_of(each, scan.file), scan))
    ends = all_of(house, tmp_path, RetentionPeriods(attachments=30 * DAY, recordings=DAY))
    clock.forward(31 * 86400)
    assert await over_in(ends["recordings"]) == []
    (due,) = await over_in(ends["attachments"])
    assert (due.conversation, due.size) == (number, 4)
    assert await end_all(ends["attachments"]) == 1
    assert isinstance((await house.store.records(number, limit=100))[-1].entry, Deleted)
    assert await house.files.get(scan.file) == b"scan"
    assert [each.key for each in await house.store.all(Upload)] == [key_of(opened, scan.file)]
    del record


@pytest.mark.parametrize(("name", "document"), [
    ("sign_in", SignIn("digest", "anna", "csrf", AT, AT)),
    ("code", Code("sms.smpp:+79161234567", 1, "anna", "", AT, 0, ())),
    ("ticket", Ticket("sms.smpp:1", 1, 2, AT)),
    ("opt_out", OptOut("sms.smpp:+79161234567", AT, 1, 2)),
    ("flag", OutdatedReport("077-260101-0000001-4", "service/passport", "Паспорт", "fee", "5 000", "anna", AT, solved=AT)),
    ("sought", Sought("новый налог", "новый налог", 2, AT)),
    ("refused_call", RefusedCall("a1-1.1", AT, "a1/trunk", "88001002030", "+79161234567", 17)),
    ("dead_letter", DeliveryAttempt("portal/1", "portal", 1, "ru.okno.case.taken", "077-1", AT, state=EventState.TAKEN, last=AT))])
async def test_what_is_of_no_use_any_more_ends(house: Rig, clock: Clock, tmp_path: Path, name: str,
                                               document: SignIn | Code | Ticket | OptOut | OutdatedReport | Sought | RefusedCall | DeliveryAttempt) -> None:
    # SE-03: sign-ins that are over, codes, and who wanted no notices
    fields: dict[type, str] = {SignIn: "until", Code: "until", OutdatedReport: "solved", DeliveryAttempt: "last"}
    field = fields.get(type(document), "at")
    kept, gone = (replace(document, **{document.__struct_fields__[0]: key, field: at})
                  for key, at in (("kept", clock() - DAY + timedelta(hours=1) if field != "until" else clock() + DAY), ("gone", clock() - 40 * DAY)))
    await house.store.put(kept)
    await house.store.put(gone)
    ends = all_of(house, tmp_path, RetentionPeriods(conversations=30 * DAY, opt_outs=30 * DAY, flags=30 * DAY, sought=30 * DAY, events=30 * DAY))[name]
    assert [each.at for each in await over_in(ends)] == [clock() - 40 * DAY]
    assert await end_all(ends) == 1
    assert await house.store.all(type(document)) == [kept]


async def test_what_is_still_out_of_date_never_ends(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # KB-07, SE-03
    await house.store.put(OutdatedReport("077-260101-0000001-4", "service/passport", "Паспорт", "fee", "5 000", "anna", clock() - 4000 * DAY))
    assert await over_in(all_of(house, tmp_path, RetentionPeriods(flags=30 * DAY))["flag"]) == []


def test_for_ever_is_nothing_to_do(house: Rig, tmp_path: Path) -> None:
    # SE-03: 0 days
    assert set(all_of(house, tmp_path, RetentionPeriods())) == {
        "sign_in", "push_subscription", "code", "claim", "survey_pause", "file_link", "ticket", "trunk_hour", "presence_day", "adherence_excuse"}


async def answered(rig: Rig, cases: Cases, who: str, **more: object) -> Case:
    conversation = await rig.waiting(who=who, channel="web.chat")
    await rig.actions.take(ANNA, conversation)
    draft = Draft(who, CaseKind.REQUEST, "other", "Живу на Заречной, паспорт не готов", Subject("Паспорт", "МВД", Place("77")), **more)  # type: ignore[arg-type]
    case, _ = await cases.case_registration.register(ANNA, conversation, draft)
    await cases.work.act(ANNA, case.number, Act.TAKE)
    return await cases.work.act(ANNA, case.number, Act.ANSWER, why="Приходите на Заречную")


async def test_cases_end_by_the_term_of_their_law(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # SE-03: приказ Росархива от 20.12.2019 № 236; years run from the first of January after the one in which it ended
    house.ready(ANNA)
    await (cases := cases_of(house)).topic_tree.start()
    outside, by_law = await answered(house, cases, "one"), await answered(house, cases, "two", shown="паспорт")
    held, open_still = await answered(house, cases, "three"), await answered(house, cases, "four")
    await house.store.put(Hold(str(held.conversation), clock(), "boss", "запрос суда"))
    await cases.work.act(ANNA, open_still.number, Act.REOPEN, why="ответ неполон")
    ends = all_of(house, tmp_path, RetentionPeriods(), years={Label.FZ59: 5, Label.OUTSIDE: 3})["cases"]
    year, trees = clock().year, {}
    everything = [outside, by_law, held, await cases.work.find(ANNA, open_still.number)]
    before = report(everything, clock(), Sorting(By.TERRITORY, trees, 1, MOSCOW))
    clock.now = datetime(year + 4, 1, 1, tzinfo=MOSCOW) - timedelta(seconds=1)
    assert await over_in(ends) == []
    clock.forward(1)
    assert [each.name for each in await over_in(ends)] == [outside.number]
    assert await end_all(ends) == 1
    left = await house.store.get(Case, outside.number)
    assert left is not None
    assert "Заречн" not in repr(left)
    assert (left.text, left.address, left.matter, left.state, left.erased) == ("", "", Subject(place=Place("77")), CaseState.ANSWERED, clock())
    assert await house.store.get(CaseCode, outside.number) is None
    for name, value in (("person", outside.address), ("conversation", str(outside.conversation)), ("state", "answered")):
        assert outside.number not in {each.number for each in await house.store.marked(Case, name, value)}
    assert [each.number for each in await house.store.marked(Case, "numbered", "077", newest=True, limit=1)] == [open_still.number]
    audit_entry = (await house.store.audit_entries())[0][1]
    assert (audit_entry.by, audit_entry.what, audit_entry.about, audit_entry.detail) == ("", "case_erased", outside.number, "term")
    assert report([left, *everything[1:]], everything[0].due, Sorting(By.TERRITORY, trees, 1, MOSCOW)) == before  # figures are as they were
    clock.now = datetime(year + 6, 1, 1, tzinfo=MOSCOW)
    assert [each.name for each in await over_in(ends)] == [by_law.number]
    with pytest.raises(RefusedError) as refused:
        await cases.work.act(ANNA, outside.number, Act.REOPEN, why="вспомнили")
    assert refused.value.code == "erased"
    assert "cases" not in all_of(house, tmp_path, RetentionPeriods())


async def test_a_conversation_that_is_owed_an_answer_outlives_its_term(house: Rig, clock: Clock, tmp_path: Path) -> None:
    # RQ-04, SE-03: what is erased cannot be answered; once it is answered, its term is as any other's
    house.ready(ANNA)
    await (cases := cases_of(house)).topic_tree.start()
    case = await answered(house, cases, "one")
    await cases.work.act(ANNA, case.number, Act.REOPEN, why="ответ неполон")
    await house.actions.close(ANNA, case.conversation, "other")
    ends = all_of(house, tmp_path, RetentionPeriods(conversations=30 * DAY))["conversations"]
    clock.forward(31 * 86400)
    assert await over_in(ends) == []
    await cases.work.act(ANNA, case.number, Act.ANSWER, why="Всё готово")
    assert [each.conversation for each in await over_in(ends)] == [case.conversation]
    await end_all(ends)
    # Whatever is done with it now has nobody to be told to, and keeps no start from its work.
    closed = apply(await cases.work.find(ANNA, case.number), clock(), "anna", Act.CLOSE)
    await house.store.put(closed)
    await cases.case_notifications.start()
    assert await house.store.marked(Case, "untold") == []
