"""Accepts a message: finds or opens its conversation, drafts what is stored, commits; only then is the carrier acknowledged.

When the robot knows the answer at once, the answer commits together with the question: one fsync for both, and a crash
cannot separate them. A slower answer is marked as owed, and reactions.py produces it after the commit.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.conversation import proves
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.opener import Opener
from hub.conversations.ports import Incoming, OnAccepted, Stored
from hub.conversations.redaction import HIDDEN
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.intake.pipeline import IntakePipeline
from hub.intake.ports import FileGuard
from hub.intake.redeliveries import Redeliveries, digest_of, key_of
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, PoisonError, StoreError, UnavailableStoreError
from hub.kernel.ports import Files
from hub.kernel.turnstile import LONG_TEXT, Turnstile
from hub.robot.voice import RobotVoice

log = logging.getLogger(__name__)

UNREAD_NAME, UNREAD_TYPE = "Сообщение.txt", "text/plain"
UNREAD = ("Узел дважды останавливался, принимая это сообщение, поэтому его слова приложены файлом, и робот их не разбирает: прочитайте и "
          "ответьте сами. Что произошло, записано в журнале узла.")


class MessageAcceptance:
    def __init__(self, sequencer: ConversationSequencer, opener: Opener, pipeline: IntakePipeline, voice: RobotVoice, *,
                 redeliveries: Redeliveries, files: Files, guard: FileGuard) -> None:
        self._sequencer, self._opener, self._pipeline, self._voice = sequencer, opener, pipeline, voice
        self._redeliveries, self._files, self._guard = redeliveries, files, guard
        self._waiting: dict[Address, deque[tuple[Incoming, OnAccepted]]] = {}
        """Messages whose words are looked up, or whose conversation is loaded or opened; later ones of the address queue behind them."""
        self._turnstile = Turnstile()
        self._tasks = BackgroundTasks()

    def accept(self, incoming: Incoming, accepted: OnAccepted) -> None:
        """hub.intake.ports.Intake.accept()."""
        if self._waiting and (waiting := self._waiting.get(incoming.address)) is not None:
            waiting.append((incoming, accepted))
            return
        live = self._sequencer.cached(incoming.address)
        if live is not None and not live.broken and len(incoming.text) <= LONG_TEXT:
            self._add(live, incoming, accepted)
            return
        self._waiting[incoming.address] = deque([(incoming, accepted)])
        self._tasks.spawn(self._accept_all(incoming.address))

    async def _accept_all(self, address: Address) -> None:
        waiting = self._waiting[address]
        try:
            while waiting:
                incoming, accepted = waiting[0]
                if len(incoming.text) > LONG_TEXT:
                    for _ in self._voice.bot.read_ahead(incoming.text):
                        await asyncio.sleep(0)
                    await self._turnstile.wait()
                await self._open_and_add(incoming, accepted)
                waiting.popleft()
        finally:
            del self._waiting[address]

    async def _open_and_add(self, incoming: Incoming, accepted: OnAccepted) -> None:
        try:
            # Not awaited until stored: the opening and the first message commit together.
            live, _ = await self._opener.begin(incoming.address, incoming.citizen, greeting=self._voice.introduction)
        except OknoError as error:
            accepted(error)
        else:
            self._add(live, incoming, accepted)

    def _add(self, live: LiveConversation, incoming: Incoming, accepted: OnAccepted) -> None:
        if self._is_redelivery(live, incoming.key, accepted):
            return
        try:
            with self._redeliveries.attempt(key_of(incoming)):
                self._store(live, incoming, accepted)
        except PoisonError:
            self._tasks.spawn(self._add_unread(live, incoming, accepted))

    def _is_redelivery(self, live: LiveConversation, key: str, accepted: OnAccepted) -> bool:
        """Whether this is a redelivery by the carrier: it is acknowledged as soon as the first copy is stored."""
        stored = live.keys.get(("", key))
        if stored is None:
            return False
        told = Stored(live.head.id, stored)
        others = live.under_way.get(stored)
        accepted(told) if others is None else others.append(partial(_acknowledge, accepted, told))
        return True

    def _store(self, live: LiveConversation, incoming: Incoming, accepted: OnAccepted) -> None:
        draft = self._pipeline.draft(live.head, incoming, begun=bool(live.keys))
        try:
            self._sequencer.step(live, draft.entries, partial(_told, accepted), head=draft.changed, owe=draft.owed, patient=draft.patient)
        except UnavailableStoreError as error:
            accepted(error)

    async def _add_unread(self, live: LiveConversation, incoming: Incoming, accepted: OnAccepted) -> None:
        """Store a message that crashed the hub twice as a file that the hub does not parse, and hand the conversation to an operator.

        Where the text may be a proof of identity, the file only says that there was a text (ST-04).
        """
        words = (HIDDEN if proves(live.head) else incoming.text).encode(errors="replace")
        done = asyncio.get_running_loop().create_future()
        try:
            file = Attachment(await self._files.put(words), UNREAD_NAME, UNREAD_TYPE, len(words))
            live = await self._sequencer.load(live.head.id)
            if self._is_redelivery(live, incoming.key, accepted):
                return
            unread = replace(incoming, text="", folded="", attachments=(file, *incoming.attachments),
                             original=None if proves(live.head) else incoming.original)
            self._store(live, unread, done.set_result)
            outcome: Stored | OknoError = await done
            if isinstance(outcome, Stored):
                await self._guard.keep(outcome.conversation, file)
                await self._sequencer.committed_step(live, (Message(Author.SYSTEM, UNREAD, self._sequencer.now(), internal=True),))
                await self._redeliveries.end((digest_of(key_of(incoming)),))
                log.critical("poison message: stored without processing after it stopped the hub twice",
                             extra={"conversation": live.head.number})
        except (StoreError, OSError) as error:
            outcome = error if isinstance(error, StoreError) else UnavailableStoreError(str(error))
        accepted(outcome)


def _told(accepted: OnAccepted, error: StoreError | None, records: Sequence[StoredEvent]) -> None:
    accepted(error or Stored(records[0].conversation, records[0].id))


def _acknowledge(accepted: OnAccepted, stored: Stored, error: StoreError | None) -> None:
    accepted(error or stored)
