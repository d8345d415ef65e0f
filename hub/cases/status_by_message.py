"""Status of a case by message: «статус НОМЕР КОД», with its number and code (RQ-04)."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from hub.cases.case import Case
from hub.cases.state import OWED, STATES, CaseState
from hub.cases.tracking import CaseTracking
from hub.cases.transitions import authority_of
from hub.conversations.conversation import Conversation
from hub.conversations.message import Message
from hub.conversations.ports import HubReply
from hub.conversations.redaction import CODE
from hub.kernel.errors import RefusedError

ASKED = re.compile(rf"\s*(?:статус|status)\s+(?:№\s*)?([\d-]{{17,24}})\s+({CODE})\s*\.?", re.IGNORECASE)
Visit = Callable[[Conversation, str], Awaitable[HubReply]]
"""The text about an appointment, by its number, for a citizen with its code. Raises RefusedError for an unknown number."""


class Statuses:
    def __init__(self, following: CaseTracking, day: Callable[[datetime], str], named: Callable[[str], str],
                 federal: Callable[[str], bool], visit: Visit) -> None:
        """`day` formats a deadline, `named` the title of a line or a centre; `federal` tells whether a line is the federal centre's.

        `visit` handles appointments, which have a number and a code as well: keys pressed on a telephone do not tell the two apart.
        """
        self._following, self._day, self._named, self._federal, self._visit = following, day, named, federal, visit

    def asked(self, message: Message) -> tuple[str, ...] | None:
        """The number and the code of a message that consists of the question."""
        found = ASKED.fullmatch(message.text)
        return (found[1], found[2]) if found else None

    async def answer(self, head: Conversation, *asked: str) -> HubReply | None:
        """Raises StoreError. The federal centre tells who has a case, and no more (FD-04)."""
        number, code = asked
        try:
            proven = await self._following.proven_at(number, code, head.address)
            case = await self._following.case(proven)
            if case is None:
                return await self._visit(head, proven)
        except RefusedError as refused:
            return HubReply(refused.text)
        if self._federal(head.queue):
            return HubReply(f"Обращение № {case.number} передано: {self._named(case.away.centre if case.away else case.home)}.")
        return HubReply(self.words(case))

    def words(self, case: Case) -> str:
        due = f" Ответ — до {self._day(case.due)}." if case.state in OWED else ""
        to = f": {self._whither(case)}" if self._whither(case) else ""
        traits = STATES[case.state]
        further = f" {traits.next}" if traits.next else ""
        return f"Обращение № {case.number}: {traits.title}{to}.{due}{further}"

    def _whither(self, case: Case) -> str:
        """The external holder, and the state there."""
        if case.elsewhere and case.away is not None:
            number = f", № {case.away.number}" if case.away.number else ""
            state = f", {STATES[CaseState(case.away.state)].title}" if case.away.state else ""
            return f"{self._named(case.away.centre)}{number}{state}"
        return self._named(authority) if (authority := authority_of(case)) else ""
