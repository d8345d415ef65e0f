"""Services used by the desk for appointments."""

from typing import NamedTuple

from hub.appointments.actions import Appointing
from hub.appointments.booking import Booking
from hub.appointments.external_staff import Specialists
from hub.appointments.external_sync import ExternalSync
from hub.appointments.handover import AppointmentHandover
from hub.appointments.maintenance import AppointmentMaintenance
from hub.appointments.notifications import AppointmentNotifications


class Appointments(NamedTuple):
    """Services for appointments."""

    work: Appointing
    booking: Booking
    appointment_notifications: AppointmentNotifications
    appointment_maintenance: AppointmentMaintenance
    handover: AppointmentHandover
    external_sync: ExternalSync
    specialists: Specialists
