"""What citizens may demand of their own data, over the parts that a test has."""

from functools import partial
from zoneinfo import ZoneInfo

from hub.consenting import Consenting
from hub.demands import Demands
from hub.federal import Separation
from hub.inquiring import Systems
from hub.lanes import Lanes
from hub.levels import Level
from hub.own_data import OwnData
from hub.ports import Store
from hub.production_calendar import is_worked
from hub.rights import due
from hub.standings import Standings
from hub.status import Required
from hub.survey_wiping import detach_withdrawn
from hub.verifying import Verifying
from hub.vouching import Vouching
from okno.rights import shipped

MOSCOW = ZoneInfo("Europe/Moscow")


def own_data_of(lanes: Lanes, store: Store, level: Level = Level.REGIONAL) -> tuple[OwnData, Demands, Consenting]:
    """Not started yet."""
    demands = Demands(lanes, store, lambda taken, days: due(taken, days, MOSCOW, is_worked), lambda at: f"{at.astimezone(MOSCOW):%d.%m.%Y}")
    consenting = Consenting(lanes, store, shipped(), partial(detach_withdrawn, store))
    separation = Separation(level, {})
    return OwnData(lanes, demands, consenting, separation, nobody_asked(lanes, store, separation)), demands, consenting


def nobody_asked(lanes: Lanes, store: Store, separation: Separation) -> Standings:
    """Where there are no systems to ask how applications stand."""
    async def held(start: str) -> tuple[str, ...]:
        return (start,)

    vouching = Vouching(store, lanes.now, lambda: lanes.now().astimezone(MOSCOW).date())
    return Standings(lanes, store, Systems({}, store, lanes.now), Verifying(lanes, store), vouching, separation, Required(),
                     municipal=False, even_s=0, held=held, account=lambda _: "", network=lambda _: "")


