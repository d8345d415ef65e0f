"""Puts the parts of long messages together. Each part is on the disk before it is acknowledged, and all of them until the whole is."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from channels.sms.coding import decoded
from channels.sms.parts import Piece
from hub.carriage import Fragment
from hub.ports import Store

KEPT = timedelta(minutes=15)
"""For so long a whole message's parts are known after it was handed in: the SMSC may bring one again."""
MISSING = "[…]"


class Whole(Struct, frozen=True):
    """A message that was put together, or what there is of it."""

    source: str
    destination: str
    key: str
    text: str
    group: str


class _Group:
    """The parts of one message; `began` is when the first of them came."""

    def __init__(self, first: Fragment) -> None:
        self.name, self.total, self.began = first.group, first.total, first.at
        self.last = first.at
        self.parts: dict[int, Fragment] = {}

    @property
    def whole(self) -> bool:
        return len(self.parts) == self.total

    def add(self, part: Fragment) -> None:
        self.parts[part.seq] = part
        self.began, self.last = min(self.began, part.at), max(self.last, part.at)

    def takes(self, seq: int, content: bytes) -> bool:
        """Whether a part is one of these, or one that is missing."""
        known = self.parts.get(seq)
        return not self.whole if known is None else known.content == content

    def put_together(self) -> Whole:
        sign = hashlib.sha256(repr((self.name, [(seq, self.parts[seq].content) for seq in sorted(self.parts)])).encode()).hexdigest()[:32]
        _, source, destination, *_ = self.name.split("|")
        return Whole(source, destination, f"{sign}/{int(self.began.timestamp() * 1000)}", self._text(), self.name)

    def _text(self) -> str:
        """Signs may be cut between two parts, so those of one coding are decoded together."""
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
    """The parts that are there, in the store and in memory."""

    def __init__(self, store: Store, channel: str, wait: timedelta) -> None:
        """A message whose parts have not all come is handed in as it is after `wait`."""
        self._store, self._channel, self._wait = store, channel, wait
        self._groups: defaultdict[str, dict[str, _Group]] = defaultdict(dict)
        """By what its parts have in common, then by name: references come round again."""

    async def load(self) -> None:
        self._groups.clear()
        for part in await self._store.all(Fragment):
            if part.key.startswith(self._channel + "|"):
                self._group(part).add(part)

    async def add(self, source: str, destination: str, piece: Piece, data_coding: int, now: datetime) -> Whole | None:
        """Store a part; the whole message if it is the last, or one that came again of a whole one."""
        common = f"{self._channel}|{source}|{destination}|{piece.reference}|{piece.total}"
        content = bytes([data_coding]) + piece.content
        known = self._groups[common]
        group = next((group for group in known.values() if group.takes(piece.seq, content)), None)
        if group is None or piece.seq not in group.parts:
            name = group.name if group else f"{common}|{int(now.timestamp() * 1000)}-{len(known)}"
            part = Fragment(f"{name}/{piece.seq}", name, piece.seq, piece.total, content, now)
            await self._store.put(part)
            group = self._group(part)
            group.add(part)
        return group.put_together() if group.whole else None

    def overdue(self, now: datetime) -> Iterator[Whole]:
        """Messages whose missing parts are waited for no more."""
        yield from [group.put_together() for group in self._every() if not group.whole and group.last + self._wait <= now]

    async def sweep(self, now: datetime) -> None:
        """Forget the parts of what was handed in long ago."""
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
        """When there is something to be handed in as it is, or to be forgotten."""
        return min((group.last + (max(KEPT, self._wait) if group.whole else self._wait) for group in self._every()), default=None)

    def _every(self) -> list[_Group]:
        return [group for groups in self._groups.values() for group in groups.values()]

    def _group(self, part: Fragment) -> _Group:
        groups = self._groups[part.group.rpartition("|")[0]]
        return groups.setdefault(part.group, _Group(part))
