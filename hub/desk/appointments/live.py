"""Live updates of appointments."""

from hub.appointments.appointment import Appointment
from hub.desk.appointments.endpoints import appointment_out
from hub.desk.appointments.frames import AppointmentChanged
from hub.desk.appointments.parts import Appointments
from hub.desk.http.parts import Clock
from hub.desk.live.open_desks import OpenDesks
from hub.desk.live.room import LiveRoom
from hub.dispatch.dispatcher import Dispatch


class LiveAppointments(LiveRoom):
    sends = (AppointmentChanged,)

    def __init__(self, desks: OpenDesks, appointments: Appointments, dispatch: Dispatch, clock: Clock) -> None:
        self._desks, self._appointments, self._dispatch, self._clock = desks, appointments, dispatch, clock

    def subscribe(self) -> None:
        self._appointments.booking.on_change.subscribe(self.changed)

    def changed(self, made: Appointment) -> None:
        for desk in self._desks.all:
            if self._appointments.work.sees(desk.who, made):
                desk.push(AppointmentChanged(appointment_out(self._appointments, self._clock, self._dispatch, made)))
