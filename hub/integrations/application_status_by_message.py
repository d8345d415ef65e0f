"""Status of an application by message, «заявление НОМЕР СНИЛС СЛОВО», or by the robot (ST-01, AL-08)."""

import re
from zoneinfo import ZoneInfo

from hub.conversations.conversation import Conversation
from hub.conversations.message import Message
from hub.conversations.ports import HubReply
from hub.conversations.redaction import HIDDEN, LOST
from hub.conversations.sequencer import ConversationSequencer
from hub.integrations.application_status import PROVE, PROVE_BY_KEYS, Question, said, words
from hub.integrations.application_status_service import SELF, ApplicationStatusService
from hub.kernel.errors import RefusedError
from hub.robot.ports import Reply

ASKED = re.compile(
    r"\s*(?:заявление|application)\s+(?:№\s*)?(?!\d{3}-\d{6}-\d{7})(?=\S*\d)([\w/-]{4,25})"
    rf"(?:[\s,;]+(?:снилс\s*)?({HIDDEN}|(\d{{3}}[\s-]?\d{{3}}[\s-]?\d{{3}}[\s-]?\d\d)(?:[\s,;]+(?:кодовое\s+)?(?:слово\s+)?(\S.{{0,199}}?))?))?\s*[.!?]?",
    re.IGNORECASE)
"""A case number is not an application's: its status is requested by «статус»."""
AWAY = "{wrong} Выберите «перезвоните мне», и мы ответим в течение 24 часов."
CALL_BACK = "Перезвоните мне"


class StatusAsking:
    """hub.conversations.ports.HubAnswers, and hub.robot.ports.ApplicationStates."""

    def __init__(self, application_status: ApplicationStatusService, sequencer: ConversationSequencer, zone: ZoneInfo) -> None:
        self._application_status, self._sequencer, self._zone = application_status, sequencer, zone

    def asked(self, message: Message) -> tuple[str, ...] | None:
        """Number, СНИЛС, code word or name, and the original spelling of both; None for other messages, or without a system."""
        if not self._application_status.any or (found := ASKED.fullmatch(message.text)) is None:
            return None
        return found[1].upper(), found[3] or "", found[4] or "", found[2] or ""

    async def answer(self, head: Conversation, *asked: str) -> HubReply:
        number, snils, proof, written = asked
        return HubReply(LOST.text) if written.endswith(HIDDEN) else await self._answer(head, said(number, snils, proof))

    async def known(self, conversation: str) -> bool:
        return conversation.isdecimal() and self._application_status.known((await self._sequencer.load(int(conversation))).head)

    async def told(self, conversation: str, number: str, snils: str, proof: str) -> Reply | None:
        if not (self._application_status.any and conversation.isdecimal()):
            return None
        head = (await self._sequencer.load(int(conversation))).head
        # In a federal line an operator hands it to the centre of the place (FD-04, D1).
        if not self._application_status.possible(head):
            return None
        told = await self._answer(head, said(number, snils, proof))
        return Reply(told.text, told.choices)

    async def _answer(self, head: Conversation, question: Question) -> HubReply:
        try:
            if not (question.proves or self._application_status.known(head)):
                return HubReply(PROVE_BY_KEYS if self._sequencer.traits.of(head.address).spoken else PROVE)
            return HubReply(words(await self._application_status.ask(head, question, "", SELF), self._application_status.required,
                                  self._zone))
        except RefusedError as refused:
            away = refused.code == "system_away"
            return HubReply(AWAY.format(wrong=_for_him(refused)), (CALL_BACK,)) if away else HubReply(refused.text)


def _for_him(refused: RefusedError) -> str:
    """The first sentence is for the citizen, the second for an operator."""
    return f"{refused.text.partition('. ')[0]}."
