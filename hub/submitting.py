"""Hands a registered case to a department's system, and keeps the receipt as the case's own step (IN-03, CM-05).

Handed in first, and told after that: what is cut off in between is done by repeating it, since the key of a submission is the case's own.
"""

from hub.cases import Act, Case
from hub.casework import Casework
from hub.errors import RefusedError
from hub.inquiring import Systems
from hub.operators import Operator
from hub.systems import Submission


class Submitting:
    def __init__(self, work: Casework, systems: Systems) -> None:
        self._work, self._systems = work, systems

    async def submit(self, who: Operator, number: str, system: str) -> Case:
        """Raises RefusedError as casework.py does, and `system_away`, `system_refused`, `no_such_system`: then nothing is changed."""
        case = await self._work.find(who, number)
        if system not in self._systems.agreed:
            raise RefusedError("no_such_system", "Такой системы нет.")
        title = self._systems.agreed[system].title
        self._work.check(who, case, Act.SEND, title)
        receipt = await self._systems.submit(system, submission_of(case))
        return await self._work.act(who, number, Act.SEND, why=f"Принято под № {receipt.number}, {receipt.at:%d.%m.%Y}", to=title)


def submission_of(case: Case) -> Submission:
    """A case as it is handed in. Sent again after it came back is another one."""
    sent = sum(step.act is Act.SEND for step in case.steps)
    matter = case.matter
    return Submission(f"{case.number}.{sent}", case.kind, case.number, case.text, case.received, matter.service, matter.authority)
