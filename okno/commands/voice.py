"""`okno voice`: checks the telephone system of a centre."""

from importlib import import_module

import msgspec

from hub.access.operator import Operator
from hub.kernel.errors import OknoError
from okno.adapters.loader import speech
from okno.commands.channel_checks import told
from okno.config import Config
from okno.faults.config_error import ConfigError
from okno.stores import open_words_and_store

DRIVER, FAX = "voice.asterisk", "fax.asterisk"


class TroubledError(OknoError):
    """The telephone system is unusable; the printed lines say why."""


async def check(config: Config) -> None:
    """Print the checks, and the remedy for each fault; raises ConfigError, and TroubledError for any fault."""
    settings = next((each.settings for each in config.channels if each.driver == DRIVER), None)
    if settings is None:
        message = f"channels: нет канала {DRIVER}"
        raise ConfigError(message)
    fax = next((str(each.settings.get("spool", "")) for each in config.channels if each.driver == FAX), "")
    # The libraries of the telephone are loaded only for this command.
    checkup, read = import_module("channels.voice.checkup"), import_module("channels.voice.settings").read
    try:
        read_settings = read(settings)
        hosts, logins = read_settings.hosts, await _logins(config)
        recognise = speech(config.speech)[0] if read_settings.listens else None
        checkups = [checkup.Checkup(host, fax=fax, wss=host.softphone, logins=logins, recognise=recognise) for host in hosts]
    except msgspec.ValidationError as error:
        message = f"channels: {DRIVER}: {error}"
        raise ConfigError(message) from error
    wrong = False
    for host, each in zip(hosts, checkups, strict=True):
        if len(hosts) > 1:
            print(f"Asterisk {host.system}:")
        wrong |= await told(each.steps())
    if wrong:
        raise TroubledError("телефония не готова: исправьте отмеченное знаком ✗")


async def _logins(config: Config) -> list[str]:
    store = open_words_and_store(config)
    try:
        return [operator.login for operator in await store.all(Operator) if operator.role == "operator"]
    finally:
        await store.close()
