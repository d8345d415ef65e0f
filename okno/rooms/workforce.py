"""Workforce: the history of contacts, forecasts, rosters."""

from typing import NamedTuple

from hub.workforce.forecast_service import ForecastService
from hub.workforce.roster_service import RosterService
from hub.workforce.shift_exchange import ShiftExchange
from hub.workforce.volume_history import VolumeHistory
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.dispatch import Dispatching
from okno.rooms.monitoring import Monitoring


class Workforce(NamedTuple):
    volume_history: VolumeHistory
    forecast_service: ForecastService
    roster_service: RosterService
    shift_exchange: ShiftExchange


def set_up_workforce(base: Base, organisation: Organisation, dispatching: Dispatching, monitoring: Monitoring) -> Workforce:
    authorization, zone = organisation.centres.authorization, base.zone
    close_later(base.stack, volumes := VolumeHistory(base.store, dispatching.days, monitoring.periods, zone))
    forecasts = ForecastService(volumes, lambda family: base.doors.traits.named(family).cost)
    return Workforce(volumes, forecasts, RosterService(base.store, authorization, base.now, forecasts, dispatching.dispatch, zone),
                     ShiftExchange(base.store, authorization, base.now, zone))
