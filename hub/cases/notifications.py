"""Notifications of a case in its conversation: to the citizen where the law requires it, always to the operators.

A case is stored first, and its notifications are pending until they are in the conversation: a message's key is the step's, so that
nothing is sent twice, and the next start sends what a crash cut off.
"""

from collections.abc import Callable
from datetime import tzinfo

from hub.cases.case import Case, CaseStep, Label
from hub.cases.state import STATES, Act
from hub.cases.tracking import CaseTracking, spoken
from hub.cases.transitions import TRANSITIONS
from hub.conversations.callback_promise import promise
from hub.conversations.conversation import Conversation
from hub.conversations.journal import ConversationEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.promise_creation import open_call_promise
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.step_outbox import StepOutbox
from hub.organisation.legal_terms import last_day

CASE_ANSWERED = "case_answered"
"""Reason why a call's conversation goes to the promises: its case was answered."""
LABELS = {Label.FZ59: "59-ФЗ", Label.FZ210: "210-ФЗ", Label.OUTSIDE: ""}
CODE = ("Код для просмотра: {code}. Никому его не сообщайте. По номеру и коду ход обращения виден на сайте центра; "
        "или пришлите «статус {number} {digits}».")

CODE_ALOUD = ("Код для просмотра: {code}. Повторяю: {code}. Запишите номер и код и никому их не сообщайте. "
              "О ходе обращения можно узнать на сайте центра и по этому телефону.")


class CaseNotifications:
    def __init__(self, sequencer: ConversationSequencer, store: Store, following: CaseTracking, zone: tzinfo, *,
                 named: Callable[[str], str], federal: Callable[[str], bool]) -> None:
        """`named` gives the title of a line or a centre, or any other key as it is; `federal` tells whether a line is federal."""
        self._sequencer, self._following, self._zone = sequencer, following, zone
        self._named, self._federal = named, federal
        self._steps = StepOutbox(store, Case, self._say)
        self.start, self.tell, self.owe, self.close = self._steps.start, self._steps.tell, self._steps.owe, self._steps.close

    async def _say(self, case: Case, place: int) -> str:
        if not case.conversation:
            return ""
        live = await self._sequencer.load(case.conversation)
        if live.head.erased is not None:
            return ""  # the recipient is no longer known
        step, key = case.steps[place], f"case/{case.number}/{place}"
        traits = self._sequencer.traits.of(live.head.address)
        aloud, by_hand = traits.spoken, traits.by_hand
        if ("", key) in live.keys:
            return ""
        now, code = self._sequencer.now(), ""
        text, hidden = self.words(case, step), self._hidden(live.head.queue, case, step)
        if hidden and not text:
            return ""
        said = [Message(Author.SYSTEM, text or self._note(step, case), now, key=key, internal=not text, veiled=hidden)]
        if step.act is Act.REGISTER:
            code = await self._following.issue(case.number, step.by)
            if not (aloud or by_hand) or not step.by:  # the operator says it, or writes it into the answer
                words = (CODE_ALOUD if aloud else CODE).format(code=spoken(code), number=case.number, digits=code)
                said.append(Message(Author.SYSTEM, words, now, veiled=True))
        entries, head = self._owed(live.head, case, step) if aloud or by_hand else ((), None)
        await self._sequencer.committed_step(live, (*said, *entries), head=head)
        return code if (aloud or by_hand) and step.by else ""

    def _owed(self, head: Conversation, case: Case, step: CaseStep) -> tuple[tuple[ConversationEvent, ...], Conversation | None]:
        """A caller cannot get a written answer, so a call is owed; a letter on paper is answered on paper (59-ФЗ ст. 10).

        An operator who talks with the citizen at this moment says it and marks it as said. An anonymous caller cannot be called:
        number and code of the case give access to the answer.
        """
        traits = self._sequencer.traits
        by_hand = traits.of(head.address).by_hand
        if step.act is not Act.ANSWER or head.promise is not None or not (by_hand or traits.number_of(head.address)):
            return (), None
        how = "напечатайте его и отправьте." if by_hand else "сообщите его по телефону."
        owed = promise(self._sequencer.now(), head.address, f"Ответ на обращение № {case.number}: {how}")
        return open_call_promise(head, owed, head.queue or case.line, self._sequencer.now(), CASE_ANSWERED)

    def _hidden(self, queue: str, case: Case, step: CaseStep) -> bool:
        """Whether another centre's steps must be hidden from the federal centre that the citizen talked to (FD-04, D19)."""
        elsewhere = not self._federal(case.home) or case.away is not None
        return not TRANSITIONS[step.act].federal and self._federal(queue) and elsewhere

    def words(self, case: Case, step: CaseStep) -> str:
        """The text of a step for the citizen; "" for steps shown to operators only."""
        if (notice := TRANSITIONS[step.act].notice) is None:
            return ""
        law = "" if case.ruling.label is Label.OUTSIDE else f" ({LABELS[case.ruling.label]})"
        offer = f" {case.ruling.offer}" if case.ruling.offer else ""
        return notice.message.format(number=case.number, due=last_day(case.due, self._zone), to=self._named(step.to), why=step.why,
                                     reason=_reason(step), law=law, offer=offer)

    def _note(self, step: CaseStep, case: Case) -> str:
        return f"Обращение № {case.number}: {STATES[step.state].title}{f' → {self._named(step.to)}' if step.to else ''}.{_reason(step)}"


def _reason(step: CaseStep) -> str:
    return f" {step.why.rstrip('.')}." if step.why else ""
