"""What citizens may demand of their own data, over the parts that a test has."""

from zoneinfo import ZoneInfo

from hub.consenting import Consenting
from hub.demands import Demands
from hub.federal import Separation
from hub.lanes import Lanes
from hub.levels import Level
from hub.own_data import OwnData
from hub.ports import Store
from hub.production_calendar import is_worked
from hub.rights import due
from okno.rights import shipped

MOSCOW = ZoneInfo("Europe/Moscow")


def own_data_of(lanes: Lanes, store: Store, level: Level = Level.REGIONAL) -> tuple[OwnData, Demands, Consenting]:
    """Not started yet."""
    demands = Demands(lanes, store, lambda taken, days: due(taken, days, MOSCOW, is_worked), lambda at: f"{at.astimezone(MOSCOW):%d.%m.%Y}")
    consenting = Consenting(lanes, store, shipped())
    return OwnData(lanes, demands, consenting, Separation(level, {})), demands, consenting


