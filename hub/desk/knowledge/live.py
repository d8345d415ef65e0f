"""Live updates of reports of outdated information."""

from hub.cases.outdated_notices import OutdatedInfoReports
from hub.desk.knowledge.frames import FlagChanged
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.knowledge.edition import CardKind
from hub.knowledge.outdated_flag import OutdatedReport


class LiveHandbook(LiveRoom):
    sends = (FlagChanged,)

    def __init__(self, desks: OpenDesks, flagging: OutdatedInfoReports) -> None:
        self._desks, self._flagging = desks, flagging

    def subscribe(self) -> None:
        self._flagging.on_flag.subscribe(self.flag)

    def greet(self, desk: OpenDesk) -> None:
        for flag in self._flagging.untold(desk.who.login):
            desk.push(flag_changed(flag, desk.who.login))

    def flag(self, flag: OutdatedReport) -> None:
        for desk in self._desks.all:
            desk.push(flag_changed(flag, desk.who.login))


def flag_changed(flag: OutdatedReport, login: str) -> FlagChanged:
    """The frame for a desk; `own` where its reporter has not seen the solution."""
    sort, _, card = flag.card.partition("/")
    own = flag.by == login and flag.solved is not None and not flag.told
    return FlagChanged(flag.case, CardKind(sort), card, flag.title, flag.field, flag.state, flag.answer, own)
