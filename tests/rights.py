"""What citizens may demand of their own data, over the parts that a test has."""

from functools import partial
from zoneinfo import ZoneInfo

from hub.access.federal_separation import Separation
from hub.citizens.code_word_service import Vouching
from hub.citizens.consent_service import Consenting
from hub.citizens.verification import Verifying
from hub.conversations.ports import Store
from hub.conversations.sequencer import Lanes
from hub.integrations.application_status import Required
from hub.integrations.application_status_service import Standings
from hub.integrations.department_client import Systems
from hub.organisation.level import Level
from hub.organisation.production_calendar import is_worked
from hub.privacy.self_service import OwnData
from hub.privacy.subject_request import due
from hub.privacy.subject_requests import Demands
from hub.quality.surveys.erasure import detach_withdrawn
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


