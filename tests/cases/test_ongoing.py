"""A violation that goes on has an urgent path (CM-10)."""

from hub.cases.case import Case, CaseKind, Subject, alarms
from hub.cases.state import Act
from hub.conversations.callback_promise import DAY
from hub.desk.cases.parts import Cases
from tests.cases.test_actions import cases, draft, held
from tests.rig import ANNA, Rig

__all__ = ["cases"]


async def test_a_violation_that_goes_on_is_due_within_a_day(rig: Rig, cases: Cases) -> None:
    # CM-10: told to the citizen, first in the list, with the law's terms as they are
    conversation = await held(rig, channel="web.chat")
    usual, urgent = [(await cases.case_registration.register(ANNA, conversation, draft(str(goes_on), CaseKind.COMPLAINT, matter=Subject(
        "passport", ongoing=goes_on), shown="паспорт РФ")))[0] for goes_on in (False, True)]
    await cases.work.act(ANNA, usual.number, Act.TAKE)
    assert urgent.due == urgent.registered + DAY < usual.due
    assert urgent.ruling.answer == usual.ruling.answer
    assert alarms(urgent, urgent.registered + DAY * 0.81) == (80,)
    assert [each.number for each in await rig.store.marked(Case, "due", limit=2)] == [urgent.number, usual.number]
    later = await cases.work.restate(ANNA, usual.number, Subject("passport", ongoing=True))
    assert later.due == rig.clock() + DAY
    over = await cases.work.restate(ANNA, usual.number, Subject("passport"))
    assert over.due == later.due  # what was told stays
