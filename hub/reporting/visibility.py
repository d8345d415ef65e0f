"""Whether somebody may see the figures of a centre. Pure."""

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.reporting.days import Days


def sees(authorization: Authorization, days: Days, who: Operator, centre: str) -> bool:
    """Of this centre, or with "" of all centres of the hub."""
    if not authorization.may(who, Permission.SEE_FIGURES):
        return False
    below = authorization.below(who)
    return centre in below if centre else below.issuperset(days.centres)
