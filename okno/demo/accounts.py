"""Accounts of the demonstration: the simulated operators', and two for people."""

import secrets
from collections.abc import Sequence

from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from hub.desk.sign_in.sessions import Sessions
from hub.kernel.audit_entry import AuditEntry
from okno.app import FIRST_LOGIN
from okno.config import Config
from okno.demo.people import Employee
from okno.stores import now

SUPERVISOR = "demo"
WATCHING = frozenset({SUPERVISOR, FIRST_LOGIN})
"""Logins of people."""


async def open_accounts(store: Store, config: Config, employees: Sequence[Employee]) -> tuple[str, str]:
    """Open or renew all accounts; gives the people's password and the simulated operators', new at each start."""
    sessions = Sessions(store, now, limited=False)
    queues = tuple(queue.id for queue in config.queues)
    human, simulated = "-".join(secrets.token_hex(2) for _ in range(3)), secrets.token_urlsafe(24)
    human_hash, simulated_hash = await sessions.hash(human), await sessions.hash(simulated)
    operators = [
        Operator(SUPERVISOR, "Старший смены", Role.SUPERVISOR, queues, human_hash),
        Operator(FIRST_LOGIN, "Администратор", Role.ADMIN, queues, human_hash),
        *(Operator(one.login, one.name, Role.OPERATOR, queues, simulated_hash) for one in employees),
    ]
    for operator in operators:
        await store.put(operator, AuditEntry(now(), "", "demo_account", operator.login, operator.role))
        await sessions.end_all(operator.login)
    return human, simulated
