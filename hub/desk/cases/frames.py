"""Frames of registered cases, of referrals and of recommendations."""

from datetime import datetime
from typing import ClassVar

from hub.access.permissions import Permission
from hub.cases.referral import ReferralState
from hub.desk.cases.forms import CaseOut
from hub.desk.live.frames import Frame


class CaseChanged(Frame, frozen=True, tag="case"):
    """A case was registered or changed: sent to all who may work on it."""

    needs: ClassVar = (Permission.WORK_CASES,)
    case: CaseOut


class ReferralAlarm(Frame, frozen=True, tag="referral_alarm"):
    """A referral has no receipt in time, or could not be delivered. Sent to those with SEE_ALL."""

    needs: ClassVar = (Permission.WORK_CASES,)
    case: str
    authority: str
    state: ReferralState
    due: datetime


class RecommendationChanged(Frame, frozen=True, tag="recommendation"):
    """A recommendation was drafted, edited, or advanced: sent to all who may see all its lines."""

    needs: ClassVar = (Permission.ADVISE,)
    id: str


class CaseAlarm(Frame, frozen=True, tag="case_alarm"):
    """A percentage of a case's time has passed; at 100 its answer is overdue. Sent to its operator and to those with SEE_ALL."""

    needs: ClassVar = (Permission.WORK_CASES,)
    number: str
    percent: int
    due: datetime
