"""Workforce: the history of contacts, forecasts, rosters."""

from typing import NamedTuple

from hub.workforce.adherence_service import AdherenceService
from hub.workforce.forecast_service import ForecastService
from hub.workforce.intraday_service import IntradayService
from hub.workforce.presence_journal import PresenceJournal
from hub.workforce.roster_service import RosterService
from hub.workforce.shift_exchange import ShiftExchange
from hub.workforce.shortage_watch import ShortageWatch
from hub.workforce.volume_history import VolumeHistory
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.dispatch import Dispatching
from okno.rooms.monitoring import Monitoring


class Workforce(NamedTuple):
    volume_history: VolumeHistory
    forecast_service: ForecastService
    intraday_service: IntradayService
    roster_service: RosterService
    shift_exchange: ShiftExchange
    presence_journal: PresenceJournal
    adherence_service: AdherenceService
    shortage_watch: ShortageWatch


def set_up_workforce(base: Base, organisation: Organisation, dispatching: Dispatching, monitoring: Monitoring) -> Workforce:
    authorization, zone = organisation.centres.authorization, base.zone
    close_later(base.stack, volumes := VolumeHistory(base.store, dispatching.days, monitoring.periods, zone))
    close_later(base.stack, intraday := IntradayService(dispatching.days, monitoring.periods))
    forecasts = ForecastService(volumes, lambda family: base.doors.traits.named(family).cost)
    journal = PresenceJournal(base.store, authorization, base.now, dispatching.dispatch, zone)
    adherence = AdherenceService(base.store, authorization, base.now, journal, dispatching.dispatch, zone)
    close_later(base.stack, journal, adherence)
    shortages = ShortageWatch(base.store, base.now, authorization, organisation.lines, monitoring.alarm_monitor)
    close_later(base.stack, shortages)
    base.store.on_documents.subscribe(shortages.stored)
    dispatching.dispatch.on_presence.subscribe(journal.presence)
    return Workforce(volumes, forecasts, intraday,
                     RosterService(base.store, authorization, base.now, forecasts, dispatching.dispatch, zone),
                     ShiftExchange(base.store, authorization, base.now, zone), journal, adherence, shortages)
