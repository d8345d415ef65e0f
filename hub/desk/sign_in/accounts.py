"""Accounts of one's own centre."""

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError


async def account_of(store: Store, authorization: Authorization, who: Operator, login: str) -> Operator:
    """An account of one's own centre; RefusedError for another one."""
    operator = await store.get(Operator, login)
    if operator is None:
        raise RefusedError("no_such_operator", "Такого логина нет.")
    if not authorization.covers_all(who, operator.queues):
        raise RefusedError("forbidden", "Это сотрудник другого центра: его учётную запись ведёт администратор того центра.")
    return operator
