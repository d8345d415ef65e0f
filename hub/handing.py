"""Hands conversations to centres on other deployments and has them back: the sender's end of the line (RT-08, LV-05).

A hand-over's record is owed as long as the conversation is away: that is the outbox, and what a restart begins with. Everything
that is told is the same parcel however often it is sent. What others hand over is taken in by taking_in.py.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import msgspec
from msgspec.structs import replace

from hub.agenda import Agenda
from hub.callbacks import promise
from hub.contacts import Address
from hub.conversation import AtCentre, Closed, Conversation, InQueue, Promised, hand_over
from hub.errors import LinkError, OknoError
from hub.hand_overs import (
    About,
    Ended,
    Handed,
    Kept,
    Returned,
    Said,
    Taken,
    Told,
    Withdrawn,
    about,
    conversation_of,
    handed,
    handing_of,
    heard,
    is_guest,
    noted,
    packed,
    spoken,
    unpacked,
)
from hub.journal import Entry, HandedOver, PromiseEnd, PromiseEnded, Record
from hub.lanes import Lane, Lanes
from hub.levels import Level
from hub.message import Author, Message
from hub.owing import owe, told
from hub.parcels import Parcel
from hub.ports import Expecting, Link, Store
from hub.taking_in import TakingIn
from hub.tasks import Tasks

log = logging.getLogger(__name__)

WITHIN = timedelta(seconds=10)
"""For so long the other centre may be silent before the answer is promised here."""
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 60.0
JOURNAL = 100
"""So many of the last entries go along."""


class Handing:
    def __init__(self, lanes: Lanes, store: Store, code: str, link: Link | None, taking_in: TakingIn, *,
                 level: Callable[[str], Level], title: Callable[[str], str], expect: Expecting, pause_s: float = FIRST_PAUSE_S) -> None:
        """`code` is this hub's own centre; `level` and `title` are those of a centre."""
        self._lanes, self._store, self._code, self._link, self._taking_in = lanes, store, code, link, taking_in
        self._level, self.title, self._expect, self._pause_s = level, title, expect, pause_s
        self._away: dict[int, Record] = {}
        """What is at other centres, by the record that is owed until it is back."""
        self._agenda = Agenda(lanes.now, lambda conversation: self._tasks.spawn(self._late(conversation)))
        self._orders: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        """They are fair: what is told of a conversation is told in the order of its commits, and waits for no other one."""
        self._tasks = Tasks()
        self.returned: Counter[str] = Counter()
        """What came back from other centres, by why."""
        self.others: dict[str, Callable[[Parcel], Awaitable[None]]] = {}
        """Who takes in parcels that are no matter of conversations, by their kind."""

    @property
    def away(self) -> list[int]:
        """Conversations that other centres have."""
        return list(self._away)

    @property
    def linked(self) -> bool:
        """Whether there is a line to any other deployment."""
        return self._link is not None and bool(self._link.centres)

    def reaches(self, centre: str, address: Address) -> bool:
        """Whether what comes by this address can be handed to a centre. The sound of a call does not travel; a guest only goes back."""
        travels = not (is_guest(address) or address.channel.startswith("voice"))
        return travels and self._link is not None and centre in self._link.centres

    def up(self, centre: str) -> bool:
        """Whether it was heard of lately."""
        return self._link is not None and self._link.up(centre)

    def key(self, conversation: int) -> str:
        """A name for one more hand-over."""
        return handing_of(conversation, self._lanes.new_id())

    def tell(self, record: Record) -> None:
        """Another centre hears of what is owed to it: a reaction of turns.py."""
        self._tasks.spawn(self._tell(record))

    async def start(self) -> None:
        """Take in what other centres say, from now on."""
        if self._link is not None:
            self._tasks.spawn(self._listen(self._link))

    def look(self) -> None:
        """Promise what was not accepted in time; otherwise its own timer does."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _tell(self, record: Record) -> None:
        async with self._orders.setdefault(record.conversation, asyncio.Lock()):
            pause_s = self._pause_s
            while True:
                try:
                    await self._tell_once(record)
                except OknoError as error:
                    log.warning("another centre is told later", extra={"record": record.id, "why": str(error)})
                    await asyncio.sleep(pause_s)
                    pause_s = min(pause_s * 2, LAST_PAUSE_S)
                else:
                    return

    async def _tell_once(self, record: Record) -> None:
        head = (await self._lanes.load(record.conversation)).head
        entry, holder = record.entry, head.holder
        if isinstance(entry, HandedOver) and isinstance(entry.holder, AtCentre):
            await self._send_away(head, record, entry.holder)
            return
        if isinstance(entry, Message) and entry.author is Author.CITIZEN:
            if isinstance(holder, AtCentre):  # else it is back, and whoever has it reads it
                said = spoken(entry, hides=self._level(holder.centre) is Level.FEDERAL)
                await self._send(Said(holder.handing, head.number, said), str(record.id), holder.centre)
        elif is_guest(head.address):
            centre, this = about(head)
            if (news := await self._taking_in.news(head, this, record)) is not None:
                await self._send(news, str(record.id), centre)
        await self._store.settle((record.id,))

    async def _send_away(self, head: Conversation, record: Record, away: AtCentre) -> None:
        holder = head.holder
        if not (isinstance(holder, AtCentre) and holder.handing == away.handing):  # nobody has accepted it in time
            await self._send(Withdrawn(away.handing, head.number), "", away.centre)
            await self._store.settle((record.id,))
            self._away.pop(head.id, None)
            return
        self._away[head.id] = record
        if holder.taken is None:
            # Before it is sent, which may fail for long.
            self._agenda.put(head.id, holder.since + WITHIN if self.up(away.centre) else self._lanes.now())
            # Told even where the line is down: what was not sent is withdrawn in vain, what was sent must be.
            journal = await self._store.records(head.id, upto=record.id, limit=JOURNAL)
            await self._send(handed(head, holder, journal, self._level(away.centre)), "", away.centre)

    async def _send(self, news: Told, key: str, centre: str) -> None:
        if self._link is None:
            message = f"there is no line to centre {centre} any more"
            raise LinkError(message)
        await self._link.send(packed(news, key, self._code, centre, self._lanes.now()))

    async def _late(self, conversation: int) -> None:
        """The answer is promised here, and the hand-over withdrawn."""
        try:
            lane = await self._lanes.load(conversation)
            head, holder, now = lane.head, lane.head.holder, self._lanes.now()
            record = self._away.get(conversation)
            if record is None or not isinstance(holder, AtCentre) or holder.taken is not None:
                return
            owed = head.promise or promise(now, head.address, "line_down", "", holder.waiting_since)
            entries, after = owe(head, owed, holder.queue, now, "line_down")
            note = noted(f"Центр «{self.title(holder.centre)}» не ответил: передача отозвана, ответ обещан заявителю.", now)
            await self._lanes.committed_step(
                lane, (note, told(head, owed), *(entries if head.promise is None else entries[1:])), head=after)
        except OknoError as error:
            log.warning("a promise waits for the store", extra={"conversation": conversation, "why": str(error)})
            self._agenda.put(conversation, self._lanes.now() + WITHIN)
        else:
            self.tell(record)

    async def _listen(self, link: Link) -> None:
        """A parcel that cannot be stored now is brought once more."""
        pause_s = self._pause_s
        while True:
            try:
                async with aclosing(link.receive()) as parcels:
                    async for parcel in parcels:
                        await self.hear(parcel)
                        pause_s = self._pause_s
            except OknoError as error:
                log.warning("parcels wait", extra={"why": str(error)})
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LAST_PAUSE_S)

    async def hear(self, parcel: Parcel) -> None:
        """Do what a parcel says, once. Raises StoreError."""
        try:
            news = unpacked(parcel)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            log.warning("a parcel is not understood", extra={"parcel": parcel.id, "why": str(error)})
            return
        match news:
            case Handed() | Withdrawn():
                await self._taking_in.hear(parcel, news)
            case Said(said=said) if said.author is Author.CITIZEN:
                if (answer := await self._taking_in.hear(parcel, news)) is not None:
                    await self._send(answer, parcel.id, parcel.source)
            case About():
                with suppress(KeyError):  # a conversation that was never here
                    lane = await self._lanes.load(conversation_of(news.handing))
                    if lane.head.erased is None and any(each.receiver == parcel.source for each in lane.head.passed):
                        await self._come_back(parcel, news, lane)
            case None:
                if (take := self.others.get(parcel.kind)) is not None:
                    await take(parcel)

    async def _come_back(self, parcel: Parcel, news: Told, lane: Lane) -> None:
        """What the other centre makes of what was handed to it."""
        head, now, key, title = lane.head, self._lanes.now(), parcel.id, self.title(parcel.source)
        if await self._lanes.knows(lane, key):
            return
        away = head.holder if isinstance(head.holder, AtCentre) and head.holder.handing == news.handing else None
        owed = self._away.get(head.id)
        settled = (owed.id,) if owed is not None and away is not None else ()
        match news:
            case Said(said=said):
                await self._expect(head.id, parcel.source, news, said.attachments, at_home=False)
                await self._lanes.committed_step(lane, (heard(said, key, now, carried=self._lanes.carried(head.address)),))
            case Taken(own=own) if away is not None:
                self._agenda.put(head.id, None)
                await self._lanes.committed_step(lane, (noted(f"Центр «{title}» принял обращение (№ {own}).", now, key),),
                                                 head=replace(head, holder=replace(away, taken=now)))
            case Kept(given=given, how=how) if head.promise and head.promise.given == given and not isinstance(head.holder, Promised):
                words = "дал обещанный ответ" if how is PromiseEnd.KEPT else "сообщил, что ответ больше не нужен"
                entries = (noted(f"Центр «{title}» {words}.", now, key), PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, ""))
                await self._lanes.committed_step(lane, entries, head=replace(head, promise=None))
            case Returned(why=why) if away is not None or _ended_there(head, parcel.source):
                line = (InQueue(away.queue, away.waiting_since, talked_since=away.talked_since) if away is not None
                        else InQueue(head.line, now))
                back = (noted(f"Центр «{title}» вернул обращение.", now, key), HandedOver(now, line, why))
                await self._lanes.committed_step(lane, back, head=hand_over(head, line), settled=settled)
                self.returned[why.removeprefix("returned_")] += 1
                self._is_back(head.id)
            case Ended() if away is not None:
                ended, after = _ended(head, news, now)
                told_so = noted(f"Центр «{title}» закрыл обращение.", now, key)
                await self._lanes.committed_step(lane, (told_so, *ended), head=after, settled=settled)
                self._is_back(head.id)
            case _:  # of a hand-over that was withdrawn, or is over
                pass

    def _is_back(self, conversation: int) -> None:
        self._away.pop(conversation, None)
        self._agenda.put(conversation, None)


def _ended(head: Conversation, news: Ended, now: datetime) -> tuple[tuple[Entry, ...], Conversation]:
    """What was owed is counted where it was answered."""
    kept = (PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, ""),) if head.promise else ()
    after = hand_over(replace(head, promise=None), Closed(now, head.topic or news.topic, ""))
    return (*kept, HandedOver(now, after.holder, "ended_there")), after


def _ended_there(head: Conversation, centre: str) -> bool:
    """Whether it was closed because that centre has closed it."""
    return isinstance(head.holder, Closed) and bool(head.line) and not head.holder.by and head.passed[-1].receiver == centre
