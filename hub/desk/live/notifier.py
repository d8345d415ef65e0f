"""The live sockets of desks: connection, incoming frames, end. The contents are each room's own (room.py)."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import WSMsgType, web

from hub.access.authorization import Authorization
from hub.access.operator import Operator, SignIn
from hub.access.permissions import declared
from hub.desk.http.parts import Clock
from hub.desk.live.frames import OWN, AccountChanged, Frame, SignedOut, Wrong, union_of
from hub.desk.live.lists import Lists
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.ports import SignIns
from hub.desk.live.room import LiveRoom
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.web import bodies

FRAME_LIMIT = 1 << 16


def heard_by(rooms: Sequence[LiveRoom]) -> Mapping[type[Frame], LiveRoom]:
    """Raises UndeclaredError where a frame declares no permission."""
    for room in rooms:
        for frame in (*OWN, *room.sends, *room.hears):
            declared(frame.__name__, frame.needs)
    return {frame: room for room in rooms for frame in room.hears}


class DeskNotifier:
    """All connected desks of this hub."""

    def __init__(self, desks: OpenDesks, sign_ins: SignIns, authorization: Authorization, lists: Lists, rooms: Sequence[LiveRoom],
                 clock: Clock) -> None:
        """Raises UndeclaredError."""
        self._desks, self._sign_ins, self._authorization, self._rooms, self._clock = desks, sign_ins, authorization, rooms, clock
        self.lists = lists
        self._heard_by = heard_by(rooms)
        self._decode = msgspec.json.Decoder(union_of(tuple(self._heard_by))).decode
        self._tasks = BackgroundTasks()
        self._closing = False

    def subscribe(self) -> None:
        """Subscribe each room to its signals."""
        for room in self._rooms:
            room.subscribe()

    def signed_out(self, sign_in: SignIn) -> None:
        for desk in self._desks.of(sign_in.login):
            if desk.sign_in.token == sign_in.token:
                desk.push(SignedOut())
                desk.end()
        self.lists.tell("security", sign_in.login)

    def renew(self, operator: Operator) -> None:
        """An account was changed: its connected desks are updated."""
        for desk in self._desks.of(operator.login):
            watched = desk.watched
            self._desks.leave(desk)
            desk.who = operator
            self._desks.enter(desk)
            self._desks.watch(desk, watched)
            desk.push(AccountChanged())
            for room in self._rooms:
                room.renew(desk)

    def settled(self) -> None:
        """Lines have changed: every connected desk reloads them."""
        for desk in self._desks.all:
            desk.push(AccountChanged())

    async def serve(self, request: web.Request, who: Operator, sign_in: SignIn) -> web.StreamResponse:
        """One desk's socket, from the first frame to the last."""
        response = web.WebSocketResponse(compress=False, max_msg_size=FRAME_LIMIT, heartbeat=20)
        desk = OpenDesk(who, sign_in, self._authorization)
        self._watch_end(desk)
        self.enter(desk)  # before any await: otherwise a concurrent change of the account would be missed
        try:
            await response.prepare(request)
            await self._listen(desk, response, request.transport)
        finally:
            self._leave(desk)
            desk.forget_end()
        return response

    def enter(self, desk: OpenDesk) -> None:
        self._desks.enter(desk)
        for room in self._rooms:
            room.greet(desk)

    def _leave(self, desk: OpenDesk) -> None:
        watched = desk.watched
        self._desks.leave(desk)
        for room in self._rooms:
            room.leave(desk, watched)

    def _watch_end(self, desk: OpenDesk) -> None:
        """A socket makes no requests that would detect the end of its session."""
        left_s = (self._sign_ins.idle.until(desk.sign_in) - self._clock()).total_seconds()
        if left_s > 0:
            desk.ends = asyncio.get_running_loop().call_later(left_s, self._watch_end, desk)
        else:
            self._tasks.spawn(self._sign_ins.expire(desk.sign_in))

    async def _listen(self, desk: OpenDesk, response: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        if self._closing:
            desk.end()
        writer = asyncio.create_task(desk.write(response, transport))
        try:
            async for message in response:
                self._sign_ins.idle.touch(desk.sign_in)
                if message.type is WSMsgType.TEXT:
                    await self._receive(desk, message.data)
                else:
                    desk.push(Wrong("bad_frame", "Ожидается текст JSON."))
        finally:
            writer.cancel()

    async def _receive(self, desk: OpenDesk, data: str) -> None:
        try:
            received: Frame = self._decode(data)
            if (refusal := desk.refusal(received)) is not None:
                desk.push(Wrong(refusal.code, refusal.text))
                return
            await self._heard_by[type(received)].hear(desk, received)
        except (*bodies.UNREADABLE, ValueError) as error:
            desk.push(Wrong("bad_frame", f"Кадр не понят: {error}"))
        except (RefusedError, StoreError, KeyError) as error:
            desk.push(Wrong(getattr(error, "code", "unavailable"), str(error)))

    async def close(self) -> None:
        """Close all desks, including those that still connect."""
        self._closing = True
        self.lists.close()
        for desk in list(self._desks.all):
            desk.end()
        for room in self._rooms:
            await room.close()
        await self._tasks.cancel()
