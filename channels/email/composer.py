"""Composes one letter from the messages of a step, with its place in the thread."""

import asyncio
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from msgspec import Struct

from channels.email import mime_builder, threads
from channels.email.mail_intake import LOOP_MARK
from channels.email.mime import File
from channels.email.settings import Settings
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.message import CITIZEN, Author, Message
from hub.conversations.ports import OutboundLetter
from hub.intake.ports import Intake
from hub.kernel.ports import Files


class ComposedLetter(Struct, frozen=True):
    sender: str
    """The envelope sender, which receives delivery reports."""
    recipients: tuple[str, ...]
    content: bytes


class LetterComposer:
    def __init__(self, settings: Settings, key: bytes, intake: Intake, files: Files) -> None:
        self._settings, self._key, self._intake, self._files = settings, key, intake, files
        self._local, _, self._host = settings.address.rpartition("@")

    async def letter(self, conversation: Conversation, records: Sequence[StoredEvent]) -> ComposedLetter:
        """The letter of some records; the same records always get the same Message-ID."""
        settings, thread = self._settings, conversation.address.thread
        before = [record for record in await self._intake.transcript(conversation.id, 0) if record.id < records[0].id]
        messages = [record.entry for record in records if isinstance(record.entry, Message)]
        back = threads.sign(self._key, self._local, self._host, thread) if settings.signed else settings.address
        # A code is for the citizen alone.
        copied = [] if any(message.veiled for message in messages) else [each for message in messages for each in message.cc]
        header = mime_builder.MailHeader(
            settings.address, settings.name, conversation.address.value, _subject(conversation, before, records[0]),
            threads.message_id(records[0].id, settings.domain), records[0].entry.at, _references(before, settings.domain), back,
            tuple(dict.fromkeys(copied)))
        letter = mime_builder.compose(
            messages, header, files=await self._attached(messages), note_first=mime_builder.complaint(_last_said(before)))
        return await self._written(letter, back, (conversation.address.value, *header.cc))

    async def post(self, letter: OutboundLetter) -> ComposedLetter:
        """A letter outside conversations, without the note for citizens."""
        settings = self._settings
        header = mime_builder.MailHeader(
            settings.address, settings.name, letter.to, letter.subject, f"{letter.id}@{settings.domain}", letter.at)
        made = mime_builder.compose([Message(Author.SYSTEM, letter.text, letter.at)], header, note="",
                                    files=[File(letter.name, letter.content, letter.type)])
        return await self._written(made, settings.address, (letter.to,))

    async def _written(self, letter: EmailMessage, sender: str, to: Sequence[str]) -> ComposedLetter:
        letter[LOOP_MARK] = self._settings.address
        recipients = tuple(map(mime_builder.ascii_domain, to))
        policy = SMTP if "".join(recipients).isascii() else SMTPUTF8
        return ComposedLetter(sender, recipients, await asyncio.to_thread(letter.as_bytes, policy=policy))

    async def _attached(self, messages: Sequence[Message]) -> list[File]:
        attachments = [attachment for message in messages for attachment in message.attachments]
        contents = [await self._files.get(attachment.file) for attachment in attachments]
        return [File(attachment.name, content, attachment.type)
                for attachment, content in zip(attachments, contents, strict=True) if content is not None]


def _subject(conversation: Conversation, before: Sequence[StoredEvent], record: StoredEvent) -> str:
    """The subject: mail programs also group a thread by it."""
    number = conversation.number
    if conversation.subject:
        return mime_builder.reply_subject(conversation.subject, number)
    first = next((each.entry for each in (*before, record) if isinstance(each.entry, Message)), None)
    if first is None:
        return number
    if first.author == CITIZEN:
        subject, _, rest = first.text.partition("\n")
        return mime_builder.reply_subject(subject if rest.startswith("\n") else "", number, first.text)
    # A notice begins the conversation, and its first sentence is the subject.
    begun = mime_builder.summary(first.text)
    return mime_builder.reply_subject(begun, number) if before else begun


def _references(before: Sequence[StoredEvent], domain: str) -> list[str]:
    """Message-IDs of earlier letters, the citizen's and ours, newest first."""
    found: list[str] = []
    at = None
    for record in before:
        if not isinstance(record.entry, Message):
            continue
        if record.entry.author == CITIZEN:
            found += [record.entry.key] if "@" in record.entry.key else []
        elif record.entry.at != at:  # messages of one step were one letter
            found.append(threads.message_id(record.id, domain))
        at = record.entry.at
    return found[::-1]


def _last_said(before: Sequence[StoredEvent]) -> str:
    said = [record.entry.text for record in before if isinstance(record.entry, Message) and record.entry.author == CITIZEN]
    return said[-1] if said else ""
