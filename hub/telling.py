"""Tells a case's conversation what became of it: the citizen where the law wants notice, the operators always.

A case is stored first, and what is told of it is owed until its conversation has it: a message's key is the step's, so that nothing is
said twice, and what a crash cut off is said at the next start.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import tzinfo

from msgspec.structs import replace

from hub.case_steps import STATES
from hub.cases import Act, Case, CaseStep, Label, family
from hub.due import last_day
from hub.errors import ConflictError, OknoError
from hub.following import Following, spoken
from hub.lanes import Lanes
from hub.message import Author, Message
from hub.ports import Store
from hub.tasks import Tasks

log = logging.getLogger(__name__)

AGAIN_S = 5.0
SPOKEN = frozenset({"voice"})
"""Families of channels in which the operator says it: nothing that is written would be read."""
LABELS = {Label.FZ59: "59-ФЗ", Label.FZ210: "210-ФЗ", Label.OUTSIDE: ""}
CODE = ("Код для просмотра: {code}. Никому его не сообщайте. По номеру и коду ход обращения виден на сайте центра; "
        "или пришлите «статус {number} {digits}».")


class Telling:
    def __init__(self, lanes: Lanes, store: Store, following: Following, zone: tzinfo, *,
                 named: Callable[[str], str], federal: Callable[[str], bool]) -> None:
        """`named` gives the title of a line, or any other key as it is; `federal` tells whether a line is the federal centre's."""
        self._lanes, self._store, self._following, self._zone = lanes, store, following, zone
        self._named, self._federal = named, federal
        self._turn = asyncio.Lock()
        self._tasks = Tasks()

    async def start(self) -> None:
        while untold := await self._store.marked(Case, "untold"):
            for case in untold:
                await self.tell(case.number)

    async def tell(self, number: str) -> str:
        """Tell all that is not told yet; gives the code of a new case that its operator must say. Raises StoreError."""
        code = ""
        async with self._turn:
            while (case := await self._store.get(Case, number)) is not None and case.told < len(case.steps):
                code = await self._say(case, case.told) or code
                try:
                    await self._store.exchange((replace(case, told=case.told + 1),), (), seen=(case,))
                except ConflictError:
                    continue  # its next step has come meanwhile: what is said already has its key
        return code

    def owe(self, number: str) -> None:
        """The same, as soon as the store lets."""
        self._tasks.spawn(self._owed(number))

    async def _owed(self, number: str) -> None:
        while True:
            try:
                await self.tell(number)
            except OknoError as error:
                log.warning("a case is told of later", extra={"case": number, "why": str(error)})
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _say(self, case: Case, place: int) -> str:
        lane = await self._lanes.load(case.conversation)
        if lane.head.erased is not None:
            return ""  # whom it is to be told to is known no more
        step, key = case.steps[place], f"case/{case.number}/{place}"
        aloud = family(lane.head.address) in SPOKEN
        if ("", key) in lane.keys:
            return ""
        now, code = self._lanes.now(), ""
        text, hidden = self.words(case, step), self._hidden(lane.head.queue, case, step)
        if hidden and not text:
            return ""
        said = [Message(Author.SYSTEM, text or self._note(step, case), now, key=key, internal=not text, veiled=hidden)]
        if step.act is Act.REGISTER:
            code = await self._following.issue(case.number, step.by)
            if not aloud:
                words = CODE.format(code=spoken(code), number=case.number, digits=code)
                said.append(Message(Author.SYSTEM, words, now, veiled=True))
        await self._lanes.committed_step(lane, said)
        return code if aloud else ""

    def _hidden(self, queue: str, case: Case, step: CaseStep) -> bool:
        """Whether the federal centre, which the citizen has spoken to, must not see what another one makes of his case (FD-04, D19)."""
        return step.act not in {Act.REGISTER, Act.PASS} and self._federal(queue) and not self._federal(case.home)

    def words(self, case: Case, step: CaseStep) -> str:  # noqa: PLR0911 - one screen shows all that citizens are told
        """What the citizen is told of a step; "" for what is the operators' alone."""
        match step.act:
            case Act.REGISTER:
                law = f" ({LABELS[case.ruling.label]})" if case.ruling.label is not Label.OUTSIDE else ""
                offer = f" {case.ruling.offer}" if case.ruling.offer else ""
                return f"Обращение зарегистрировано: № {case.number}{law}. Ответ — до {last_day(case.due, self._zone)}.{offer}"
            case Act.SEND | Act.PASS | Act.FORWARD:
                return f"Обращение № {case.number} передано: {self._named(step.to)}.{_why(step)}"
            case Act.EXTEND:
                return f"Срок ответа на обращение № {case.number} продлён до {last_day(case.due, self._zone)}.{_why(step)}"
            case Act.SUSPEND:
                return f"Рассмотрение обращения № {case.number} приостановлено.{_why(step)}"
            case Act.RESUME | Act.REOPEN:
                return f"Рассмотрение обращения № {case.number} возобновлено. Ответ — до {last_day(case.due, self._zone)}."
            case Act.ANSWER:
                return f"Ответ на обращение № {case.number}:\n{step.why}"
            case Act.WITHDRAW:
                return f"Обращение № {case.number} отозвано по вашей просьбе."
            case Act.MERGE:
                return f"Обращение № {case.number} рассматривается вместе с обращением № {step.to}."
            case Act.PART:
                return f"Обращение № {case.number} снова рассматривается отдельно."
            case _:
                return ""

    def _note(self, step: CaseStep, case: Case) -> str:
        return f"Обращение № {case.number}: {STATES[step.state]}{f' → {self._named(step.to)}' if step.to else ''}.{_why(step)}"


def _why(step: CaseStep) -> str:
    return f" {step.why.rstrip('.')}." if step.why else ""
