"""Change notifications of lists: the documents behind each list, and its authorised viewers.

Only the name of a list is sent. A desk that shows it reloads it, with its own permissions.
"""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator, SignIn
from hub.access.own_role import OwnRole
from hub.access.permissions import Permission
from hub.access.second_factor import CodeSecret, Passkey, SecondFactors
from hub.access.service_accounts import ServiceKey
from hub.automation.rule import RuleSet
from hub.cases.case import Case
from hub.cases.referral import Referral
from hub.cases.topic import Tree
from hub.citizens.consent import ConsentText
from hub.conversations.attachments import Hold, Quarantined
from hub.conversations.ports import Commit
from hub.conversations.sequencer import LiveConversation
from hub.desk.live.frames import Listed, ListsChanged
from hub.desk.live.open_desks import OpenDesks
from hub.intake.block import Block
from hub.integrations.department_systems import SystemDay, Unsent
from hub.integrations.webhook_events import DeliveryAttempt, Subscription
from hub.kernel.audit_entry import AuditEntry
from hub.knowledge.catalogue.import_log import Import
from hub.knowledge.catalogue.portals import Pull
from hub.knowledge.edition import Edition
from hub.knowledge.outdated_flag import OutdatedReport
from hub.knowledge.scripts.versions import ScriptVersion
from hub.monitoring.channel_configuration import ChannelConfiguration
from hub.monitoring.trunk import RefusedCall
from hub.organisation.registry_versions import RegistryVersion
from hub.organisation.settings import SettingsVersion
from hub.privacy.subject_request import SubjectRequest
from hub.programme.sheet import Sheet
from hub.programme.template import TemplateVersion
from hub.programme.visit_counts import VisitCounts
from hub.quality.calibration import Calibration
from hub.quality.review import CoachingNote, Review, ReviewSample
from hub.quality.surveys.survey import Invited, Questionnaire, Survey
from hub.reporting.report_schedule import Mailing, ReportRun
from hub.reporting.saved_report import SavedReport
from hub.robot.dialogue_version import Trial
from hub.robot.phrase import Assigned
from hub.training.certificate import Certificate, TrainingProvider
from hub.training.coaching_assignment import CoachingAssignment, CriterionLesson
from hub.training.course import Course
from hub.training.group import TrainingGroup
from hub.workforce.adherence import AdherenceExcuse
from hub.workforce.shift import Absence, ShiftRoster
from hub.workforce.shift_exchange import ShiftSwap
from hub.workforce.volumes import VolumeDay


class Made(NamedTuple):
    """Permissions for a list (any of them), and its documents."""

    read_by: tuple[Permission, ...]
    of: tuple[type[Struct], ...]


