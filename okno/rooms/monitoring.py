"""The live floor, figures of days and periods, and reports by mail."""

from contextlib import closing
from functools import partial
from typing import NamedTuple

from hub.dispatch.dispatcher import Dispatch
from hub.monitoring.alarm_service import AlarmMonitor
from hub.monitoring.broadcasts import SupervisorBroadcasts
from hub.monitoring.channel_checks import ChannelChecks
from hub.monitoring.channel_health import ChannelMonitor
from hub.monitoring.contract_levels import ContractLevels
from hub.monitoring.first_replies import FirstReplies
from hub.reporting.centre_reports import Reporting
from hub.reporting.periods import Periods
from hub.reporting.replication import StatisticsReplication
from hub.reporting.saved_reports import SavedReports
from hub.reporting.scheduled_reports import ScheduledReports
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.dispatch import Dispatching


class Monitoring(NamedTuple):
    channel_monitor: ChannelMonitor
    channel_checks: ChannelChecks
    alarm_monitor: AlarmMonitor
    first_replies: FirstReplies
    broadcasts: SupervisorBroadcasts
    reporting: Reporting
    periods: Periods
    replication: StatisticsReplication
    scheduled_reports: ScheduledReports
    saved_reports: SavedReports
    contract_levels: ContractLevels


async def set_up_monitoring(base: Base, organisation: Organisation, dispatching: Dispatching) -> Monitoring:
    """Raises StoreError."""
    config, store, now, doors, wallboard = base.config, base.store, base.now, base.doors, dispatching.wallboard
    authorization = organisation.centres.authorization
    channel_monitor = base.stack.enter_context(closing(ChannelMonitor(doors.channels, doors.counters, others=doors.others)))
    first_replies = FirstReplies(base.sequencer, store)
    alarm_monitor = AlarmMonitor(store, now, authorization, wallboard, organisation.lines, organisation.opening, first_replies)
    await (broadcasts := SupervisorBroadcasts(store, now, authorization, dispatching.dispatch, wallboard.groups)).start()
    reporting = Reporting(store, dispatching.days)
    replication = StatisticsReplication(store, reporting, config.centre.code, base.link, config.link.reports_to)
    scheduled_reports = ScheduledReports(store, now, authorization, dispatching.days, base.zone, who=dispatching.dispatch.operator,
                                         channels=doors.channels, warn=broadcasts.tell, allowed=config.reports.to)
    close_later(base.stack, replication, alarm_monitor, scheduled_reports)
    base.sequencer.on_commit.show.subscribe(channel_monitor.committed, wallboard.committed, alarm_monitor.committed,
                                         first_replies.committed)
    wallboard.on_tick.subscribe(alarm_monitor.look, dispatching.remote_queues.look)
    channel_monitor.on_change.subscribe(alarm_monitor.beats)
    store.on_documents.subscribe(alarm_monitor.stored)
    periods = Periods(store, dispatching.days, organisation.lines)
    contract_levels = ContractLevels(organisation.centres.registry, periods, organisation.lines, partial(contractor, dispatching.dispatch),
                                     alarm_monitor)
    close_later(base.stack, contract_levels)
    if organisation.registry_versions:
        organisation.registry_versions.on_change.subscribe(contract_levels.look)
    return Monitoring(channel_monitor, ChannelChecks(doors.channels, store, now), alarm_monitor, first_replies, broadcasts, reporting,
                      periods, replication, scheduled_reports, SavedReports(store, now, authorization, dispatching.days), contract_levels)


def contractor(dispatch: Dispatch, login: str) -> str:
    """Whose employee somebody is; "" for the centre's own."""
    found = dispatch.operator(login)
    return found.contractor if found else ""
