"""Submits a registered case to a department's system, and stores the receipt as a step of the case (IN-03, CM-05).

It is submitted first and recorded afterwards: an interrupted submission is repeated, since its key is the case's own. A refused or
unanswered one is kept until the case is submitted.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.access.operator import Operator
from hub.cases.actions import CaseActions
from hub.cases.case import Case
from hub.cases.lists import between
from hub.cases.state import Act
from hub.cases.transitions import TRANSITIONS
from hub.conversations.ports import Store
from hub.integrations.department_client import DepartmentClients
from hub.integrations.department_systems import Submission, Unsent
from hub.kernel.errors import RefusedError

SHOWN = timedelta(days=30)
"""Age of the listed cases."""
INCLUDED = timedelta(seconds=1)
"""Includes cases registered at this very moment: the end of a period is exclusive."""


class HandedIn(Struct, frozen=True):
    """A case with the receipt of a system; or that was not taken, and why."""

    number: str
    system: str
    at: datetime
    told: str
    taken: bool


class CaseSubmission:
    def __init__(self, work: CaseActions, systems: DepartmentClients, store: Store, now: Callable[[], datetime]) -> None:
        self._work, self._systems, self._store, self._now = work, systems, store, now

    async def submit(self, who: Operator, number: str, system: str) -> Case:
        """Raises RefusedError as cases/actions.py does, and `system_away`, `system_refused`, `no_such_system`: the case is unchanged."""
        case = await self._work.find(who, number)
        if system not in self._systems.taking():
            raise RefusedError("no_such_system", "Такой системы нет.")
        title = self._systems.agreed[system].title
        self._work.check(who, case, Act.SEND, title)
        try:
            receipt = await self._systems.submit(system, submission_of(case))
        except RefusedError as error:
            await self._store.put(Unsent(case.number, system, self._now(), error.text))
            raise
        done = await self._work.act(who, number, Act.SEND, why=f"Принято под № {receipt.number}, {receipt.at:%d.%m.%Y}", to=title)
        if unsent := await self._store.get(Unsent, case.number):
            await self._store.exchange((), (unsent,))
        return done

    async def handed_in(self, who: Operator, lines: Sequence[str]) -> list[HandedIn]:
        """Cases of the operator's lines: first the open failures, then the submitted ones, newest first."""
        keys = {title: key for key, title in self._systems.taking().items()}
        failed = [HandedIn(each.number, each.system, each.at, each.why, taken=False)
                  for each in await self._store.all(Unsent) if self._waits(who, await self._store.get(Case, each.number))]
        now = self._now()
        taken = [HandedIn(case.number, keys[step.to], step.at, step.why, taken=True)
                 async for case in between(self._store, "home", lines, now - SHOWN, now + INCLUDED) if self._work.sees(who, case)
                 for step in case.steps if step.act is Act.SEND and step.to in keys]
        return [*_newest_first(failed), *_newest_first(taken)]

    def _waits(self, who: Operator, case: Case | None) -> bool:
        return case is not None and case.state in TRANSITIONS[Act.SEND].moves and self._work.sees(who, case)


def _newest_first(handed: list[HandedIn]) -> list[HandedIn]:
    return sorted(handed, key=lambda each: each.at, reverse=True)


def submission_of(case: Case) -> Submission:
    """The data of a submission. After the case was returned it is a new one."""
    sent = sum(step.act is Act.SEND for step in case.steps)
    matter = case.matter
    return Submission(f"{case.number}.{sent}", case.kind, case.number, case.text, case.received, matter.service, matter.authority)
