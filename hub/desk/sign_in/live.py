"""Live alert about the break-glass account."""

from hub.access.break_glass import BreakGlassCredential
from hub.desk.http.parts import Clock
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.sign_in.frames import GlassBroken
from hub.desk.sign_in.sessions import Sessions


class LiveBreakGlass(LiveRoom):
    sends = (GlassBroken,)

    def __init__(self, desks: OpenDesks, sessions: Sessions, clock: Clock) -> None:
        self._desks, self._sessions, self._clock = desks, sessions, clock

    def subscribe(self) -> None:
        self._sessions.emergency.on_use.subscribe(self.opened)

    def greet(self, desk: OpenDesk) -> None:
        if envelope := self._sessions.emergency.opened:
            self._tell(desk, envelope)

    def opened(self, envelope: BreakGlassCredential) -> None:
        """Alert all supervisors that the break-glass account was opened."""
        for desk in self._desks.all:
            self._tell(desk, envelope)

    def _tell(self, desk: OpenDesk, envelope: BreakGlassCredential) -> None:
        until = envelope.open_until(self._clock())
        if envelope.used and until:
            desk.push(GlassBroken(envelope.used, until, envelope.source))
