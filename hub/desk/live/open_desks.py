"""Connected desks: each has a queue of frames for its socket, and indexes by their contents."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import msgspec
from aiohttp import web

from hub.access.authorization import Authorization, Refusal
from hub.access.operator import Operator, SignIn
from hub.access.permissions import Permission, may
from hub.conversations.conversation import Conversation, Shown, shown_to
from hub.desk.live.frames import Frame
from hub.kernel.web.socket_writer import WebSocketWriter, text_frame

NOBODY = Shown()

_encode = msgspec.json.Encoder().encode


class OpenDesk:
    """One connected desk."""

    def __init__(self, who: Operator, sign_in: SignIn, authorization: Authorization) -> None:
        self.who, self.sign_in, self._authorization = who, sign_in, authorization
        self.watched = 0
        self.ends: asyncio.TimerHandle | None = None
        """Timer for the end of the session."""
        self._last: dict[type[Frame], Frame] = {}
        self.outgoing = WebSocketWriter()
        self._over = asyncio.Event()

    def push(self, what: Frame) -> None:
        """Send a frame, if the account has its permission; the object was checked before."""
        if self.refusal(what) is None and not self._over.is_set():
            self.outgoing.push(text_frame(_encode(what)))

    def push_news(self, what: Frame) -> None:
        """As push, unless it equals the last one of its kind."""
        if self._last.get(type(what)) != what:
            self._last[type(what)] = what
            self.push(what)

    def refusal(self, what: Frame | type[Frame]) -> Refusal | None:
        """Why a frame may not be received or sent by this desk."""
        first = None
        for each in what.needs:
            if (found := self._authorization.why_not(self.who, each)) is None:
                return None
            first = first or found
        return first

    def end(self) -> None:
        """Pending frames are still sent."""
        self._over.set()

    def forget_end(self) -> None:
        if self.ends:
            self.ends.cancel()

    async def write(self, response: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        """Send until the end, then close."""
        self.outgoing.opened(transport)
        await self._over.wait()
        self.outgoing.flush()
        await response.close(code=1012)  # IANA registry: service restart, reconnect


class OpenDesks:
    """All connected desks by login, by line and by shown conversation."""

    def __init__(self) -> None:
        self.all: set[OpenDesk] = set()
        self._watching: defaultdict[int, set[OpenDesk]] = defaultdict(set)
        self._of: defaultdict[str, set[OpenDesk]] = defaultdict(set)
        self.lookers: set[OpenDesk] = set()
        """Desks with SEE_ALL."""
        self._serving: defaultdict[str, set[OpenDesk]] = defaultdict(set)

    def enter(self, screen: OpenDesk) -> None:
        self.all.add(screen)
        self._of[screen.who.login].add(screen)
        if may(screen.who, Permission.SEE_ALL):
            self.lookers.add(screen)
        if may(screen.who, Permission.SERVE):
            for queue in screen.who.queues:
                self._serving[queue].add(screen)

    def leave(self, screen: OpenDesk) -> None:
        self.all.discard(screen)
        self.lookers.discard(screen)
        for index, key in [(self._of, screen.who.login), *((self._serving, queue) for queue in screen.who.queues)]:
            index[key].discard(screen)
            if not index[key]:
                del index[key]
        self.watch(screen, 0)

    def watch(self, screen: OpenDesk, conversation: int) -> None:
        """A desk shows a conversation, 0 for none."""
        self._watching[screen.watched].discard(screen)
        if not self._watching[screen.watched]:
            del self._watching[screen.watched]
        screen.watched = conversation
        if conversation:
            self._watching[conversation].add(screen)

    def watched(self) -> list[int]:
        """Conversations shown on any desk."""
        return list(self._watching)

    def watching(self, conversation: int) -> set[OpenDesk]:
        return set(self._watching.get(conversation, ()))

    def of(self, login: str) -> set[OpenDesk]:
        return set(self._of.get(login, ()))

    def concerned(self, head: Conversation, before: Shown = NOBODY, also: Iterable[str] = ()) -> set[OpenDesk]:
        """Desks whose views contain a conversation, or did: messages of a talk do not concern its whole line.

        `also` are logins.
        """
        found = self.lookers | self.watching(head.id)
        for login in also:
            found |= self.of(login)
        for shown in {before, shown_to(head)}:
            found |= self._serving.get(shown.line, set()) | self.of(shown.login)
        return found
