"""Desks that show the floor: each is told what it may see of what has changed (MC-01)."""

from collections.abc import Sequence

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.desk.desk import Desk
from hub.desk.live.frames import ChannelNow, FloorChanged, FloorColumn
from hub.desk.live.open_desks import OpenDesk
from hub.monitoring.channel_health import ChannelStatus
from hub.monitoring.remote_floors import RemoteQueue
from hub.monitoring.wallboard import FLOOR_FIELDS, FloorNews, Late
from hub.reporting.columns import SHOWN
from hub.reporting.figure import Figure, Formula, Place


def _column(figure: Figure) -> FloorColumn:
    part, whole = (figure.source.part, figure.source.whole) if isinstance(figure.source, Formula) else ((figure.name,), ())
    return FloorColumn(f"floor.{figure.key(Place.FLOOR_SCREEN)}", figure.unit, _fields(part), _fields(whole), figure.bad_of != "")


def _fields(names: Sequence[str]) -> list[str]:
    """What sums are called in the rows of groups."""
    return [f"-{FLOOR_FIELDS[name[1:]]}" if name.startswith("-") else FLOOR_FIELDS[name] for name in names]


COLUMNS = [_column(figure) for figure in SHOWN[Place.FLOOR_SCREEN]]


class FloorScreens:
    """Those of one hub. Whoever begins to look is told all of it, and from then on what changes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: set[OpenDesk] = set()

    def looked_at(self) -> bool:
        return bool(self._shown)

    def show(self, screen: OpenDesk, *, on: bool) -> None:
        """A desk shows the floor from now on, or does no more. Saying so again brings all of it anew."""
        self._shown.discard(screen)
        if on:
            self._shown.add(screen)
            whole, beats = self._desk.wallboard.whole(), channels_now(self._desk.channel_monitor.beats())
            self._push(screen, whole, beats, self._desk.remote_queues.rows(), whole=True)

    def renew(self) -> None:
        """There are other groups than there were."""
        for screen in list(self._shown):
            self.show(screen, on=True)

    def leave(self, screen: OpenDesk) -> None:
        self._shown.discard(screen)

    def changed(self, news: FloorNews) -> None:
        """A listener of the wallboard."""
        for screen in self._shown:
            self._push(screen, news)

    def linked(self, rows: list[RemoteQueue]) -> None:
        """A listener of the far floors."""
        for screen in self._shown:
            self._push(screen, linked=rows)

    def beats(self, beats: list[ChannelStatus]) -> None:
        """The channels are others than they were."""
        for screen in self._shown:
            self._push(screen, channels=channels_now(beats))

    def _push(self, screen: OpenDesk, news: FloorNews = FloorNews(), channels: list[ChannelNow] | None = None,  # noqa: B008 - it never changes
              linked: list[RemoteQueue] | None = None, *, whole: bool = False) -> None:
        below = self._desk.authorization.below(screen.who)
        groups = [each for each in news.groups if self._desk.wallboard.centres_of(each.key) <= below]
        late = [self._seen_by(screen.who, each) for each in news.late if self._desk.authorization.line(each.queue).centre in below]
        seen = None if linked is None else [each for each in linked if each.centre in below]
        screen.push(FloorChanged(self._desk.now(), whole, groups, late, channels, seen, COLUMNS if whole else None))

    def _seen_by(self, who: Operator, late: Late) -> Late:
        """A display leads to nobody's conversation."""
        return late if self._desk.authorization.may(who, Permission.SEE_FIGURES) else replace(late, conversation="")


def channels_now(beats: list[ChannelStatus]) -> list[ChannelNow]:
    """Without the words of drivers: an error may name somebody's address."""
    return [ChannelNow(beat.channel, beat.health.up, bool(beat.error)) for beat in beats]
