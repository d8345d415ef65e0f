"""Messages of supervisors to the floor, shown on desks until they are read, with read receipts (OC-05).

Valid ones are in memory, and everything is stored first: a reconnecting desk asks again and misses nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.access.authorization import ROLE, Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission, may
from hub.conversations.ports import Store
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.monitoring.broadcast import FloorMessage, FloorRead, checked, holds, is_for, read_by
from hub.monitoring.wallboard import Group

KEPT = timedelta(days=30)
"""How long read receipts are kept after the expiry."""


class SupervisorBroadcasts:
    """The messages of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, dispatch: Dispatch,
                 groups: Mapping[str, Group]) -> None:
        self._store, self._now, self._authorization, self._dispatch, self._groups = store, now, authorization, dispatch, groups
        self._known: dict[str, FloorMessage] = {}
        self._read: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
        """By message: readers and times."""
        self._changing = asyncio.Lock()
        self.on_change = Signal[[str]]()
        """The login whose list has changed; "" is all."""

    async def start(self) -> None:
        """Load stored ones; old ones are deleted."""
        reads = await self._store.all(FloorRead)
        for message in await self._store.all(FloorMessage):
            if self._now() - message.until < KEPT:
                self._known[message.id] = message
            else:
                await self._store.drop(FloorMessage, message.id)
        for each in reads:
            if each.message in self._known:
                self._read[each.message][each.login] = each.at
            else:
                await self._store.drop(FloorRead, each.key)

    def unread(self, who: Operator) -> list[FloorMessage]:
        """The operator's unread messages, in order of sending."""
        now = self._now()
        return [each for each in self._sorted() if holds(each, now) and self._concerns(each, who) and who.login not in self._read[each.id]]

    def sent(self, who: Operator) -> list[FloorMessage]:
        """Messages to the centres that the operator supervises; newest first."""
        if not self._authorization.may(who, Permission.STEER):
            return []
        return [each for each in reversed(self._sorted()) if self._steers(who, each)]

    def readers(self, message: FloorMessage) -> dict[str, datetime]:
        return dict(self._read[message.id])

    def addressed(self, message: FloorMessage) -> list[Operator]:
        """Recipients."""
        return [each for each in self._dispatch.operators() if may(each, Permission.SERVE) and self._concerns(message, each)]

    async def send(self, who: Operator, id_: str, text: str, to: str, *, login: str, urgent: bool, until: datetime) -> FloorMessage:
        """Send to a group of lines, or to one person. Idempotent."""
        group = self._groups.get(to)
        if group is None and not login:
            raise RefusedError("no_such_group", "Такой группы линий здесь нет.")
        queues = () if login or group is None else group.lines
        message = checked(FloorMessage(id_, text.strip(), who.login, self._now(), until, urgent, "" if login else to, queues, login))
        if login and self._dispatch.operator(login) is None:
            raise RefusedError("no_such_operator", "Такого логина нет.")
        if not self._steers(who, message):
            raise RefusedError("forbidden", ROLE)
        async with self._changing:
            if known := self._known.get(id_):
                if (known.by, known.text) != (who.login, message.text):
                    raise RefusedError("other_version", "Под этим ключом уже есть другое сообщение.")
                return known
            about = login or to
            await self._store.put(message, AuditEntry(self._now(), who.login, "floor_message", id_, f"{about}: {message.text}"[:500]))
            self._known[id_] = message
        self.on_change("")
        return message

    async def tell(self, login: str, id_: str, text: str, until: datetime) -> None:
        """A message of the hub to one person. Idempotent."""
        async with self._changing:
            if id_ not in self._known:
                message = checked(FloorMessage(id_, text, "", self._now(), until, login=login))
                await self._store.put(message)
                self._known[id_] = message
        self.on_change(login)

    async def withdraw(self, who: Operator, id_: str) -> None:
        """Withdraw a message. Idempotent."""
        async with self._changing:
            known = self._find(id_)
            if not self._steers(who, known):
                raise RefusedError("forbidden", ROLE)
            if known.withdrawn is None:
                after = replace(known, withdrawn=self._now())
                await self._store.put(after, AuditEntry(self._now(), who.login, "floor_message_withdrawn", id_))
                self._known[id_] = after
        self.on_change("")

    async def read(self, who: Operator, id_: str) -> None:
        """Mark as read. Idempotent."""
        known = self._find(id_)
        if not self._concerns(known, who):
            raise RefusedError("no_such_floor_message", "Такого сообщения нет.")
        if who.login not in self._read[id_]:
            now = self._now()
            await self._store.put(read_by(id_, who.login, now))
            self._read[id_].setdefault(who.login, now)
            self.on_change(who.login)
            self.on_change(known.by)

    def _sorted(self) -> list[FloorMessage]:
        return sorted(self._known.values(), key=lambda each: (each.at, each.id))

    def _concerns(self, message: FloorMessage, who: Operator) -> bool:
        return is_for(message, who.login, who.queues)

    def _steers(self, who: Operator, message: FloorMessage) -> bool:
        person = self._dispatch.operator(message.login) if message.login else None
        queues = person.queues if person else message.queues
        return self._authorization.may(who, Permission.STEER) and self._authorization.covers_all(who, queues)

    def _find(self, id_: str) -> FloorMessage:
        if (known := self._known.get(id_)) is None:
            raise RefusedError("no_such_floor_message", "Такого сообщения нет.")
        return known
