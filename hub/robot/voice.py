"""What the robot says, and in whose name: knowledge and the designers' dialogues behind one voice."""

from collections.abc import Callable
from datetime import datetime

from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.danger import endangered
from hub.conversations.message import BOT, Author, Message
from hub.conversations.redaction import Redacted
from hub.conversations.step import Step
from hub.notifications.announcement import Occasion
from hub.notifications.announcer import AnnouncementService
from hub.robot.answers_by_sms import with_offer
from hub.robot.ports import Bot, DialogueEngine, Reply


class RobotVoice:
    def __init__(self, bot: Bot, engine: DialogueEngine, announcements: AnnouncementService, *, name: str, queue: str,
                 by_sms: Callable[[Address], bool]) -> None:
        """`name` signs what the robot says; `queue` is the line that it hands conversations over to.

        `by_sms` tells whether an answer to an address may be offered by SMS, too.
        """
        self.bot, self.engine, self.queue = bot, engine, queue
        self._announcements, self._name, self._by_sms = announcements, name, by_sms

    def introduction(self, now: datetime, address: Address) -> tuple[Message, ...]:
        """The greeting, in the words of the project where it has some for this channel, and the announcements that go with it."""
        said = self.engine.greeting(address.channel) or self.bot.greeting(address.channel)
        return self.reply(said, now, address), *self.announced(now)

    def first_introduction(self, head: Conversation, now: datetime) -> tuple[Message, ...]:
        """The introduction before the first answer on channels where opening a conversation sends nothing (carriers); else nothing."""
        return self.introduction(now, head.address) if isinstance(head.holder, WithBot) and head.holder.greets else ()

    def announced(self, now: datetime) -> tuple[Message, ...]:
        """Announcements for a citizen who comes back to the robot."""
        return self._announcements.says(Occasion.GREETING, self.queue, now)

    def joining(self, queue: str, now: datetime) -> tuple[Message, ...]:
        """Announcements for a citizen who begins to wait in a line."""
        return self._announcements.says(Occasion.JOINING, queue, now)

    def reply(self, reply: Reply, now: datetime, address: Address) -> Message:
        choices = with_offer(reply.choices) if reply.source is not None and self._by_sms(address) else reply.choices
        return Message(BOT, reply.text, now, name=self._name, choices=choices, source=reply.source)

    def say(self, text: str, now: datetime) -> Message:
        return Message(BOT, text, now, name=self._name)

    def note(self, text: str, now: datetime) -> Message:
        """What the robot leaves for the operator."""
        return Message(Author.SYSTEM, text, now, name=self._name, internal=True)

    def bot_for(self, told: Redacted) -> Bot:
        """The robot for a message: one that remembers nothing of it where parts of it are redacted."""
        return self.bot.private() if told.hidden else self.bot

    def endangered(self, head: Conversation, words: str, now: datetime, bot: Bot | None = None) -> Step | None:
        """What becomes of a conversation that a person has, or will have, if life is in danger by these words; else None."""
        return endangered_by(bot or self.bot, self._name, head, words, now)


def endangered_by(bot: Bot, name: str, head: Conversation, words: str, now: datetime) -> Step | None:
    """RobotVoice.endangered(); `name` signs what the robot says."""
    said = bot.danger(words) if words and head.danger is None else None
    return endangered(head, said.text, name, now) if said else None
