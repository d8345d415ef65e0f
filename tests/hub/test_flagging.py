"""A notice of outdated information: by letter where the body has an address, once, and solved on the day on which the answer holds (KB-07, AL-10)."""

from datetime import timedelta

import pytest

from hub.case_steps import stepped
from hub.cases import Act, Case, CaseState
from hub.contacts import Address
from hub.desk.desk import Cases
from hub.editing import Editing
from hub.editions import Sort
from hub.errors import RefusedError
from hub.flagging import Flagging
from hub.notices import NoticeState
from hub.outdated import FlagState
from hub.public_services import Fee
from hub.vitals import Vitals
from tests.hub.carding import CARDS
from tests.hub.casing import cases_of
from tests.hub.rig import ANNA, BOSS, MOSCOW, OLGA, Rig, eventually

MAIL = "email.test"
DAY_S = 86_400


class Bench:
    """What a notice goes through, over the rig."""

    def __init__(self, rig: Rig, editing: Editing, cases: Cases, mail: str) -> None:
        self.rig, self.editing, self.cases = rig, editing, cases
        self.flagging = Flagging(rig.store, editing, cases.registering, cases.classifier, rig.outreach, lambda: mail, "general")
        editing.on_change = lambda _: self.flagging.published()

    async def close(self) -> None:
        await self.flagging.close()
        await self.editing.close()

    async def state(self, number: str) -> CaseState:
        case = await self.rig.store.get(Case, number)
        assert case is not None
        return case.state


async def bench(rig: Rig, mail: str = MAIL) -> Bench:
    rig.carriers[MAIL] = rig.carrier
    rig.vitals[MAIL] = Vitals(rig.clock)
    editing, cases = Editing(rig.store, rig.clock, MOSCOW), cases_of(rig)
    await cases.classifier.start()
    await editing.start(lambda: CARDS)
    made = Bench(rig, editing, cases, mail)
    await made.flagging.start()
    return made


async def test_the_body_gets_field_old_value_and_evidence_by_letter(rig: Rig) -> None:
    # KB-07, AL-10
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, Sort.SERVICE, "licence", "fee", "Приказ № 5")
    assert (flag.state, await at.state(flag.case)) == (FlagState.SENT, CaseState.SENT)
    notice = rig.outreach.find(f"outdated-{flag.case}")
    assert (notice.state, notice.address) == (NoticeState.PENDING, Address(MAIL, "gibdd@body.example"))  # it is six in the morning
    rig.clock.forward(3 * 3600)
    rig.outreach.look()
    await eventually(lambda: _carried(rig))
    text = rig.carrier.carried[0].entry.text  # type: ignore[union-attr]
    assert all(words in text for words in ("Водительское удостоверение. Стоимость.", "Сейчас указано: 2000", "Основание: Приказ № 5"))
    assert await at.flagging.flag(OLGA, Sort.SERVICE, "licence", "fee", "") == flag
    await at.close()


async def _carried(rig: Rig) -> bool:
    return bool(rig.carrier.carried)


async def test_without_a_way_it_waits_in_the_list(rig: Rig) -> None:
    # AL-10
    at = await bench(rig, mail="")
    flag = await at.flagging.flag(ANNA, Sort.SERVICE, "licence", "term", "")
    assert (flag.state, await at.state(flag.case)) == (FlagState.RAISED, CaseState.REGISTERED)
    await at.flagging.send(OLGA, flag.case)
    assert await at.state(flag.case) is CaseState.SENT
    with pytest.raises(RefusedError, match="уже отправлено"):
        await at.flagging.send(OLGA, flag.case)
    await at.close()


async def test_the_warning_stays_until_the_answer_holds_whatever_stops_meanwhile(rig: Rig) -> None:
    # KB-07
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, Sort.SERVICE, "licence", "fee", "")
    draft = (await at.flagging.answer(OLGA, flag.case, "Теперь 3 000", {"rubles": 3000})).draft
    await at.editing.check(OLGA, Sort.SERVICE, "licence", draft)
    await at.editing.publish(BOSS, Sort.SERVICE, "licence", draft, at.editing.today + timedelta(days=2))
    await at.flagging.solve()
    assert [each.state for each in at.flagging.open] == [FlagState.ANSWERED]
    await at.close()
    rig.clock.forward(2 * DAY_S)
    again = await bench(rig)  # the hub was down at that midnight
    assert again.editing.handbook().services["licence"].fee == Fee(rubles=3000)
    assert again.flagging.open == []
    assert await again.state(flag.case) is CaseState.ANSWERED
    await again.close()


async def test_a_case_that_was_ended_by_hand_is_left_alone(rig: Rig) -> None:
    at = await bench(rig)
    flag = await at.flagging.flag(ANNA, Sort.OFFICE, "exam", "hours", "")
    case = await rig.store.get(Case, flag.case)
    assert case is not None
    await rig.store.put(ended := _withdrawn(case, rig))
    assert (await at.flagging.confirm(OLGA, flag.case, "Всё верно")).state is FlagState.SOLVED
    assert await rig.store.get(Case, flag.case) == ended
    await at.close()


def _withdrawn(case: Case, rig: Rig) -> Case:
    return stepped(case, rig.clock(), "boss", Act.WITHDRAW, why="Ошибка")
