"""Assembles long messages. Each part is on disk before it is acknowledged, and all of them until the whole is."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from msgspec import Struct

from channels.sms.alphabets import decoded
from channels.sms.parts import IncomingPart
from hub.conversations.delivery_status import Fragment
from hub.conversations.ports import Store

KEPT = timedelta(minutes=15)
"""How long the parts of an assembled message are remembered: the SMSC may redeliver one."""
MISSING = "[…]"


class Whole(Struct, frozen=True):
    """An assembled message, or its available parts."""

    source: str
    key: str
    text: str
    group: str


class _Group:
    """The parts of one message; `last` is the arrival of the last one, `again` are parts repeated after completion."""

    def __init__(self, first: Fragment) -> None:
        self.name, self.total, self.last = first.group, first.total, first.at
        self.parts: dict[int, Fragment] = {}
        self.again: set[int] = set()

    @property
    def whole(self) -> bool:
        return len(self.parts) == self.total

    def add(self, part: Fragment) -> None:
        self.parts[part.seq] = part
        self.last = max(self.last, part.at)

    def has(self, seq: int, content: bytes) -> bool:
        known = self.parts.get(seq)
        return known is not None and known.content == content

    def put_together(self) -> Whole:
        sign = hashlib.sha256(repr((self.name, [(seq, self.parts[seq].content) for seq in sorted(self.parts)])).encode()).hexdigest()[:32]
        return Whole(unquote(self.name.split("|")[1]), sign, self._text(), self.name)

    def _text(self) -> str:
        """Characters may be split between two parts, so parts of one coding are decoded together."""
        runs: list[tuple[int, bytes] | None] = []
        for seq in range(1, self.total + 1):
            part = self.parts.get(seq)
            if part is None:
                runs.append(None)
            elif runs and (last := runs[-1]) is not None and last[0] == part.content[0]:
                runs[-1] = (last[0], last[1] + part.content[1:])
            else:
                runs.append((part.content[0], part.content[1:]))
        return "".join(MISSING if run is None else decoded(run[1], run[0]) for run in runs)


class Assembly:
    """Available parts, in the store and in memory."""

    def __init__(self, store: Store, channel: str, wait: timedelta) -> None:
        """An incomplete message is handed in as it is after `wait`."""
        self._store, self._channel, self._wait = store, channel, wait
        self._groups: defaultdict[str, dict[str, _Group]] = defaultdict(dict)
        """By the common key of the parts, then by name: references are reused."""

    async def load(self) -> None:
        self._groups.clear()
        for part in await self._store.all(Fragment):
            if part.key.startswith(self._channel + "|"):
                self._group(part).add(part)

    async def add(self, source: str, destination: str, piece: IncomingPart, data_coding: int, now: datetime) -> Whole | None:
        """Store a part; returns the whole message if it is the last one, or a repeated part of a complete one."""
        common = f"{self._channel}|{quote(source)}|{quote(destination)}|{piece.reference}|{piece.total}"
        content = bytes([data_coding]) + piece.content
        known = self._groups[common].values()
        group = _home(known, piece.seq, content)
        if group is None:
            name = f"{common}|{int(now.timestamp() * 1000)}-{len(known)}"
            # A telephone may use one reference for all messages: an apparent repetition was the beginning of this one.
            parts = [(seq, other.parts[seq].content) for other in known for seq in other.again] + [(piece.seq, content)]
            for other in known:
                other.again.clear()
        else:
            name, parts = group.name, [(piece.seq, content)] if piece.seq not in group.parts else []
        stored = [Fragment(f"{name}/{seq}", name, seq, piece.total, each, now) for seq, each in parts]
        if stored:
            await self._store.exchange(stored, ())
        for part in stored:
            group = self._group(part)
            group.add(part)
        if group is None or not group.whole:
            return None
        if not stored:
            group.again.add(piece.seq)
        return group.put_together()

    def overdue(self, now: datetime) -> Iterator[Whole]:
        """Incomplete messages whose wait is over."""
        yield from [group.put_together() for group in self._every() if not group.whole and group.last + self._wait <= now]

    async def sweep(self, now: datetime) -> None:
        """Delete the parts of messages handed in long ago."""
        for group in self._every():
            if group.whole and group.last + max(KEPT, self._wait) <= now:
                await self.forget(group.name)

    async def forget(self, name: str) -> None:
        common = name.rpartition("|")[0]
        group = self._groups[common].pop(name)
        if not self._groups[common]:
            del self._groups[common]
        await self._store.exchange((), tuple(group.parts.values()))

    def next_due(self) -> datetime | None:
        """The next time to hand in an incomplete message, or to delete parts."""
        return min((group.last + (max(KEPT, self._wait) if group.whole else self._wait) for group in self._every()), default=None)

    def _every(self) -> list[_Group]:
        return [group for groups in self._groups.values() for group in groups.values()]

    def _group(self, part: Fragment) -> _Group:
        groups = self._groups[part.group.rpartition("|")[0]]
        return groups.setdefault(part.group, _Group(part))


def _home(groups: Collection[_Group], seq: int, content: bytes) -> _Group | None:
    """The message of a part: one that lacks it, or one that has it; None for a new one."""
    open_ = [group for group in groups if not group.whole]
    return next(
        (group for group in (*(each for each in open_ if each.has(seq, content)), *(each for each in open_ if seq not in each.parts),
                             *(each for each in groups if each.has(seq, content)))), None)
