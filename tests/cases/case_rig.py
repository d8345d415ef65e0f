"""Cases over the rig: with the built-in law, in Moscow."""

from collections.abc import Sequence
from importlib.resources import files

from hub.cases.actions import CaseActions
from hub.cases.deadline_alarms import CaseClocks
from hub.cases.law import Law, read_rules
from hub.cases.notifications import CaseNotifications
from hub.cases.registration import CaseRegistration
from hub.cases.remote_service import RemoteCases
from hub.cases.topic_tree import TopicTree
from hub.cases.tracking import CaseTracking
from hub.desk.cases.parts import Cases
from hub.federation.ports import Link
from hub.kernel.ids import CASE_WIDTH, TicketNumbers
from hub.organisation.level import Level
from hub.organisation.production_calendar import is_worked
from hub.organisation.queue import Lines, Queue
from tests.rig import MOSCOW, QUEUES, TOPICS, Rig

RULES = read_rules((files("hub") / "data" / "law.toml").read_text(encoding="utf8"))


def cases_of(rig: Rig, queues: Sequence[Queue] = QUEUES, *, code: str = "077", link: Link | None = None) -> Cases:
    law, following = Law(RULES, MOSCOW, is_worked), CaseTracking(rig.store, rig.clock, rig.intake_filter.network)
    line = rig.actions.authorization.line
    case_notifications = CaseNotifications(rig.sequencer, rig.store, following, MOSCOW, named=lambda key: key, federal=lambda queue: line(queue).level is Level.FEDERAL)
    topic_tree, numbers = TopicTree(rig.store, rig.clock, tuple(TOPICS.values())), TicketNumbers(code, zone=MOSCOW, width=CASE_WIDTH)
    work = CaseActions(rig.sequencer, rig.store, rig.actions, law, topic_tree, case_notifications, following, Lines(queues))
    entrusting = RemoteCases(rig.sequencer, rig.store, work, topic_tree, numbers, code, link, door=lambda _: "general",
                            level=lambda centre: rig.levels[centre], named=rig.dispatch.name)
    return Cases(CaseRegistration(rig.sequencer, rig.store, rig.actions, law, topic_tree, case_notifications, numbers), work,
                 topic_tree, following, CaseClocks(rig.store, rig.clock), case_notifications, entrusting)
