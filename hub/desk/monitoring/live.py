"""Live updates of channels; the floor is in floor.py."""

from hub.access.authorization import Authorization
from hub.desk.live.open_desks import OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.monitoring.channels import channels_out
from hub.desk.monitoring.frames import ChannelsChanged
from hub.intake.set_aside import HeldReview
from hub.monitoring.channel_checks import ChannelChecks
from hub.monitoring.channel_health import ChannelMonitor, ChannelStatus


class LiveChannels(LiveRoom):
    sends = (ChannelsChanged,)

    def __init__(self, desks: OpenDesks, channel_monitor: ChannelMonitor, channel_checks: ChannelChecks, authorization: Authorization,
                 sifting: HeldReview) -> None:
        self._desks, self._channel_monitor, self._channel_checks = desks, channel_monitor, channel_checks
        self._authorization, self._sifting = authorization, sifting

    def subscribe(self) -> None:
        self._channel_monitor.on_change.subscribe(self.tell)
        self._channel_checks.on_change.subscribe(self.changed)

    def changed(self) -> None:
        """The status of the channels, for those with SEE_ALL."""
        self.tell(self._channel_monitor.beats())

    def tell(self, beats: list[ChannelStatus]) -> None:
        for desk in self._desks.lookers:
            desk.push(ChannelsChanged(channels_out(self._sifting, self._authorization, self._channel_checks, desk.who, beats)))
