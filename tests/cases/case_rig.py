"""Cases over the rig: with the built-in law, in Moscow."""

from collections.abc import Sequence
from importlib.resources import files

from hub.cases.actions import Casework
from hub.cases.deadline_alarms import CaseClocks
from hub.cases.law import Law, read_rules
from hub.cases.notifications import Telling
from hub.cases.registration import Registering
from hub.cases.remote_service import Entrusting
from hub.cases.topic_tree import Classifier
from hub.cases.tracking import Following
from hub.desk.desk import Cases
from hub.federation.ports import Link
from hub.kernel.ids import CASE_WIDTH, Numbers
from hub.organisation.level import Level
from hub.organisation.production_calendar import is_worked
from hub.organisation.queue import Lines, Queue
from tests.rig import MOSCOW, QUEUES, TOPICS, Rig

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
