"""A notice of outdated information: by letter where the body has an address, once, and solved on the day on which the answer holds (KB-07, AL-10)."""

import asyncio
from datetime import timedelta

import pytest

from hub.cases.case import Case
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.cases.state import Act, CaseState
from hub.cases.transitions import apply
from hub.conversations.address import Address
from hub.conversations.conversation import InQueue
from hub.conversations.message import Attachment, Author
from hub.conversations.ports import Incoming
from hub.desk.desk import Cases
from hub.kernel.errors import RefusedError, UndeliverableError
from hub.kernel.health import ChannelCounters
from hub.knowledge.edition import CardKind
from hub.knowledge.editorial import Editorial
from hub.knowledge.outdated_flag import FlagState, OutdatedReport
from hub.knowledge.public_services import Fee
from hub.notifications.notice import NoticeState
from tests.cases.case_rig import cases_of
from tests.knowledge.cards import CARDS
from tests.rig import ANNA, BOSS, MOSCOW, OLGA, Rig, eventually

MAIL = "email.test"
DAY_S = 86_400


class Bench:
    """What a notice goes through, over the rig."""

    def __init__(self, rig: Rig, editorial: Editorial, cases: Cases, mail: str) -> None:
        self.rig, self.editorial, self.cases = rig, editorial, cases
        self.flagging = OutdatedInfoReports(rig.store, editorial, cases.case_registration, cases.topic_tree, rig.notification_sender, lambda: mail, "general")
        editorial.on_change.subscribe(lambda _: self.flagging.published())
        rig.letters.by = self.flagging

    async def close(self) -> None:
        await self.flagging.close()
        await self.editorial.close()

    async def state(self, number: str) -> CaseState:
        case = await self.rig.store.get(Case, number)
        assert case is not None
        return case.state


async def bench(rig: Rig, mail: str = MAIL) -> Bench:
    rig.carriers[MAIL] = rig.carrier
    rig.counters[MAIL] = ChannelCounters(rig.clock)
    editorial, cases = Editorial(rig.store, rig.clock, MOSCOW), cases_of(rig)
    await cases.topic_tree.start()
    await editorial.start(lambda: CARDS)
    made = Bench(rig, editorial, cases, mail)
    await made.flagging.start()
    return made


async def test_the_body_gets_field_old_value_and_evidence_by_letter(rig: Rig) -> None:
    # KB-07, AL-10
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "fee", "Приказ № 5")
    assert (flag.state, await at.state(flag.case)) == (FlagState.SENT, CaseState.SENT)
    notice = rig.notification_sender.find(f"outdated-{flag.case}")
    assert (notice.due, notice.address) == (rig.clock(), Address(MAIL, "gibdd@body.example", flag.case))  # nobody is woken at six by it
    await eventually(lambda: _carried(rig))
    text = rig.carrier.carried[0].entry.text  # type: ignore[union-attr]
    assert all(words in text for words in ("Водительское удостоверение. Стоимость.", "Сейчас указано: 2000", "Основание: Приказ № 5", flag.case))
    assert await at.flagging.flag(OLGA, CardKind.SERVICE, "licence", "fee", "") == flag
    await at.close()


async def _carried(rig: Rig) -> bool:
    return bool(rig.carrier.carried)


async def writes(rig: Rig, case: str, key: str, text: str, sender: str = "gibdd@body.example") -> None:
    """A letter that answers the notice comes."""
    done = asyncio.get_running_loop().create_future()
    rig.message_intake.accept(Incoming(Address(MAIL, sender, case), key, text, (Attachment("0" * 64, "приказ.pdf", "application/pdf", 9),), written=True),
                         done.set_result)
    await done


async def test_what_the_body_writes_stands_beside_the_notice_and_is_no_question_to_the_robot(rig: Rig) -> None:
    # KB-07, AL-10
    at = await bench(rig)
    told: list[OutdatedReport] = []
    at.flagging.on_flag.subscribe(told.append)
    flag = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "fee", "")
    other = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "term", "")
    await writes(rig, flag.case, "1", "Теперь 3 000")
    await writes(rig, flag.case, "1", "Теперь 3 000")  # brought once more
    await writes(rig, flag.case, "2", "С первого числа", "inspector@body.example")  # a person answers from a mailbox of his own
    await writes(rig, other.case, "3", "стоп")

    async def taken() -> bool:
        return [len(each.replies) for each in at.flagging.open] == [2, 1]
    await eventually(taken)
    known = at.flagging.open[0]
    assert (known.state, [(each.by, each.text, each.files) for each in known.replies]) == (FlagState.REPLIED, [
        ("gibdd@body.example", "Теперь 3 000", ("приказ.pdf",)), ("inspector@body.example", "С первого числа", ("приказ.pdf",))])
    assert told[-1].case == other.case
    await rig.settled()
    assert await rig.store.owed() == []
    await eventually(lambda: _carried(rig))
    assert {getattr(record.entry, "author", None) for record in rig.carrier.carried} == {Author.SYSTEM}  # the robot has said nothing
    await at.close()


