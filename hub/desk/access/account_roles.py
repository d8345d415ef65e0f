"""Which role an account gets: a built-in one, or one of the centre; never more than the giver has."""

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.own_role import check_giver
from hub.access.own_roles import NO_ROLE, OwnRoles
from hub.access.permissions import rights_of
from hub.desk.access.forms import AccountIn, OperatorIn
from hub.kernel.errors import RefusedError


class AccountRoles:
    def __init__(self, roles: OwnRoles, authorization: Authorization) -> None:
        self._roles, self._authorization = roles, authorization

    async def given(self, who: Operator, account: Operator, body: OperatorIn | AccountIn) -> Operator:
        """The account with the role that was asked for. Raises RefusedError."""
        after = replace(account, role=body.role, own_role=None)
        if body.own_role:
            role = await self._roles.of(body.own_role)
            if not self._authorization.keeps(who, role.centre):
                raise NO_ROLE
            if role.current is None:
                raise RefusedError("not_approved", "Эту роль ещё не утвердил второй администратор.")
            after = replace(account, role=role.current.content.base, own_role=role.given)
        check_giver(who, rights_of(after))
        return after
