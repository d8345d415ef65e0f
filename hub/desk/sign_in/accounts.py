"""Accounts of one's own centre."""

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import exceeds, rights_of
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


async def governed_account(store: Store, authorization: Authorization, who: Operator, login: str) -> Operator:
    """One that may do no more than the caller, who changes it; RefusedError for another one."""
    operator = await account_of(store, authorization, who, login)
    if exceeds(who, rights_of(operator)):
        raise RefusedError("more_than_yours", "У этого человека больше прав, чем у вас: его учётную запись ведёт другой администратор.")
    return operator
