"""What a hub knows of centres: whose line each queue is, who answers for a place, what the federal level may not see."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.desk.places import Places
from hub.federal import Separation
from hub.levels import Level
from hub.queues import Queue
from hub.registry import Registry
from okno.config import Config, ConfigError
from okno.registry import load_registry
from okno.territory import Hint, subjects
from routing.atlas import department, specialists
from routing.journey import Station
from routing.ladder import Ladder
from routing.matrix import Matrix, Policy, UnlawfulRowError
from routing.reasons import Party


class Centres:
    """Made once from configuration and registry; raises ConfigError for what cannot be."""

    def __init__(self, config: Config) -> None:
        registry, known, zone = load_registry(config), subjects(), ZoneInfo(config.centre.timezone)
        self.ladder = build_ladder(config, registry)
        self.separation = Separation(Level(config.centre.level), levels_of(config, registry))
        self.places = Places(known, registry, config.queues, Hint(known), lambda: datetime.now(zone).date())


def levels_of(config: Config, registry: Registry | None) -> dict[str, Level]:
    """The level of each queue's centre; raises ConfigError for a centre that the registry does not know."""
    levels = {config.centre.code: Level(config.centre.level)}
    for queue in config.queues:
        if queue.centre not in levels:
            centre = registry.centre(queue.centre, datetime.now(UTC).date()) if registry else None
            if centre is None:
                message = f"queues: {queue.id}: centre {queue.centre} is not in the registry"
                raise ConfigError(message)
            levels[queue.centre] = centre.level
    return {queue.id: levels[queue.centre] for queue in config.queues}


def build_ladder(config: Config, registry: Registry | None) -> Ladder:
    """The lines of all centres that this hub hosts; raises ConfigError for what cannot be."""
    levels = levels_of(config, registry)
    lines = {queue.id: _station(queue, levels[queue.id], registry) for queue in config.queues}
    hosted = {station.centre for station in lines.values()}
    for code, others in config.routing.standby.items():
        if unknown := {code, *others} - hosted:
            message = f"routing.standby: no queue is a line of {min(unknown)}"
            raise ConfigError(message)
    try:
        matrix = Matrix(Policy(corrections=config.routing.corrections))
    except UnlawfulRowError as error:
        message = f"routing.corrections: {error}"
        raise ConfigError(message) from error
    return Ladder(lines, registry, matrix, config.routing.standby)


def _station(queue: Queue, level: Level, registry: Registry | None) -> Station:
    if queue.department:
        return department(queue.department)
    if not queue.mfc:
        return Station(queue.centre, Party(level.value))
    if registry and registry.mfc(queue.mfc, datetime.now(UTC).date()) is None:
        message = f"queues: {queue.id}: there is no МФЦ {queue.mfc!r} in the registry"
        raise ConfigError(message)
    return specialists(queue.mfc)
