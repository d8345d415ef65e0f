"""Sources of an operator's views."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from hub.actions.follow_service import FollowService
from hub.actions.later_replies import LaterReplies
from hub.actions.mention_service import MentionService
from hub.actions.promise_watch import PromiseWatch
from hub.actions.snooze_service import SnoozeService
from hub.cases.due_counts import DueSoonCounters


class DaysWork(NamedTuple):
    """Sources of an operator's views, besides the held conversations."""

    mention_service: MentionService
    follow_service: FollowService
    snooze_service: SnoozeService
    later_replies: LaterReplies
    promises: PromiseWatch
    near_cases: DueSoonCounters
    morning: Callable[[str, datetime], datetime]
    """When work begins in a line on the next working day."""
