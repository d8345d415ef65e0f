"""Numbers of conversations in an operator's views."""

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.follow import News
from hub.actions.follow_service import FollowService
from hub.actions.mention_service import MentionService
from hub.actions.promise_watch import PromiseWatch
from hub.actions.snooze_service import SnoozeService
from hub.cases.due_counts import DueSoonCounters
from hub.desk.conversations.frames import Counts
from hub.desk.organisation.scope import CentreScope
from hub.dispatch.dispatcher import Dispatch


class ViewCounts:
    def __init__(self, dispatch: Dispatch, scope: CentreScope, authorization: Authorization, snooze_service: SnoozeService,
                 mention_service: MentionService, follow_service: FollowService, promise_watch: PromiseWatch,
                 near_cases: DueSoonCounters) -> None:
        self._dispatch, self._scope, self._authorization, self._snooze_service = dispatch, scope, authorization, snooze_service
        self._mention_service, self._follow_service = mention_service, follow_service
        self._promise_watch, self._near_cases = promise_watch, near_cases

    def of(self, who: Operator) -> Counts:
        dispatch, promises = self._dispatch, self._promise_watch
        lines, everything = self._scope.lines(who), self._authorization.may(who, Permission.SEE_ALL)
        waiting = sum(dispatch.length(queue) for queue in lines) + dispatch.transferred_to(who.login)
        snoozed = len(self._snooze_service.by(who.login))
        owed, at_risk = (each.count(who.login, lines, everything=everything) for each in (promises.owed, promises.at_risk))
        near = self._near_cases.count(lines) if self._authorization.may(who, Permission.WORK_CASES) else 0
        news = sum(each is not News.NONE for _, each in self._follow_service.of(who))
        return Counts(dispatch.held(who.login) - snoozed, waiting, len(dispatch.offered_to(who.login)), snoozed,
                      len(self._mention_service.of(who)), news, owed, at_risk + near)
