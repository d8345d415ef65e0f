"""Builds appointments and their notifications."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.access.authorization import Authorization
from hub.actions.conversation_actions import Actions
from hub.appointments.actions import Appointing
from hub.appointments.booking import Booking
from hub.appointments.by_message import Visits
from hub.appointments.external_schedule import Schedule
from hub.appointments.external_staff import Specialists
from hub.appointments.external_sync import ExternalSync, Outside
from hub.appointments.handover import AppointmentHandover, AppointmentLink
from hub.appointments.maintenance import AppointmentMaintenance
from hub.appointments.notifications import AppointmentNotifications
from hub.appointments.schedule import ReceptionError, Receptions, read_receptions
from hub.cases.tracking import CaseTracking
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.appointments.parts import Appointments
from hub.federation.ports import Link
from hub.kernel.ids import TicketNumbers
from hub.kernel.ports import Files
from hub.knowledge.catalogue.toml_format import Catalogue
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.notifications.notifier import NotificationSender
from hub.organisation.level import Level
from okno import drivers
from okno.config import BookingSettings, Config
from okno.faults.config_error import ConfigError
from okno.lines import Centres

log = logging.getLogger(__name__)
SCHEDULE = drivers.DriverKind[Schedule]("channels.systems", "booking.systems", makes="schedule")


def receptions_of(settings: BookingSettings, handbook: KnowledgeSnapshot) -> Receptions:
    """The receptions of the configuration's file, as far as their offices and services are valid; none without one. Raises ConfigError."""
    if not settings.receptions:
        return Receptions((), ())
    catalogue = Catalogue(tuple(handbook.authorities.values()), tuple(handbook.offices.values()), tuple(handbook.services.values()))
    try:
        found = read_receptions(Path(settings.receptions).read_text(encoding="utf8"), catalogue,
                                lambda error: log.warning("invalid office in the calendar of appointments: it offers no slots",
                                                          extra={"why": str(error)}))
    except OSError as error:
        message = f"booking: {settings.receptions}: {error.strerror}"
        raise ConfigError(message) from error
    except (ReceptionError, UnicodeDecodeError) as error:
        message = f"booking: {settings.receptions}: {error}"
        raise ConfigError(message) from error
    if unknown := sorted({each.reception.outside for each in found} - {"", *(each.id for each in settings.systems)}):
        message = f"booking: {settings.receptions}: there is no system {unknown[0]!r}"
        raise ConfigError(message)
    return found


def follow(settings: BookingSettings, appointments: Appointments, handbook: KnowledgeSnapshot) -> None:
    """Update receptions when another edition of an office or a service is valid."""
    try:
        appointments.booking.renew(receptions_of(settings, handbook))
    except ConfigError as error:
        log.warning("invalid calendar of appointments: the previous one stays in force", extra={"why": str(error)})
    else:
        appointments.appointment_maintenance.refit()


def schedules_of(settings: BookingSettings) -> dict[str, Schedule]:
    """External appointment systems by driver: "mfc" is channels/systems/mfc.py. Raises ConfigError."""
    return {each.id: drivers.load(SCHEDULE, each.driver, each.settings, each.limit_s, where=f"{SCHEDULE.setting}: {each.id}")
            for each in settings.systems}


def booking_of(config: Config, store: Store, centres: Centres, numbers: TicketNumbers, sequencer: ConversationSequencer,
               schedules: Mapping[str, Schedule],
               handbook: KnowledgeSnapshot) -> Booking:
    """Raises ConfigError."""
    return Booking(store, receptions_of(config.booking, handbook), centres.keepers, numbers, schedules, sequencer.now)


def visits_of(booking: Booking, following: CaseTracking, sequencer: ConversationSequencer, authorization: Authorization) -> Visits:
    """Management of appointments by message."""
    return Visits(booking, following, sequencer, lambda queue: authorization.line(queue).level is Level.FEDERAL)


def appointments_of(config: Config, sequencer: ConversationSequencer, store: Store, files: Files, actions: Actions, booking: Booking,
                    following: CaseTracking,
                    notification_sender: NotificationSender, centres: Centres, schedules: Mapping[str, Schedule],
                    link: Link | None) -> Appointments:
    """All parts of appointments, with their notifications of each other."""
    line, zone = AppointmentLink(link, config.centre.code, sequencer.now), ZoneInfo(config.centre.timezone)
    appointment_notifications = AppointmentNotifications(sequencer, store, files, booking, following, notification_sender, centres.clocks,
                                                         line.tell)
    maintenance = AppointmentMaintenance(store, booking, zone, sequencer.now)
    told = {each.id: Outside(schedules[each.id], timedelta(seconds=each.every_s)) for each in config.booking.systems}
    return Appointments(Appointing(store, actions, booking, appointment_notifications, following), booking, appointment_notifications,
                        maintenance,
                        AppointmentHandover(store, booking, maintenance, line, zone, sequencer.now, appointment_notifications.bring),
                        ExternalSync(told, booking, store, sequencer.now),
                        Specialists(schedules, lambda: booking.receptions, sequencer.now))
