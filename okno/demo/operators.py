"""A simulated operator: signs in, becomes ready, accepts offers, answers, notes, transfers, closes."""

from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import msgspec
from aiohttp import ClientSession

from hub.access.operator import Presence
from hub.conversations.message import Author
from hub.desk.access.forms import OperatorOut
from hub.desk.conversations.forms import CloseIn, ConversationOut, EntryOut, InboxOut, ReplyIn, TimelineOut, TransferIn
from hub.desk.conversations.frames import Changed, Saw, Typing, Watch
from hub.desk.dispatch.frames import OfferGone, OfferMade, PresenceChanged
from hub.desk.rooms import ToDesk
from hub.desk.sign_in.forms import PresenceIn
from hub.kernel.errors import RefusedError
from okno.demo.accounts import WATCHING
from okno.demo.desk import DeskClient
from okno.demo.line import Line, Pace, line
from okno.demo.people import Employee, People

SILENCE_S = 40.0
"""After this silence the citizen is asked whether they are there; after the second time the conversation is closed."""
REJECTS, TRANSFERS, NOTES, WRAPS_UP, RESTS, EVEN = 0.04, 0.08, 0.15, 0.3, 0.01, 0.5
"""Probabilities: of rejected offers, transfers, notes, after-call work, breaks when idle."""

_decode = msgspec.json.Decoder(ToDesk).decode


