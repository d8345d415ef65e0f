"""Frames of appointments."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.appointments.forms import AppointmentOut
from hub.desk.live.frames import Frame


class AppointmentChanged(Frame, frozen=True, tag="appointment"):
    """An appointment was made, or something was done with it: told to whoever books at the centre that keeps it."""

    needs: ClassVar = (Permission.BOOK,)
    appointment: AppointmentOut
