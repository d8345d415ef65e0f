"""Settings of drivers and named files, read before anything is opened, so that all faults are reported at once."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from okno import drivers
from okno.adapters.loader import SCANNER
from okno.appointments import SCHEDULE
from okno.config import Config
from okno.extras import missing_extras
from okno.faults.config_error import ConfigError, ConfigFault
from okno.faults.named_files import faults_of_files, files_in_settings, folders_in_settings
from okno.faults.reader import read_all
from okno.faults.toml_lines import Key
from okno.link import LINK
from okno.signers import SIGNER
from okno.stores import KEEPER
from okno.systems import PORTAL, SYSTEM


def faults_of_parts(config: Config) -> Iterator[ConfigFault]:
    """Missing extras, unknown drivers, bad settings of drivers, and unreadable files. Loads the drivers."""
    yield from faults_of_files(config)
    lacking = list(missing_extras(config))
    yield from lacking
    for key, kind, name, settings in _told(config):
        if not any(fault.key[:len(key)] == key for fault in lacking):
            yield from _driver_faults(key, kind, name, settings)


def _driver_faults(key: Key, kind: drivers.DriverKind[Any], name: str, settings: Mapping[str, object]) -> Iterator[ConfigFault]:
    try:
        told = getattr(drivers.find(kind, name), "SETTINGS", None)
    except ConfigError as error:
        yield ConfigFault(key, str(error))
        return
    if told is not None:
        read: Callable[[dict[str, Any]], object] = partial(msgspec.convert, type=told) if isinstance(told, type) else told
        wrong = read_all(dict(settings), read, (*key, "settings"), told if isinstance(told, type) else None)[1]
        yield from wrong or files_in_settings((*key, "settings"), settings)


def faults_of_folders(config: Config) -> Iterator[ConfigFault]:
    """Folders of drivers that are missing. The hub starts without them, and says so at the desk."""
    for key, _, _, settings in _told(config):
        yield from folders_in_settings((*key, "settings"), settings)


def _told(config: Config) -> Iterator[tuple[Key, drivers.DriverKind[Any], str, Mapping[str, object]]]:
    for number, channel in enumerate(config.channels):
        yield ("channels", number), drivers.CHANNEL, channel.driver, channel.own()
    for number, system in enumerate(config.systems):
        yield ("systems", number), SYSTEM, system.driver, system.settings
    for number, portal in enumerate(config.portals):
        yield ("portals", number), PORTAL, portal.driver, portal.settings
    for number, schedule in enumerate(config.booking.systems):
        yield ("booking", "systems", number), SCHEDULE, schedule.driver, schedule.settings
    if config.scanner.driver:
        yield ("scanner",), SCANNER, config.scanner.driver, config.scanner.settings
    if config.keys.driver:
        yield ("keys",), KEEPER, config.keys.driver, config.keys.settings
    if config.link.kind:
        yield ("link",), LINK, config.link.kind, config.link.settings
    if config.esia.address:
        yield ("esia",), SIGNER, config.esia.signer, config.esia.settings
