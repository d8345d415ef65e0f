"""Builds what tells of applications that systems of the state have."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.contacts import Address
from hub.conversation import Conversation
from hub.federal import Separation
from hub.inquiring import Systems
from hub.lanes import Lanes
from hub.ports import Store
from hub.standings import Standings
from hub.status_asking import StatusAsking
from hub.verifying import Verifying
from hub.vouching import Vouching
from okno.config import Config


async def vouching_of(config: Config, store: Store, now: Callable[[], datetime]) -> Vouching:
    """What keeps code words and powers."""
    zone = ZoneInfo(config.centre.timezone)
    vouching = Vouching(store, now, lambda: now().astimezone(zone).date())
    await vouching.start()
    return vouching


def status_of(config: Config, lanes: Lanes, store: Store, systems: Systems, verifying: Verifying, vouching: Vouching,
              separation: Separation, held: Callable[[str], Awaitable[Sequence[str]]],
              account: Callable[[Conversation], str], network: Callable[[Address], str]) -> tuple[Standings, StatusAsking]:
    """Whoever asks the systems, and what citizens hear of it by a message or from the robot."""
    zone = ZoneInfo(config.centre.timezone)
    standings = Standings(lanes, store, systems, verifying, vouching, separation, config.status.required,
                          municipal=config.status.municipal, even_s=config.status.even_s, held=held, account=account, network=network)
    return standings, StatusAsking(standings, lanes, zone)
