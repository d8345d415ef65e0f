"""The robot's choices on channels without buttons (SMS, e-mail, fax): numbered lines out, and a number back as the chosen text.

Pure except `meant`, which asks the hub for the choices offered last.
"""

import re
from collections.abc import Sequence

from hub.conversations.address import Address
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.intake.ports import Intake
from hub.robot.answer_feedback import QUESTION, asks, without_feedback

_NUMBER = re.compile(r"\W*([0-9]{1,2})\W*")
"""«1», «1.», «№ 1», «(1)»: spellings of a menu number."""


def numbered(text: str, choices: Sequence[str]) -> str:
    """A text with its menu: «1 — Пособия», one choice a line, and the question whether it helped in the last one."""
    others = without_feedback(choices)
    asked = f"{QUESTION} {len(others) + 1} — да, {len(choices)} — нет" if asks(choices) else ""
    return "\n".join(filter(None, (text, *(f"{n} — {choice}" for n, choice in enumerate(others, 1)), asked)))


def chosen(text: str, choices: Sequence[str]) -> str:
    """The text of the choice with this number; the text itself where it is no number."""
    answer = _NUMBER.fullmatch(text)
    number = int(answer[1]) if answer else 0
    return choices[number - 1] if 0 < number <= len(choices) else text


def offered(records: Sequence[StoredEvent]) -> tuple[str, ...]:
    """The current choices: those offered last, unless an operator has written since (their question may contain numbers)."""
    for record in reversed(records):
        match record.entry:
            case Message(author=Author.OPERATOR):
                return ()
            case Message(choices=choices) if choices:
                return choices
            case _:
                pass
    return ()


def all_numbered(messages: Sequence[Message]) -> list[str]:
    """The texts of one step. Only the last menu is numbered: «1» must be unambiguous."""
    last = max((n for n, message in enumerate(messages) if message.choices), default=-1)
    return [numbered(message.text, message.choices) if n == last else message.text for n, message in enumerate(messages)]


def written(records: Sequence[StoredEvent], files: Sequence[str]) -> str:
    """The messages of one step as the text of one SMS, with a line for each of its files."""
    messages = [record.entry for record in records if isinstance(record.entry, Message)]
    return "\n".join(text for text in (*all_numbered(messages), *files) if text)


async def meant(intake: Intake, address: Address, text: str) -> str:
    """The meaning of a citizen's text: a number is the choice offered last. Only numbers need a call of the hub."""
    if not _NUMBER.fullmatch(text):
        return text
    conversation = await intake.find(address)
    return text if conversation is None else chosen(text, offered(await intake.transcript(conversation.id, 0)))
