"""Cases and their sources: registration, complaints, referrals; appointments; call centres of departments."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from channels.web.case_pages import CasePages
from hub.appointments.appointment import Appointment
from hub.appointments.booking import Booking
from hub.appointments.by_message import Visits
from hub.appointments.external_schedule import Schedule
from hub.appointments.robot_booking import SelfBooking
from hub.cases.case import Case
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.cases.status_by_message import Statuses
from hub.cases.tracking import CaseTracking
from hub.desk.appointments.parts import Appointments
from hub.desk.cases.parts import Cases, Complaints
from hub.integrations.department_handover_service import DepartmentHandover
from hub.integrations.webhook_delivery import WebhookDispatcher
from okno.appointments import appointments_of, booking_of, follow, schedules_of, visits_of
from okno.cases import cases_of, numbers_of, statuses_of, whither
from okno.complaints import complaints_of
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.citizens import Citizens
from okno.rooms.conversations import Conversations
from okno.rooms.dispatch import Acting
from okno.rooms.knowledge import Knowledge
from okno.systems import publicity_of


class CaseWork(NamedTuple):
    cases: Cases
    complaints: Complaints
    appointments: Appointments
    flagging: OutdatedInfoReports
    department_handover: DepartmentHandover
    webhooks: WebhookDispatcher
    booking: Booking
    visits: Visits
    statuses: Statuses
    pages: CasePages


async def set_up_cases(base: Base, organisation: Organisation, knowledge: Knowledge, conversations: Conversations, acting: Acting,
                       citizens: Citizens, names: Callable[[str], str]) -> CaseWork:
    """`names` returns the name of an operator. Raises ConfigError, StoreError."""
    config, store, sequencer, centres = base.config, base.store, base.sequencer, organisation.centres
    schedules: Mapping[str, Schedule] = schedules_of(config.booking)
    close_later(base.stack, *schedules.values())
    numbers = await numbers_of(config, store)
    booking = booking_of(config, store, centres, numbers, sequencer, schedules, knowledge.editorial.handbook())
    following = CaseTracking(store, base.now, conversations.intake_filter.network)
    close_later(base.stack, following.failures)
    visits = visits_of(booking, following, sequencer, centres.authorization)
    statuses, pages = statuses_of(config, following, centres, visits, named := whither(centres, knowledge.editorial.handbook))
    cases = await cases_of(config, sequencer, store, acting.actions, knowledge.topic_tree, following, numbers, centres, base.link, named,
                           names)
    complaints = complaints_of(config, store, cases, acting.notification_sender, base.doors.letters, knowledge.editorial.handbook, base.now)
    appointments = appointments_of(config, sequencer, store, base.files, acting.actions, booking, following, acting.notification_sender,
                                   centres, schedules, base.link)
    flagging = OutdatedInfoReports(store, knowledge.editorial, cases.case_registration, knowledge.topic_tree, acting.notification_sender,
                                   base.doors.letters, config.routing.queue)
    department_handover = DepartmentHandover(sequencer, store, acting.actions, acting.passing, citizens.systems, knowledge.topic_tree)
    webhooks = publicity_of(config, store, base.now)
    close_later(base.stack, cases.case_notifications, cases.clocks, cases.entrusting, complaints.referring,
                appointments.appointment_notifications, appointments.appointment_maintenance, appointments.handover,
                appointments.external_sync, department_handover, flagging, webhooks)
    made = CaseWork(cases, complaints, appointments, flagging, department_handover, webhooks, booking, visits, statuses, pages)
    _subscribe(base, knowledge, acting, made)
    return made


def _subscribe(base: Base, knowledge: Knowledge, acting: Acting, its: CaseWork) -> None:
    def changed(_: Case) -> None:
        its.cases.clocks.look()
        its.cases.entrusting.look()
        its.webhooks.look()

    def booked(made: Appointment) -> None:
        its.appointments.appointment_maintenance.changed(made)
        its.appointments.handover.changed(made)
        its.appointments.appointment_notifications.changed(made)

    its.cases.case_registration.on_change.subscribe(changed)
    its.cases.work.on_change.subscribe(changed)
    its.booking.on_change.subscribe(booked)
    acting.notification_sender.on_change.subscribe(its.complaints.referring.noticed)
    knowledge.editorial.on_change.subscribe(partial(follow, base.config.booking, its.appointments))


def self_booking_of(base: Base, organisation: Organisation, booking: Booking) -> SelfBooking:
    """Appointments booked by the robot."""
    authorization, clocks = organisation.centres.authorization, organisation.centres.clocks
    return SelfBooking(booking, base.sequencer, lambda queue: authorization.line(queue).centre, clocks)
