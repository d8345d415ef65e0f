"""Cases over the rig: with the built-in law, in Moscow."""

from collections.abc import Sequence
from importlib.resources import files

from hub.case_clocks import CaseClocks
from hub.casework import Casework
from hub.classifier import Classifier
from hub.desk.desk import Cases
from hub.following import Following
from hub.law import Law, read_rules
from hub.levels import Level
from hub.numbers import CASE_WIDTH, Numbers
from hub.production_calendar import is_worked
from hub.queues import Lines, Queue
from hub.registering import Registering
from hub.telling import Telling
from tests.hub.rig import MOSCOW, QUEUES, TOPICS, Rig

RULES = read_rules((files("hub") / "data" / "law.toml").read_text(encoding="utf8"))


def cases_of(rig: Rig, queues: Sequence[Queue] = QUEUES) -> Cases:
    law, following = Law(RULES, MOSCOW, is_worked), Following(rig.store, rig.clock)
    line = rig.actions.admission.line
    telling = Telling(rig.lanes, rig.store, following, MOSCOW, named=lambda key: key, federal=lambda queue: line(queue).level is Level.FEDERAL)
    classifier = Classifier(rig.store, rig.clock, tuple(TOPICS.values()))
    return Cases(Registering(rig.lanes, rig.store, rig.actions, law, classifier, telling, Numbers("077", zone=MOSCOW, width=CASE_WIDTH)),
                 Casework(rig.lanes, rig.store, rig.actions, law, classifier, telling, following, Lines(queues)),
                 classifier, following, CaseClocks(rig.store, rig.clock), telling)
