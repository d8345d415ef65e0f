"""Who may do what: one table, default deny (SE-01)."""

from enum import StrEnum

from hub.operators import Operator, Role


class Permission(StrEnum):
    SERVE = "serve"
    """Be offered conversations, write, note, transfer and close what one holds."""
    SEE_ALL = "see_all"
    """Open conversations that one does not hold, and search the archive."""
    STEER = "steer"
    """Transfer and close conversations of others."""
    LISTEN = "listen"
    """Listen to talks of operators of one's own centre, prompt them, and join in (MC-05)."""
    SEE_FIGURES = "see_figures"
    """See what days came to, and every breach."""
    EDIT_KNOWLEDGE = "edit_knowledge"
    """Write articles and announcements."""
    EDIT_DIALOGUES = "edit_dialogues"
    """Change what the robot says, publish it and roll it back, and see what it did not understand."""
    APPROVE = "approve"
    """Put in force what somebody else has written."""
    NOTIFY = "notify"
    """Send citizens notices, and see what became of them."""
    MANAGE_OPERATORS = "manage_operators"


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset({Permission.SERVE}),
    Role.SENIOR: frozenset({Permission.SERVE, Permission.SEE_ALL, Permission.LISTEN}),
    Role.SUPERVISOR: frozenset({Permission.SERVE, Permission.SEE_ALL, Permission.STEER, Permission.LISTEN, Permission.APPROVE,
                                Permission.SEE_FIGURES, Permission.NOTIFY}),
    Role.DESIGNER: frozenset({Permission.EDIT_KNOWLEDGE, Permission.EDIT_DIALOGUES}),
    Role.ADMIN: frozenset(Permission),
}


def may(operator: Operator, permission: Permission) -> bool:
    """Whether the operator's role grants the permission; someone deactivated may nothing."""
    return operator.active and permission in GRANTS[operator.role]
