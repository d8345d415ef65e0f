"""Services used by the desk for cases and complaints."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hub.cases.actions import CaseActions
from hub.cases.deadline_alarms import CaseClocks
from hub.cases.notifications import CaseNotifications
from hub.cases.recommendation_service import RecommendationService
from hub.cases.referral_service import ReferralService
from hub.cases.registration import CaseRegistration
from hub.cases.remote_service import RemoteCases
from hub.cases.topic_tree import TopicTree
from hub.cases.tracking import CaseTracking
from hub.kernel.ports import Printer
from hub.knowledge.authorities import Authority


class Cases(NamedTuple):
    """Services for registered cases."""

    case_registration: CaseRegistration
    work: CaseActions
    topic_tree: TopicTree
    following: CaseTracking
    clocks: CaseClocks
    case_notifications: CaseNotifications
    entrusting: RemoteCases


class Complaints(NamedTuple):
    """Services for complaints and recommendations."""

    referring: ReferralService
    advising: RecommendationService
    press: Printer
    authorities: Callable[[], Mapping[str, Authority]]
    """Authorities valid today, by id."""