class Shift:
    """One operator at the desk, until cancelled. They do one thing at a time."""

    def __init__(self, http: ClientSession, hub: str, people: People, who: Employee, chance: Random, pace: Pace) -> None:
        self._http, self._hub, self._people, self._who, self._chance, self._pace = http, hub, people, who, chance, pace
        self._desk = DeskClient(http, hub)
        self._replies = people.replies()
        self._offers: dict[str, ConversationOut] = {}
        self._held: dict[str, ConversationOut] = {}
        self._away = True
        self._line: Line

    async def work(self, password: str) -> None:
        """Raises OknoError or aiohttp.ClientError when the hub fails."""
        await self._desk.sign_in(self._who.login, password)
        address = f"{self._hub}/api/socket"
        async with line(self._http, address, self._desk.headers, self._hear, self._pace) as self._line:
            mine = await self._desk.get("/api/inbox?view=mine", InboxOut)
            self._held |= {row.id: row for row in mine.conversations}
            while True:
                try:
                    await self._do_something()
                except RefusedError:
                    # Another operator was quicker, or it was closed meanwhile: the rows are updated soon.
                    await self._line.pause(1)

    def _hear(self, data: str) -> None:
        match _decode(data):
            case OfferMade(conversation=row):
                self._offers[row.id] = row
            case OfferGone(conversation=conversation):
                self._offers.pop(conversation, None)
            case Changed(conversation=row):
                if row.holder.kind == "operator" and row.holder.operator == self._who.login:
                    self._held[row.id] = row
                else:
                    self._held.pop(row.id, None)
            case PresenceChanged(login=self._who.login, presence=presence):
                self._away = presence is not Presence.READY
            case _:
                pass

    async def _do_something(self) -> None:
        if self._away:
            await self._line.pause(2)
            await self._be(Presence.READY)
        elif self._offers:
            await self._consider(next(iter(self._offers)))
        elif row := self._most_urgent():
            await self._serve(row)
        elif not self._held and self._chance.random() < RESTS and await self._ready_colleagues():
            await self._step_away(Presence.BREAK, 30)
        else:
            await self._line.until(lambda: bool(self._offers), 2)

    def _most_urgent(self) -> ConversationOut | None:
        """The conversation with the longest wait for an answer."""
        now = datetime.now(UTC)
        # A row whose last words are not known waits since it was handed over.
        unanswered = [
            (at, row.id) for row in self._held.values() for at in (row.last_at or row.holder.since,)
            if at and (row.last_author is not Author.OPERATOR or (now - at).total_seconds() > SILENCE_S)]
        return self._held[min(unanswered)[1]] if unanswered else None

    async def _consider(self, conversation: str) -> None:
        await self._line.pause(3)
        self._offers.pop(conversation, None)
        if self._chance.random() < REJECTS and await self._ready_colleagues():
            await self._desk.post(f"/api/conversations/{conversation}/reject")
            return
        accepted = await self._desk.post(f"/api/conversations/{conversation}/accept")
        self._held[conversation] = msgspec.json.decode(accepted, type=TimelineOut).conversation

    async def _serve(self, row: ConversationOut) -> None:
        await self._line.send(Watch(row.id))
        entries = (await self._desk.get(f"/api/conversations/{row.id}", TimelineOut)).entries
        said = [e for e in entries if e.kind == "message" and e.author in {Author.CITIZEN, Author.OPERATOR}]
        await self._line.send(Saw(row.id, entries[-1].id))
        await self._line.read(said[-1].text if said else "")
        greeted = any(entry.by == self._who.login for entry in said)
        if not greeted and self._chance.random() < TRANSFERS and await self._transfer(row):
            return
        if self._chance.random() < NOTES:
            await self._write(row, "note", self._chance.choice(self._people.notes))
        text, last = self._answer(said, greeted=greeted)
        await self._line.type(text, Typing(row.id))
        await self._write(row, "reply", text)
        await self._line.pause(1)
        if last:
            await self._close(row)

    def _answer(self, said: list[EntryOut], *, greeted: bool) -> tuple[str, bool]:
        """The text to write, and whether it ends the conversation."""
        choose, people = self._chance.choice, self._people
        text = said[-1].text if said else ""
        if text in people.checks:
            return choose(people.farewells), True
        if greeted and said[-1].author is Author.OPERATOR:
            return choose(people.checks), False
        if text in self._replies:
            return self._replies[text], False
        if text in people.thanks:
            return choose(people.farewells), True
        if not greeted:
            return choose(people.greetings).format(name=self._who.name.partition(" ")[0]), False
        return choose(people.answers), False

    async def _write(self, row: ConversationOut, what: str, text: str) -> None:
        await self._desk.post(f"/api/conversations/{row.id}/{what}", ReplyIn(uuid4().hex, text))

    async def _transfer(self, row: ConversationOut) -> bool:
        """Transfer to another line, or to a present colleague; it is not offered to this operator again."""
        colleagues = await self._ready_colleagues()
        if not colleagues:
            return False
        queues = [queue.id for queue in self._desk.me.all_queues if queue.id != row.holder.queue]
        note = self._chance.choice(self._people.handovers)
        to_queue = bool(queues) and self._chance.random() < EVEN
        body = TransferIn(queue=self._chance.choice(queues), note=note) if to_queue else TransferIn(
            operator=self._chance.choice(colleagues), note=note)
        await self._desk.post(f"/api/conversations/{row.id}/transfer", body)
        self._held.pop(row.id, None)
        return True

    async def _close(self, row: ConversationOut) -> None:
        topics = [topic.id for topic in self._desk.me.all_topics]
        topic = row.topic if row.topic in topics else topics[-1]
        await self._desk.post(f"/api/conversations/{row.id}/close", CloseIn(topic))
        self._held.pop(row.id, None)
        if self._chance.random() < WRAPS_UP and await self._ready_colleagues():
            await self._step_away(Presence.WRAP_UP, 5)

    async def _ready_colleagues(self) -> list[str]:
        """Present simulated colleagues: people at the desk are excluded."""
        colleagues = await self._desk.get("/api/colleagues", list[OperatorOut])
        return [one.login for one in colleagues if one.presence is Presence.READY and one.login not in WATCHING]

    async def _be(self, presence: Presence) -> None:
        await self._desk.put("/api/presence", PresenceIn(presence))
        self._away = presence is not Presence.READY

    async def _step_away(self, presence: Presence, seconds: float) -> None:
        await self._be(presence)
        await self._line.pause(seconds)
        await self._be(Presence.READY)
