"""Frames of registered cases, of referrals and of recommendations."""

from datetime import datetime
from typing import ClassVar

from hub.access.permissions import Permission
from hub.cases.referral import ReferralState
from hub.desk.cases.forms import CaseOut
from hub.desk.live.frames import Frame


class CaseChanged(Frame, frozen=True, tag="case"):
    """A case was registered, or something was done with it: told to whoever may work on it."""

    needs: ClassVar = (Permission.WORK_CASES,)
    case: CaseOut


class ReferralAlarm(Frame, frozen=True, tag="referral_alarm"):
    """A case was sent to an authority and no receipt has come, or it could not be carried. Told to those who see everything."""

    needs: ClassVar = (Permission.WORK_CASES,)
    case: str
    authority: str
    state: ReferralState
    due: datetime


class RecommendationChanged(Frame, frozen=True, tag="recommendation"):
    """A recommendation was drafted, rewritten, or has come further: told to whoever advises on all the lines that it counts."""

    needs: ClassVar = (Permission.ADVISE,)
    id: str


class CaseAlarm(Frame, frozen=True, tag="case_alarm"):
    """So many per cent of a case's time are over; at 100 its answer is too late. Told to its worker and to those who see everything."""

    needs: ClassVar = (Permission.WORK_CASES,)
    number: str
    percent: int
    due: datetime
