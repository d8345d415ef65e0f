"""Redaction of messages: codes beside a number, СНИЛС, and possible proofs of identity are kept out of the store (ST-04)."""

import re
from collections.abc import Sequence

from hub.conversations.conversation import Conversation, proves, robot_of
from hub.conversations.journal import ConversationEvent
from hub.conversations.message import CITIZEN, Message
from hub.conversations.ports import HubAnswers
from hub.conversations.redaction import Redacted, SecretRedactor, without_snils
from hub.robot.answers_by_sms import BY_SMS
from hub.robot.ports import DialogueEngine

_NUMBER = re.compile(r"\d")
"""A quick test: only messages with a digit can name a case, an appointment, an application or a СНИЛС."""
_ASKED = re.compile(rf"\d|{BY_SMS}")
NumberQuery = tuple[HubAnswers, tuple[str, ...]]
"""The service that answers a number query, and the numbers in it."""


class MessageSecrets:
    """Redacts messages before they are stored, and keeps the hidden words in memory until they are answered."""

    def __init__(self, answers: Sequence[HubAnswers], engine: DialogueEngine) -> None:
        """`answers` are asked in order whether they answer a number query."""
        self._answers, self._engine, self._redactor = tuple(answers), engine, SecretRedactor()

    def query(self, entry: ConversationEvent) -> NumberQuery | None:
        """The number query, or the wish for an SMS, that the hub answers itself, whoever holds the conversation; None for others."""
        if not (isinstance(entry, Message) and entry.author is CITIZEN and not entry.attachments and _ASKED.search(entry.text)):
            return None
        message = self._redactor.whole(entry)
        return next(((each, found) for each in self._answers if (found := each.asked(message)) is not None), None)

    def hide_code(self, message: Message) -> Message | None:
        """The stored form of a number query, without its code; None where the message is no number query."""
        return self._redactor.hide(message, found[1][-1]) if (found := self.query(message)) is not None else None

    def hide(self, head: Conversation, message: Message) -> Message:
        """The stored form of any other message: empty while the robot asks for a proof, without a СНИЛС in a dialogue.

        A message about danger to life, or a request for an operator, stays readable: the operator must see it.
        """
        if proves(head) and self._engine.steers(message.text) is None:
            return self._redactor.hide_all(message)
        if not _NUMBER.search(message.text):
            return message
        robot = robot_of(head.holder)
        return self._redactor.hide_snils(message) if robot is not None and self._engine.talks(robot.dialogue) else message

    def subject(self, head: Conversation, message: Message, subject: str) -> str:
        """The subject of a stored letter; "" where it may be or contain a proof of identity."""
        hidden = self._redactor.told(message).hidden
        return "" if proves(head) or any(part in subject for part in hidden) else without_snils(subject)

    def whole(self, message: Message) -> Redacted:
        """A stored message with its hidden parts, until it is answered."""
        return self._redactor.told(message)

    def forget(self, message: Message) -> None:
        """Drop the hidden parts of an answered message."""
        self._redactor.answered(message)