async def test_a_letter_that_comes_when_nobody_waits_is_anybodys(rig: Rig) -> None:
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "fee", "")
    await at.flagging.confirm(OLGA, flag.case, "Всё верно")
    await writes(rig, flag.case, "late", "Всё-таки 3 000")

    async def handed() -> bool:
        return any(isinstance(each.holder, InQueue) for each in await rig.store.with_addresses([Address(MAIL, "gibdd@body.example")]))
    await eventually(handed)
    await at.close()


async def test_a_letter_that_was_lost_is_sent_otherwise(rig: Rig) -> None:
    # AL-10
    rig.carrier.always = UndeliverableError
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "fee", "")

    async def lost() -> bool:
        return (await at.flagging.letter(flag))[0] is NoticeState.FAILED
    await eventually(lost)
    assert (await at.flagging.send(OLGA, flag.case)).by_hand
    assert await at.state(flag.case) is CaseState.SENT
    with pytest.raises(RefusedError, match="уже отправлено"):
        await at.flagging.send(OLGA, flag.case)
    await at.close()


async def test_whoever_has_flagged_it_is_told_once_though_he_was_away(rig: Rig) -> None:
    # KB-07
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "fee", "")
    await at.flagging.confirm(OLGA, flag.case, "Всё верно")
    own = await at.flagging.flag(OLGA, CardKind.SERVICE, "licence", "term", "")
    await at.flagging.confirm(OLGA, own.case, "Всё верно")
    assert at.flagging.untold("olga") == []  # she knows
    await at.close()
    again = await bench(rig)
    assert [(each.case, each.answer) for each in again.flagging.untold("anna")] == [(flag.case, "Всё верно")]
    with pytest.raises(RefusedError):
        await again.flagging.seen(OLGA, flag.case)
    await again.flagging.seen(ANNA, flag.case)
    assert again.flagging.untold("anna") == await rig.store.marked(OutdatedReport, "untold") == []
    await again.close()


async def test_without_a_way_it_waits_in_the_list(rig: Rig) -> None:
    # AL-10
    at = await bench(rig, mail="")
    flag = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "term", "")
    assert (flag.state, await at.state(flag.case)) == (FlagState.RAISED, CaseState.REGISTERED)
    await at.flagging.send(OLGA, flag.case)
    assert await at.state(flag.case) is CaseState.SENT
    with pytest.raises(RefusedError, match="уже отправлено"):
        await at.flagging.send(OLGA, flag.case)
    await at.close()


async def test_the_warning_stays_until_the_answer_holds_whatever_stops_meanwhile(rig: Rig) -> None:
    # KB-07
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, CardKind.SERVICE, "licence", "fee", "")
    draft = (await at.flagging.answer(OLGA, flag.case, "Теперь 3 000", {"rubles": 3000})).draft
    await at.editorial.check(OLGA, CardKind.SERVICE, "licence", draft)
    await at.editorial.publish(BOSS, CardKind.SERVICE, "licence", draft, at.editorial.today + timedelta(days=2))
    await at.flagging.solve()
    assert [each.state for each in at.flagging.open] == [FlagState.ANSWERED]
    await at.close()
    rig.clock.forward(2 * DAY_S)
    again = await bench(rig)  # the hub was down at that midnight
    assert again.editorial.handbook().services["licence"].fee == Fee(rubles=3000)
    assert again.flagging.open == []
    assert await again.state(flag.case) is CaseState.ANSWERED
    await again.close()


async def test_a_case_that_was_ended_by_hand_is_left_alone(rig: Rig) -> None:
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, CardKind.OFFICE, "exam", "hours", "")
    case = await rig.store.get(Case, flag.case)
    assert case is not None
    await rig.store.put(ended := _withdrawn(case, rig))
    assert (await at.flagging.confirm(OLGA, flag.case, "Всё верно")).state is FlagState.SOLVED
    assert await rig.store.get(Case, flag.case) == ended
    await at.close()


def _withdrawn(case: Case, rig: Rig) -> Case:
    return apply(case, rig.clock(), "boss", Act.WITHDRAW, why="Ошибка")