TABLE: dict[Listed, Made] = {
    # Sent when an alarm begins, is acknowledged, is silenced, or ends.
    "alarms": Made((Permission.SEE_WALLBOARD,), ()),
    "audit": Made((Permission.MANAGE_OPERATORS,), (AuditEntry,)),
    # Private ones only concern their owner.
    "canned": Made((Permission.SERVE,), ()),
    # Also while a check goes on.
    "channel_setups": Made((Permission.SETTLE,), (ChannelConfiguration,)),
    "consents": Made((Permission.EDIT_CONSENTS, Permission.APPROVE), (ConsentText,)),
    "demands": Made((Permission.ANSWER_DEMAND,), (SubjectRequest,)),
    "exchange": Made((Permission.EDIT_KNOWLEDGE,), (Import, Pull)),
    # Sent to all recipients, and after reading to the reader and the sender.
    "floor_messages": Made((Permission.SERVE, Permission.STEER), ()),
    "floor_people": Made((Permission.SEE_ALL,), ()),
    "handbook": Made((Permission.READ_KNOWLEDGE,), (Edition, OutdatedReport)),
    "mailings": Made((Permission.SEE_FIGURES,), (Mailing, ReportRun)),
    "operators": Made((Permission.MANAGE_OPERATORS,), (Operator,)),
    "phrases": Made((Permission.EDIT_DIALOGUES,), (Assigned,)),
    # Operators get notifications of their own scores separately.
    "programme": Made((Permission.SEE_FIGURES,), (Sheet, TemplateVersion, VisitCounts)),
    "registry": Made((Permission.EDIT_REGISTRY, Permission.APPROVE), (RegistryVersion,)),
    "quality": Made((Permission.SCORE_TALKS, Permission.SEE_OWN_SCORES), (Review, ReviewSample, CoachingNote, Calibration)),
    "quarantine": Made((Permission.SEE_ALL,), (Quarantined, Hold)),
    "refused_calls": Made((Permission.SEE_ALL,), (RefusedCall,)),
    "referrals": Made((Permission.WORK_CASES,), (Referral,)),
    "robot_trials": Made((Permission.EDIT_DIALOGUES, Permission.APPROVE), (Trial,)),
    # Sent to the administrator who tries, while the dry run goes on.
    "rule_trial": Made((Permission.SETTLE,), ()),
    "rules": Made((Permission.SETTLE,), (RuleSet,)),
    "saved_reports": Made((Permission.SEE_FIGURES,), (SavedReport,)),
    "roles": Made((Permission.MANAGE_OPERATORS,), (OwnRole,)),
    "services": Made((Permission.MANAGE_OPERATORS,), (ServiceKey,)),
    "settings": Made((Permission.SETTLE,), (SettingsVersion,)),
    "scripts": Made((Permission.READ_KNOWLEDGE,), (ScriptVersion,)),
    "security": Made((Permission.ACCOUNT,), (SecondFactors, CodeSecret, Passkey, SignIn)),
    "sifting": Made((Permission.SIFT,), (Block,)),
    "submissions": Made((Permission.WORK_CASES,), (Unsent, Case)),
    "subscriptions": Made((Permission.MANAGE_EXCHANGE,), (Subscription, DeliveryAttempt)),
    # Not for each answer of an anonymous one: the time of an answer is private.
    "surveys": Made((Permission.ASK_ANONYMOUSLY,), (Questionnaire, Survey, Invited)),
    "systems": Made((Permission.SEE_FIGURES,), (SystemDay,)),
    "topics": Made((Permission.READ_KNOWLEDGE,), (Tree,)),
    "shifts": Made((Permission.OWN_SHIFTS,), (ShiftRoster, ShiftSwap, Absence)),
    # Also when somebody comes on the line, goes on a break or leaves, and when a shift begins.
    "adherence": Made((Permission.WATCH_SHIFTS,), (AdherenceExcuse,)),
    # Also at each quarter of an hour while somebody looks at what today still brings.
    "workforce": Made((Permission.PLAN_SHIFTS,), (VolumeDay,)),
    "training": Made((Permission.LEARN,), (Course, TrainingGroup, TrainingProvider, Certificate, CriterionLesson, CoachingAssignment)),
}
OWN: frozenset[Listed] = frozenset({"security"})
"""Everybody has their own, made of documents with their login."""
_LISTS: dict[type[Struct], Listed] = {kind: name for name, made in TABLE.items() for kind in made.of}

SOON_S = 0.1
AGAIN_S = 2.0
"""Shortest interval for lists that change all the time."""


class Lists:
    """Pending changes, for everybody or for one login."""

    def __init__(self, screens: OpenDesks, authorization: Authorization) -> None:
        self._screens, self._authorization = screens, authorization
        self._changed: dict[str, set[Listed]] = {}
        """By login; "" is everybody."""
        self._timer: asyncio.TimerHandle | None = None
        self._told_at = -AGAIN_S

    def stored(self, touched: Iterable[Struct | type[Struct]]) -> None:
        """Listener of the store. Dropped documents do not name their owner: whoever drops them notifies."""
        if not self._screens.all:
            return
        for each in touched:
            name = _LISTS.get(each if isinstance(each, type) else type(each))
            if name is not None and name not in OWN:
                self.tell(name)
            elif name is not None and not isinstance(each, type):
                self.tell(name, getattr(each, "login"))  # noqa: B009 - all of them have it

    def committed(self, _: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer."""
        if change.audit_entries:
            self.tell("audit")
        if change.head is not None:
            self.tell("floor_people")
            self.tell("operators")  # number of conversations of each operator

    def tell(self, name: Listed, login: str = "") -> None:
        """A list has changed; for `login` only where it is private."""
        if not self._screens.all:
            return
        self._changed.setdefault(login, set()).add(name)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(SOON_S, self._told_at + AGAIN_S - loop.time()), self._tell)

    def _tell(self) -> None:
        changed, self._changed, self._timer = self._changed, {}, None
        self._told_at = asyncio.get_running_loop().time()
        for screen in self._screens.all:
            names = changed.get("", set()) | changed.get(screen.who.login, set())
            mine = sorted(name for name in names if any(self._authorization.may(screen.who, each) for each in TABLE[name].read_by))
            if mine:
                screen.push(ListsChanged(mine))

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
