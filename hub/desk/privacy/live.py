"""Live updates of subject requests."""

from hub.desk.citizens.live import LiveCitizens
from hub.desk.live.room import LiveRoom
from hub.desk.privacy.parts import Rights


class LiveRights(LiveRoom):
    def __init__(self, rights: Rights, live_citizens: LiveCitizens) -> None:
        self._rights, self._live_citizens = rights, live_citizens

    def subscribe(self) -> None:
        self._rights.demands.on_change.subscribe(self._live_citizens.changed)
