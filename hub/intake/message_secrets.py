"""Which parts of a message are kept out of the store: codes beside a number, СНИЛС, and whatever may be a proof (ST-04)."""

import re
from collections.abc import Sequence

from hub.conversations.conversation import Conversation, proves, robot_of
from hub.conversations.journal import ConversationEvent
from hub.conversations.message import CITIZEN, Message
from hub.conversations.ports import HubAnswers
from hub.conversations.redaction import Redacted, SecretRedactor
from hub.robot.ports import DialogueEngine

_NUMBER = re.compile(r"\d")
"""Few messages have a digit; only those can name a case, a visit, an application or a СНИЛС."""
NumberQuery = tuple[HubAnswers, tuple[str, ...]]
"""Who answers a message that names a number, and what it names."""


class MessageSecrets:
    """Redacts messages before they are stored, and knows the hidden words until they are answered."""

    def __init__(self, answers: Sequence[HubAnswers], engine: DialogueEngine) -> None:
        """`answers` are asked in turn whether they answer a message by the number that it names."""
        self._answers, self._engine, self._redactor = tuple(answers), engine, SecretRedactor()

    def query(self, entry: ConversationEvent) -> NumberQuery | None:
        """The question that the hub answers itself, whoever holds the conversation; None for any other entry."""
        if not (isinstance(entry, Message) and entry.author is CITIZEN and not entry.attachments and _NUMBER.search(entry.text)):
            return None
        message = self._redactor.whole(entry)
        return next(((each, found) for each in self._answers if (found := each.asked(message)) is not None), None)

    def hide_code(self, message: Message) -> Message | None:
        """How a number query is stored: without its code; None where the message is none."""
        return self._redactor.hide(message, found[1][-1]) if (found := self.query(message)) is not None else None

    def hide(self, head: Conversation, message: Message) -> Message:
        """How any other message is stored: empty while the robot asks for a proof, and without a СНИЛС in a dialogue.

        A cry for help, or for a person, is no proof: the operator must be able to read it.
        """
        if proves(head) and self._engine.steers(message.text) is None:
            return self._redactor.hide_all(message)
        if not _NUMBER.search(message.text):
            return message
        robot = robot_of(head.holder)
        return self._redactor.hide_snils(message) if robot is not None and self._engine.talks(robot.dialogue) else message

    def whole(self, message: Message) -> Redacted:
        """The words of a stored message with their hidden parts, as long as it is not answered."""
        return self._redactor.told(message)

    def forget(self, message: Message) -> None:
        """The message is answered: its hidden parts are needed no more."""
        self._redactor.answered(message)
