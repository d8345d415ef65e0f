"""Live updates of cases, referrals and recommendations."""

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.cases import recommendation_service
from hub.cases.case import Case
from hub.cases.due_counts import DueSoonCounters
from hub.cases.recommendation import Recommendation
from hub.cases.referral import Referral
from hub.desk.cases.frames import CaseAlarm, CaseChanged, RecommendationChanged, ReferralAlarm
from hub.desk.cases.parts import Cases, Complaints
from hub.desk.cases.view import CaseView
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.live.open_desks import OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.organisation.scope import CentreScope


class LiveCases(LiveRoom):
    sends = (CaseChanged, CaseAlarm)

    def __init__(self, desks: OpenDesks, cases: Cases, case_view: CaseView, near_cases: DueSoonCounters, live_rows: LiveRows) -> None:
        self._desks, self._cases, self._case_view, self._near_cases, self._live_rows = desks, cases, case_view, near_cases, live_rows

    def subscribe(self) -> None:
        self._cases.case_registration.on_change.subscribe(self.changed)
        self._cases.work.on_change.subscribe(self.changed)
        self._cases.clocks.on_alarm.subscribe(self.alarm)
        self._near_cases.on_change.subscribe(self._live_rows.count)

    def changed(self, case: Case) -> None:
        for desk in self._desks.all:
            if self._cases.work.sees(desk.who, case):
                desk.push(CaseChanged(self._case_view.out(case)))

    def alarm(self, case: Case, percent: int) -> None:
        alarm = CaseAlarm(case.number, percent, case.due)
        for desk in self._desks.lookers | self._desks.of(case.worker):
            if self._cases.work.sees(desk.who, case):
                desk.push(alarm)


class LiveComplaints(LiveRoom):
    sends = (ReferralAlarm, RecommendationChanged)

    def __init__(self, desks: OpenDesks, complaints: Complaints, authorization: Authorization, scope: CentreScope,
                 live_cases: LiveCases) -> None:
        self._desks, self._complaints, self._authorization, self._scope = desks, complaints, authorization, scope
        self._live_cases = live_cases

    def subscribe(self) -> None:
        self._complaints.referring.on_change.subscribe(self._live_cases.changed)
        self._complaints.referring.on_alarm.subscribe(self.alarm)
        self._complaints.advising.on_change.subscribe(self.advised)

    def alarm(self, referral: Referral) -> None:
        """A referral has no receipt in time: sent to those with SEE_ALL for the line of the responsible centre."""
        alarm = ReferralAlarm(referral.case, referral.authority, referral.state, referral.due)
        for desk in self._desks.lookers:
            if self._authorization.may(desk.who, Permission.WORK_CASES) and self._authorization.covers(desk.who, referral.home):
                desk.push(alarm)

    def advised(self, recommendation: Recommendation) -> None:
        for desk in self._desks.all:
            may = self._authorization.may(desk.who, Permission.ADVISE)
            if may and recommendation_service.sees(recommendation.selection, self._scope.lines(desk.who)):
                desk.push(RecommendationChanged(recommendation.id))
