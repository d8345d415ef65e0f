"""`okno user add`: an account from the command line, also while the hub runs."""

import argparse
from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from hub.access.break_glass import LOGIN, sealed
from hub.access.operator import Operator, Role
from hub.desk.access.forms import Languages
from hub.desk.http.forms import Login
from hub.desk.sign_in.sessions import Sessions
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import OknoError
from hub.organisation.centre import Function
from hub.organisation.queue import Level
from okno.config import Config
from okno.lines import Centres
from okno.stores import now, open_words_and_store

ROLES = [role.value for role in Role]


def account(config: Config, options: argparse.Namespace) -> Operator:
    """The new operator from the command line; raises OknoError for impossible values."""
    try:
        msgspec.convert(options.login, Login)
    except msgspec.ValidationError:
        message = f"not a login: {options.login!r}; up to 64 of a-z, 0-9 and . _ - that begin with a letter or a digit"
        raise OknoError(message) from None
    queues, skills = [queue.id for queue in config.queues], dict(_skill(each) for each in options.skill)
    _check("queue", options.queue, queues)
    _check("skill", skills, {name for queue in config.queues for name in queue.skills})
    try:
        languages = msgspec.convert(options.language or ["ru"], Languages)
    except msgspec.ValidationError:
        message = f"not codes of languages: {', '.join(options.language)}; ISO 639 has two or three small letters, as in ru, en, tat"
        raise OknoError(message) from None
    if options.contractor:
        _check("contractor", [options.contractor], Centres(config).contractors())
    elif options.function:
        raise OknoError("--function is for a contractor's employee: name his --contractor, too")
    return Operator(options.login, options.name, Role(options.role), tuple(options.queue or queues), skills=skills, languages=languages,
                    contractor=options.contractor, functions=tuple(Function(each) for each in dict.fromkeys(options.function)))


async def perform(options: argparse.Namespace, config: Config) -> None:
    if options.action == "break-glass":
        await break_glass(config, options.days)
    else:
        await add(config, account(config, options))


async def add(config: Config, operator: Operator) -> None:
    """Open an account and print its one-time password; raises OknoError when the login is taken."""
    store = open_words_and_store(config)
    try:
        if await store.get(Operator, operator.login):
            message = f"the login {operator.login} is taken"
            raise OknoError(message)
        await store.note(AuditEntry(now(), "", "operator_added", operator.login, operator.role))
        _, password = await Sessions(store, now, limited=config.limited).one_time_password(operator, "")
    finally:
        await store.close()
    print(f"{operator.login}: одноразовый пароль {password}")


async def break_glass(config: Config, days: int) -> None:
    """Make a new break-glass envelope and print its password; the former one becomes invalid."""
    store = open_words_and_store(config)
    try:
        envelope, password = sealed("", now(), timedelta(days=days))
        await store.put(envelope, AuditEntry(now(), "", "break_glass_sealed", LOGIN, f"до {envelope.until:%d.%m.%Y}"))
    finally:
        await store.close()
    print(f"{LOGIN}: одноразовый пароль {password}")
    print(f"Действует один раз, до {envelope.until:%d.%m.%Y}. Запечатайте его в конверт: вход с ним увидят все руководители.")


def _skill(text: str) -> tuple[str, int]:
    """A skill and its level: «passports=3»."""
    name, _, level = text.rpartition("=")
    try:
        return name, msgspec.convert(level, Level, strict=False)
    except msgspec.ValidationError:
        message = f"not a skill with its level: {text!r}; write it as passports=3, levels are 1 to 9"
        raise OknoError(message) from None


def _check(what: str, named: Iterable[str], known: Sequence[str] | set[str]) -> None:
    if unknown := set(named) - set(known):
        there = ", ".join(sorted(known)) or "none"
        message = f"no such {what}: {', '.join(sorted(unknown))}; there are: {there}"
        raise OknoError(message)
