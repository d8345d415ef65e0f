"""Trunks of one exchange, as AMI tells of them: a leg is of the endpoint that its channel is named after."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from channels.voice.ami import ActionRefusedError, Ami
from channels.voice.events import Event, Hangup, Live, Newchannel, Newstate
from channels.voice.numbers import number_of
from channels.voice.trunks.occupancy import TrunkOccupancy
from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.monitoring.trunk import RefusedCall, TrunkHour, TrunkNow, merged

log = logging.getLogger(__name__)

SAVES = timedelta(minutes=1)
"""What a crash of the hub may lose of the hours; a refused caller is stored at once."""
ARRIVES, ANSWERED = "Ring", "Up"


class TrunkMonitor:
    """`ways` are the dial strings of the trunks, `region` (ISO 3166) is the country of national numbers."""

    def __init__(self, exchange: str, ami: Ami, ways: Sequence[str], region: str, store: Store) -> None:
        self._exchange, self._ami, self._region, self._store = exchange, ami, region, store
        self._trunks = {name: TrunkOccupancy(f"{exchange}/{name.partition('/')[2]}") for name in map(_endpoint, ways)}
        """By technology and endpoint, as channels are named: PJSIP/trunk."""
        self._dialled: dict[str, str] = {}
        """Numbers that callers dialled who are not answered yet, by uniqueid."""
        self._refused: list[RefusedCall] = []
        """Not saved yet."""
        self._saved = _now()
        self._saving = asyncio.Lock()
        self._tasks = BackgroundTasks()

    def now(self) -> list[TrunkNow]:
        now = _now()
        return [TrunkNow(each.trunk, each.lines, each.in_use, each.refusals, each.unsaved(now)) for each in self._trunks.values()]

    def told(self, event: Event) -> None:
        if not isinstance(event, Newchannel | Newstate | Hangup) or (trunk := self._of(event.channel)) is None:
            return
        now = _now()
        match event:
            case Newchannel(state=state, exten=dialled) if state == ARRIVES:
                self._dialled[event.uniqueid] = dialled
            case Newchannel():
                trunk.began(event.uniqueid, now, caller=False)
            case Newstate(state=state) if state == ANSWERED:
                self._dialled.pop(event.uniqueid, None)
                trunk.began(event.uniqueid, now, caller=True)
            case Hangup(state=state) if state == ARRIVES:
                trunk.refused(now)
                self._refuse(event, trunk.trunk, now)
            case Hangup():
                trunk.ended(event.uniqueid, now)
            case _:
                return
        if self._refused or now - self._saved >= SAVES:
            self._saved = now
            self._tasks.spawn(self._save())

    def resume(self, channels: Sequence[Live]) -> None:
        """After a reconnection these calls are there; after a long downtime none."""
        now = _now()
        self._dialled.clear()
        for trunk in self._trunks.values():
            trunk.resume({each.uniqueid for each in channels if self._of(each.channel) is trunk and each.state != ARRIVES}, now)

    async def declare(self) -> None:
        """Read the capacity that Asterisk keeps to (TRUNK_LINES). Raises UnavailableError."""
        for name, trunk in self._trunks.items():
            trunk.lines = await self._declared(name)

    async def close(self) -> None:
        await self._save()  # after those that are under way
        await self._tasks.cancel()

    def _of(self, channel: str) -> TrunkOccupancy | None:
        return self._trunks.get(channel.rpartition("-")[0])

    async def _declared(self, name: str) -> int:
        try:
            told = (await self._ami.action("Getvar", Variable=f"LINES_{name.partition('/')[2]}")).get("Value", "")
        except ActionRefusedError:
            return 0
        return int(told) if isinstance(told, str) and told.isdecimal() else 0

    def _refuse(self, event: Hangup, trunk: str, now: datetime) -> None:
        number, dialled = number_of(event.number, self._region), self._dialled.pop(event.uniqueid, "")
        self._refused.append(RefusedCall(f"{self._exchange}-{event.uniqueid}", now, trunk, dialled, number, event.cause))
        log.warning("caller not answered by the exchange", extra={"trunk": trunk, "cause": event.cause})

    async def _save(self) -> None:
        async with self._saving:
            refused, self._refused = self._refused, []
            hours = {each.trunk: each.take(_now()) for each in self._trunks.values()}
            try:
                whole = [await self._whole(hour) for each in hours.values() for hour in each]
                if whole or refused:
                    await self._store.exchange([*whole, *refused], [])
            except StoreError as error:
                log.warning("store unavailable: trunk figures are stored later", extra={"why": str(error)})
                self._refused = [*refused, *self._refused]
                for trunk in self._trunks.values():
                    trunk.give_back(hours[trunk.trunk])

    async def _whole(self, hour: TrunkHour) -> TrunkHour:
        return merged(hour, await self._store.get(TrunkHour, hour.key))


def _endpoint(way: str) -> str:
    """Technology and endpoint of a dial string: PJSIP/trunk of PJSIP/{number}@trunk."""
    return f"{way.partition('/')[0]}/{way.rpartition('@')[2].rpartition('/')[2]}"


def _now() -> datetime:
    return datetime.now(UTC)
