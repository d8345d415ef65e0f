"""Cases over the rig: with the built-in law, in Moscow."""

from collections.abc import Sequence
from importlib.resources import files

from hub.case_clocks import CaseClocks
from hub.casework import Casework
from hub.classifier import Classifier
from hub.desk.desk import Cases
from hub.entrusting import Entrusting
from hub.following import Following
from hub.law import Law, read_rules
from hub.levels import Level
from hub.numbers import CASE_WIDTH, Numbers
from hub.ports import Link
from hub.production_calendar import is_worked
from hub.queues import Lines, Queue
from hub.registering import Registering
from hub.telling import Telling
from tests.hub.rig import MOSCOW, QUEUES, TOPICS, Rig

RULES = read_rules((files("hub") / "data" / "law.toml").read_text(encoding="utf8"))


def cases_of(rig: Rig, queues: Sequence[Queue] = QUEUES, *, code: str = "077", link: Link | None = None) -> Cases:
    law, following = Law(RULES, MOSCOW, is_worked), Following(rig.store, rig.clock, rig.screening.network)
    line = rig.actions.admission.line
    telling = Telling(rig.lanes, rig.store, following, MOSCOW, named=lambda key: key, federal=lambda queue: line(queue).level is Level.FEDERAL)
    classifier, numbers = Classifier(rig.store, rig.clock, tuple(TOPICS.values())), Numbers(code, zone=MOSCOW, width=CASE_WIDTH)
    work = Casework(rig.lanes, rig.store, rig.actions, law, classifier, telling, following, Lines(queues))
    entrusting = Entrusting(rig.lanes, rig.store, work, classifier, numbers, code, link, door=lambda _: "general",
                            level=lambda centre: rig.levels[centre], named=rig.dispatch.name)
    return Cases(Registering(rig.lanes, rig.store, rig.actions, law, classifier, telling, numbers), work,
                 classifier, following, CaseClocks(rig.store, rig.clock), telling, entrusting)
