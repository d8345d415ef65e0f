"""Live updates of the floor, with the part visible to each desk (MC-01)."""

from collections.abc import Sequence

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.desk.http.parts import Clock
from hub.desk.live.open_desks import OpenDesk
from hub.desk.live.room import LiveRoom
from hub.desk.monitoring.frames import ChannelNow, FloorChanged, FloorColumn, ShowFloor
from hub.monitoring.channel_health import ChannelMonitor, ChannelStatus
from hub.monitoring.remote_floors import RemoteQueue, RemoteQueueStatus
from hub.monitoring.wallboard import FLOOR_FIELDS, FloorNews, Late, Wallboard
from hub.reporting.columns import SHOWN
from hub.reporting.figure import Figure, Formula, Place


def _column(figure: Figure) -> FloorColumn:
    part, whole = (figure.source.part, figure.source.whole) if isinstance(figure.source, Formula) else ((figure.name,), ())
    return FloorColumn(f"floor.{figure.key(Place.FLOOR_SCREEN)}", figure.unit, _fields(part), _fields(whole), figure.bad_of != "")


def _fields(names: Sequence[str]) -> list[str]:
    """Names of the totals in the rows of groups."""
    return [f"-{FLOOR_FIELDS[name[1:]]}" if name.startswith("-") else FLOOR_FIELDS[name] for name in names]


COLUMNS = [_column(figure) for figure in SHOWN[Place.FLOOR_SCREEN]]


class LiveFloor(LiveRoom):
    """Desks of one hub. A new one gets everything, then changes."""

    sends = (FloorChanged,)
    hears = (ShowFloor,)

    def __init__(self, wallboard: Wallboard, channel_monitor: ChannelMonitor, remote_queues: RemoteQueueStatus,
                 authorization: Authorization, clock: Clock) -> None:
        self._wallboard, self._channel_monitor, self._remote_queues = wallboard, channel_monitor, remote_queues
        self._authorization, self._clock = authorization, clock
        self._shown: set[OpenDesk] = set()

    def subscribe(self) -> None:
        self._wallboard.looked_at.answer_by(self.looked_at)
        self._wallboard.on_change.subscribe(self.changed)
        self._wallboard.on_renewal.subscribe(self.renewed)
        self._remote_queues.on_change.subscribe(self.linked)
        self._channel_monitor.on_change.subscribe(self.beats)

    def looked_at(self) -> bool:
        return bool(self._shown)

    async def hear(self, desk: OpenDesk, frame: ShowFloor) -> None:
        self.show(desk, on=frame.on)

    def show(self, desk: OpenDesk, *, on: bool) -> None:
        """A desk starts or stops showing the floor. A repeated start sends everything again."""
        self._shown.discard(desk)
        if on:
            self._shown.add(desk)
            whole, beats = self._wallboard.whole(), channels_now(self._channel_monitor.beats())
            self._push(desk, whole, beats, self._remote_queues.rows(), whole=True)

    def leave(self, desk: OpenDesk, watched: int) -> None:
        del watched
        self._shown.discard(desk)

    def renewed(self) -> None:
        """The groups have changed."""
        for desk in list(self._shown):
            self.show(desk, on=True)

    def changed(self, news: FloorNews) -> None:
        """Listener of the wallboard."""
        for desk in self._shown:
            self._push(desk, news)

    def linked(self, rows: list[RemoteQueue]) -> None:
        """Listener of the remote floors."""
        for desk in self._shown:
            self._push(desk, linked=rows)

    def beats(self, beats: list[ChannelStatus]) -> None:
        """The channels have changed."""
        for desk in self._shown:
            self._push(desk, channels=channels_now(beats))

    def _push(self, desk: OpenDesk, news: FloorNews = FloorNews(), channels: list[ChannelNow] | None = None,  # noqa: B008 - it never changes
              linked: list[RemoteQueue] | None = None, *, whole: bool = False) -> None:
        below = self._authorization.below(desk.who)
        groups = [each for each in news.groups if self._wallboard.centres_of(each.key) <= below]
        late = [self._seen_by(desk.who, each) for each in news.late if self._authorization.line(each.queue).centre in below]
        seen = None if linked is None else [each for each in linked if each.centre in below]
        desk.push(FloorChanged(self._clock(), whole, groups, late, channels, seen, COLUMNS if whole else None))

    def _seen_by(self, who: Operator, late: Late) -> Late:
        """A wall display has no links to conversations."""
        return late if self._authorization.may(who, Permission.SEE_FIGURES) else replace(late, conversation="")


def channels_now(beats: list[ChannelStatus]) -> list[ChannelNow]:
    """Without drivers' texts: an error may contain an address."""
    return [ChannelNow(beat.channel, beat.health.up, bool(beat.error)) for beat in beats]
