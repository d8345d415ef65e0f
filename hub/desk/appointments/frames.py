"""Frames of appointments."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.appointments.forms import AppointmentOut
from hub.desk.live.frames import Frame


class AppointmentChanged(Frame, frozen=True, tag="appointment"):
    """An appointment was made or changed: sent to all who book at its centre."""

    needs: ClassVar = (Permission.BOOK,)
    appointment: AppointmentOut
