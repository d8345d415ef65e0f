"""Attachments of operators' replies and notes: same rules as for citizens' files, named by the message (0092).

Refusals are those of conversation_actions.py, and "no_such_file", "quarantined", "no_files", "empty".
"""

from collections.abc import Awaitable, Callable, Sequence

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.conversations.address import Address
from hub.conversations.attachments import Upload, key_of
from hub.conversations.channel_traits import Brings
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment
from hub.conversations.ports import Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ERASED
from hub.federation.handover_messages import about
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level

PDF = "application/pdf"
REFUSED = {Brings.NONE: "Этот канал файлов не передаёт: пришлите их другим путём.", Brings.PDF: "По факсу уходят только файлы PDF."}


class OutboundAttachments:
    def __init__(self, store: Store, actions: Actions, quarantine: Quarantine, let_in: Callable[[str, bytes], Awaitable[Attachment]], *,
                 carried: Callable[[Address], bool], level: Callable[[str], Level], code: str) -> None:
        """`let_in` stores a file, and raises RefusedError for a forbidden type.

        `carried` says whether the channel has a carrier; `level` looks up a centre, `code` is this one's.
        """
        self._store, self._actions, self._quarantine, self._let_in = store, actions, quarantine, let_in
        self._carried, self._level, self._code = carried, level, code

    def brings(self, head: Conversation) -> Brings:
        """Which files reach the citizen."""
        traits = self._actions.traits.of(head.address)
        if traits.spoken or not head.address.is_remote:
            return traits.files
        # D19: no files to or from the federal level.
        ends = (self._code, about(head)[0])
        return Brings.NONE if any(self._level(each) is Level.FEDERAL for each in ends) else Brings.ANY

    async def upload(self, who: Operator, conversation: int, name: str, content: bytes) -> Attachment:
        """Add a file to a conversation that the operator may write in; the same content is stored once."""
        live = await self._actions.seen(who, conversation)
        if live.head.erased is not None:
            raise RefusedError("erased", ERASED)
        if not content:
            raise RefusedError("empty", "Файл пуст: выберите другой.")
        attachment = await self._let_in(name, content)
        await self._quarantine.keep(conversation, attachment)
        known = await self._store.get(Upload, key_of(conversation, attachment.file))
        return known.attachment if known else attachment

    async def reply(self, who: Operator, conversation: int, key: str, text: str, files: Sequence[str],
                    cc: tuple[str, ...] = ()) -> StoredEvent:
        """Reply to the citizen. On a carrying channel the reply does not wait for the scan of its files (0092)."""
        live = await self._actions.live(conversation)
        if (who.login, key) in live.keys:  # whatever happened to its files since
            return await self._actions.say(who, conversation, key, text, internal=False)
        enclosed = await self.named(conversation, text, files, internal=False)
        apart = self._carried(live.head.address) and any(self._quarantine.quarantined(conversation, each.file) for each in enclosed)
        return await self._actions.say(who, conversation, key, text, internal=False, files=enclosed, apart=apart, cc=cc)

    async def named(self, conversation: int, text: str, files: Sequence[str], *, internal: bool) -> tuple[Attachment, ...]:
        """The attachments of a message; raises RefusedError for inadmissible ones, and for an empty message."""
        if not (text or files):
            raise RefusedError("empty", "Напишите текст или прикрепите файл.")
        head = (await self._actions.live(conversation)).head
        attachments = tuple([await self._known(head, file) for file in dict.fromkeys(files)])
        if not internal:
            self._check(head, attachments)
        return attachments

    async def release(self, who: Operator, conversation: int, file: str, why: str) -> None:
        """Release an unscannable file on the operator's responsibility. Infected ones stay; raises RefusedError."""
        live = await self._actions.seen(who, conversation)
        name = await self._quarantine.release(conversation, file, self._actions.audit_entry(who, "file_released", live, file))
        await self._actions.note(who, live, f"Файл «{name}» открыт без проверки: {why}")

    async def _known(self, head: Conversation, file: str) -> Attachment:
        """A file of the conversation, or of the remaining one after a merge."""
        places = (head.id, *((head.merged.into,) if head.merged else ()))
        for place in places:
            upload = await self._store.get(Upload, key_of(place, file))
            if upload is None or upload.record:  # each listening to a recording is logged where it is
                continue
            if place != head.id:
                await self._quarantine.keep(head.id, upload.attachment)
            return upload.attachment
        raise RefusedError("no_such_file", "Файла в этом разговоре нет: прикрепите его ещё раз.")

    def _check(self, head: Conversation, attachments: Sequence[Attachment]) -> None:
        way = self.brings(head)
        for each in attachments:
            if way is Brings.NONE or (way is Brings.PDF and each.type != PDF):
                raise RefusedError("no_files", REFUSED[way])
            held = self._quarantine.quarantined(head.id, each.file)
            if held is not None and not held.state.waits:
                raise RefusedError("quarantined", f"Файл «{each.name}» не прошёл проверку и не уйдёт: уберите его.")
