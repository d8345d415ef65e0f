"""Starts the parts of all rooms: resumes the work of the last run before any message comes in."""

import asyncio
from functools import partial

from hub.conversations.ports import SpeakingChannel
from hub.desk.organisation.centre import Centre
from hub.desk.reporting.mailings import composed
from hub.desk.reporting.period_reports import PeriodReports
from hub.desk.setup import Desk
from okno.rooms.desk import Rooms

EVERYTHING = 1_000_000
"""More than the longest possible line."""


async def start(rooms: Rooms, desk: Desk) -> None:
    """In the order in which one needs the other. Raises StoreError."""
    work, acting, organisation = rooms.case_work, rooms.acting, rooms.organisation
    await rooms.conversations.quarantine.start()
    await rooms.robot.training_jobs.start()
    await work.flagging.start()  # its owed reactions are not the robot's
    await rooms.monitoring.alarm_monitor.start()
    await take_over(rooms)
    await rooms.dispatching.line_retirement.look()
    organisation.settings_versions.look()
    if organisation.registry_versions:
        organisation.registry_versions.look()
    await asyncio.gather(acting.sessions.emergency.start(), rooms.conversations.intake_filter.blocks.start(), rooms.intake.sifting.start())
    rights = rooms.privacy.rights
    await asyncio.gather(rights.consent_service.start(), rights.demands.start())
    await asyncio.gather(acting.days_work.mention_service.start(), acting.days_work.follow_service.start(),
                         acting.days_work.snooze_service.start(), acting.days_work.later_replies.start(),
                         acting.days_work.near_cases.start(), rooms.dispatching.temporary_assignments.start())
    await rights.deleting.start()
    await rooms.automation.rule_versions.start()
    rooms.telephony.speech_to_text.start()
    for channel in rooms.base.doors.showers.values():
        if isinstance(channel, SpeakingChannel):
            channel.prepare(rooms.knowledge.answers())
    await asyncio.gather(rooms.conversations.verification_service.forget(), rooms.citizens.linking.start(),
                         rooms.telephony.outbound_calls.start(), rooms.telephony.supervision.start(), rooms.telephony.transcripts.start(),
                         rooms.privacy.retention.start(), work.cases.case_notifications.start(), work.cases.clocks.start(),
                         work.complaints.referring.start(), work.cases.entrusting.start())
    await work.appointments.appointment_maintenance.start()
    await work.appointments.appointment_notifications.start()
    work.appointments.handover.look()
    work.appointments.external_sync.start()
    work.department_handover.look()  # the start does not wait for other centres
    await rooms.conversations.enclosures.fetching.start()
    await rooms.dispatching.handover_sender.start()
    rooms.monitoring.replication.start()
    rooms.monitoring.contract_levels.start()
    await rooms.programme.sheet_book.start()
    await rooms.programme.template_book.start()
    rooms.programme.programme_replication.start()
    rooms.conversations.announcement_replication.start()
    for each in (rooms.knowledge.topic_replication, rooms.knowledge.replication, rooms.judging.script_replication):
        each.start()
    rooms.workforce.volume_history.start()
    await rooms.workforce.presence_journal.start()
    await rooms.workforce.shortage_watch.start()
    await work.webhooks.start()
    await rooms.judging.survey_service.start()
    rooms.judging.national_surveys.start()
    quality = rooms.judging.quality
    for part in (quality.book, quality.sampling, quality.csat_service, quality.calibrating):
        await part.start()
    compose = partial(composed, desk.parts.of(Centre), desk.parts.of(PeriodReports), rooms.monitoring.saved_reports)
    await rooms.monitoring.scheduled_reports.start(compose)
    rooms.monitoring.channel_monitor.start()
    rooms.monitoring.alarm_monitor.beats(rooms.monitoring.channel_monitor.beats())


async def take_over(rooms: Rooms) -> None:
    """Resume conversations where the last run of the hub stopped."""
    store, dispatching, acting = rooms.base.store, rooms.dispatching, rooms.acting
    held, waiting = await store.held(""), await store.waiting((), limit=EVERYTHING)
    await asyncio.gather(rooms.conversations.announcement_service.start(), rooms.conversations.push_sender.start())
    await dispatching.dispatch.start(held, waiting)
    acting.wrap_up.start(held)
    heads = [*held, *waiting, *await store.promised(limit=EVERYTHING)]
    dispatching.wallboard.start(heads)
    rooms.monitoring.alarm_monitor.watch(heads)
    await rooms.monitoring.first_replies.start(held)
    await acting.days_work.promises.start(held)
    dispatching.overflow.start(held, waiting)
    await rooms.conversations.opt_outs.start()
    await rooms.intake.reactions.start()
    await acting.notification_sender.start()
