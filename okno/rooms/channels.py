"""Channels that are set up at the desk."""

from collections.abc import Iterator
from typing import NamedTuple

from bots.russian import Russian
from channels.ssrf_guard import networks
from hub.conversations.ports import Channel
from hub.monitoring.channel_health import ChannelMonitor
from hub.monitoring.channel_setups import ChannelSetups, SetupParts
from okno.adapters.channel_drivers import DeskDrivers
from okno.rooms.base import Base, close_later
from okno.rooms.switchboard import Switchboard
from okno.rooms.way_in import Intake
from okno.serving.channel_routes import ChannelRoutes
from okno.stores import keeper


class DeskChannels(NamedTuple):
    channel_setups: ChannelSetups
    switchboard: Switchboard
    routes: ChannelRoutes
    base: Base

    def configured(self) -> Iterator[Channel]:
        """Those of the configuration file."""
        yield from (self.base.doors.channels[each.driver] for each in self.base.config.channels)


def set_up_channels(base: Base, russian: Russian, channel_monitor: ChannelMonitor, intake: Intake) -> DeskChannels:
    """Not started yet. Raises ConfigError."""
    config, routes = base.config, ChannelRoutes()
    drivers = DeskDrivers(base.files, russian, networks(config.desk.channel_networks), limited=config.limited)
    switchboard = Switchboard(base, intake.message_intake, drivers, channel_monitor, routes)
    channel_setups = ChannelSetups(base.store, base.now, SetupParts(
        drivers, switchboard, keeper(config.keys), config.centre.code, frozenset(each.driver for each in config.channels)))
    close_later(base.stack, channel_setups)
    return DeskChannels(channel_setups, switchboard, routes, base)
