"""Asks once after each contact how satisfied the citizen was, and accepts the answer without opening a new contact (OC-03).

The question is sent on the channels named by the centre, where the citizen has written, after an operator ended the contact,
whatever its result. A citizen is not asked again for `pause`, which is shorter than that of surveys, since the question is about
this contact.

A caller is asked before disconnecting, when the operator usually has not closed the contact yet: until then the grade has a key of
its own.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.conversations.address import family_of
from hub.conversations.conversation import Closed, Conversation, WithOperator
from hub.conversations.identities import plain
from hub.conversations.journal import StoredEvent
from hub.conversations.message import CITIZEN, Author, Message
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import ConflictError, OknoError
from hub.notifications.opt_outs import OptOuts
from hub.quality.csat import BEST, QUESTION, THANKS, Csat, GradeSum, left_of, read, summed
from hub.quality.review import key_of

log = logging.getLogger(__name__)

OPEN = timedelta(days=3)
"""How long the citizen may answer, and change the answer."""
CALL = timedelta(minutes=1)
"""A caller has disconnected long before."""
EVERY = 1_000_000
KEY, TALK = "grade:", "call:"
CHOICES = tuple(str(grade) for grade in range(1, BEST + 1))


class CsatService:
    """hub.intake.ports.CsatAnswers."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, opt_outs: OptOuts, *, centre: Callable[[str], str],
                 federal: Callable[[Conversation], bool], masked: Callable[[str], str], channels: Collection[str], pause: timedelta,
                 least: int) -> None:
        """`channels` are drivers or families («sms»); `masked` removes personal data from a text; no group has fewer than `least`."""
        self._sequencer, self._store, self._opt_outs = sequencer, store, opt_outs
        self._centre, self._federal, self._masked, self._channels = centre, federal, masked, frozenset(channels)
        self._pause, self.least = pause, least
        self._open: dict[int, Csat] = {}
        """Open questions by conversation."""
        self._callers: dict[int, Csat] = {}
        """Questions by telephone under way, by conversation."""
        self._calls = asyncio.Lock()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Send the questions that the last run left."""
        self._open = {each.conversation: each for each in await self._store.marked(Csat, "asked", since=self._sequencer.now(), limit=EVERY)}
        for each in await self._store.marked(Csat, "unasked", limit=EVERY):
            self._tasks.spawn(self._go(each))

    async def close(self) -> None:
        await self._tasks.cancel()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: a contact ended, or goes on."""
        head = change.head
        if head is None:
            return
        if not isinstance(head.holder, Closed) or head.erased:
            self._open.pop(live.head.id, None)
        elif _ends(head) and self._reaches(head):
            self._tasks.spawn(self._closed(head) if self._sequencer.traits.of(head.address).spoken else self._ask(head))

    def _reaches(self, head: Conversation) -> bool:
        channel = head.address.channel
        asked = channel in self._channels or family_of(channel) in self._channels
        return asked and not self._sequencer.traits.of(head.address).foreign and not self._opt_outs.hold(head.address)

    async def _ask(self, head: Conversation) -> None:
        now, address = self._sequencer.now(), _person(head)
        assert head.served is not None  # noqa: S101 - it was closed by somebody
        made = Csat(key_of(head.id, head.served), head.id, address, head.served_by, head.queue, head.address.family,
                     self._centre(head.queue), now, now + OPEN)
        try:
            if not await self._store.marked(Csat, "address", address, since=now - self._pause, limit=1):
                await self._store.exchange((), (), new=(made,))
                await self._go(made)
        except ConflictError:
            return  # this contact has a question already
        except OknoError as error:
            log.warning("satisfaction question not sent", extra={"conversation": head.id, "why": str(error)})

    async def _go(self, made: Csat) -> None:
        """Send it unless the contact went on meanwhile: its key is the question's own, so that it is sent once."""
        live = await self._sequencer.load(made.conversation)
        if live.head.erased or not isinstance(live.head.holder, Closed):
            await self._store.drop(Csat, made.key)
            return
        record = live.keys.get(("", KEY + made.key))
        if record is None:
            question = Message(Author.SYSTEM, QUESTION, self._sequencer.now(), key=KEY + made.key, choices=CHOICES)
            record = (await self._sequencer.committed_step(live, (question,)))[0].id
        after = replace(made, record=record)
        await self._store.exchange((after,), (), seen=(made,))
        self._open[made.conversation] = after

    async def parted(self, conversation: int) -> bool:
        """Whether a caller is to be asked after the talk; recorded at once."""
        head = (await self._sequencer.load(conversation)).head
        now, address = self._sequencer.now(), _person(head)
        match head.holder:
            case WithOperator(operator=operator):
                key = f"{TALK}{head.id}"
            case Closed() if head.served is not None and _ends(head):
                key, operator = key_of(head.id, head.served), head.served_by
            case _:
                return False
        if head.erased or not (self._sequencer.traits.of(head.address).spoken and self._reaches(head)):
            return False
        if await self._store.marked(Csat, "address", address, since=now - self._pause, limit=1):
            return False
        made = Csat(key, head.id, address, operator, head.queue, head.address.family, self._centre(head.queue), now, now, record=head.last)
        try:
            await self._store.exchange((), (), new=(made,))
        except ConflictError:
            return False  # this contact has a question already
        self._callers = {each.conversation: each for each in self._callers.values() if now - each.at < CALL} | {head.id: made}
        return True

    async def graded(self, conversation: int, grade: int) -> None:
        """A caller pressed a key, once."""
        head = (await self._sequencer.load(conversation)).head
        async with self._calls:
            known = self._callers.pop(conversation, None)
            if known is None or not 1 <= grade <= BEST:
                return
            after = replace(known, grade=grade)
            if self._federal(head):
                await self._store.exchange((left_of(after, secrets.token_hex(16)),), (known,))
            else:
                await self._store.exchange((after,), (), seen=(known,))

    async def _closed(self, head: Conversation) -> None:
        """A caller's answer goes under the key of the contact."""
        assert head.served is not None  # noqa: S101 - it was closed by somebody
        try:
            async with self._calls:
                if (known := await self._store.get(Csat, f"{TALK}{head.id}")) is None:
                    return
                after = replace(known, key=key_of(head.id, head.served))
                await self._store.exchange((after,), (known,), seen=(known,))
                if head.id in self._callers:
                    self._callers[head.id] = after
        except OknoError as error:
            log.warning("caller's rating not linked to the contact", extra={"conversation": head.id, "why": str(error)})

    def takes(self, head: Conversation, message: Message) -> Message | None:
        """The stored form of a message that answers the question: hidden from every desk. None for other messages."""
        known = self._open.get(head.id)
        if known is None or known.until <= message.at or not isinstance(head.holder, Closed) or message.attachments:
            return None
        return replace(message, veiled=True) if read(message.text) is not None else None

    def answers(self, record: StoredEvent) -> bool:
        """Whether a stored record is such an answer: no other messages of citizens are veiled."""
        entry = record.entry
        return isinstance(entry, Message) and entry.author is CITIZEN and entry.veiled

    async def answered(self, head: Conversation, record: StoredEvent) -> str:
        """Count it, replacing an earlier one; the reply, or "". Raises StoreError."""
        known = self._open.get(head.id)
        found = read(record.entry.text) if isinstance(record.entry, Message) else None
        if known is None or found is None:
            return ""
        after = replace(known, grade=found[0], words=self._masked(found[1]) if found[1] else "")
        if self._federal(head):  # no links to persons there (FD-04, D13)
            await self._store.exchange((left_of(after, secrets.token_hex(16)),), (known,))
            self._open.pop(head.id, None)
        else:
            await self._store.exchange((after,), (), seen=(known,))
            self._open[head.id] = after
        traits = self._sequencer.traits.of(head.address)
        return THANKS if not known.grade and traits.live and traits.chats else ""  # where a word of thanks costs nothing

    async def sums(self, centres: Collection[str], since: datetime, until: datetime) -> tuple[GradeSum, list[GradeSum], list[GradeSum]]:
        """All, by operator and by line, of contacts that ended in a period."""
        found = [each for centre in sorted(centres)
                 for each in await self._store.marked(Csat, "centre", centre, since=since, until=until, limit=EVERY)]
        return summed([each for each in found if each.record or each.grade], self.least)

    async def words(self, centres: Collection[str], since: datetime, until: datetime) -> Sequence[str]:
        """Texts given with grades, without persons; none where there are too few."""
        found = [each.words for centre in sorted(centres)
                 for each in await self._store.marked(Csat, "centre", centre, since=since, until=until, limit=EVERY) if each.words]
        return sorted(found) if len(found) >= self.least else ()


def _person(head: Conversation) -> str:
    """Whom the pause is for: a caller is the same person, whichever centre has connected the call."""
    return plain(replace(head.address, channel=head.address.driver))


def _ends(head: Conversation) -> bool:
    """Whether an operator has just ended a contact."""
    holder = head.holder
    return isinstance(holder, Closed) and head.served == holder.at and bool(holder.by) and holder.passed is None
