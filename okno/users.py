"""`okno user add`: an account from the command line, also while the hub runs."""

import msgspec

from hub.audit import Deed
from hub.desk.sessions import Sessions
from hub.desk.wire import Login
from hub.errors import OknoError
from hub.operators import Operator, Role
from okno.app import now, open_words_and_store
from okno.config import Config

ROLES = [role.value for role in Role]


async def add(config: Config, login: str, name: str, role: str, queues: list[str]) -> None:
    """Open an account and print its one-time password; raises OknoError when the login is taken or a queue unknown."""
    try:
        msgspec.convert(login, Login)
    except msgspec.ValidationError:
        message = f"not a login: {login!r}; up to 64 of a-z, 0-9 and . _ - that begin with a letter or a digit"
        raise OknoError(message) from None
    known = [queue.id for queue in config.queues]
    if unknown := set(queues) - set(known):
        message = f"no such queue: {', '.join(sorted(unknown))}; there are: {', '.join(known)}"
        raise OknoError(message)
    store = open_words_and_store(config)
    try:
        if await store.get(Operator, login):
            message = f"the login {login} is taken"
            raise OknoError(message)
        await store.note(Deed(now(), "", "operator_added", login, role))
        operator = Operator(login, name, Role(role), tuple(queues or known))
        _, password = await Sessions(store, now, limited=config.limited).one_time_password(operator, "")
    finally:
        await store.close()
    print(f"{login}: одноразовый пароль {password}")
