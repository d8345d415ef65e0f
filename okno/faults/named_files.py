"""Files and folders that the configuration names: one that cannot be read stops the start, so all are looked at before."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from okno.config import Config
from okno.faults.config_error import ConfigFault
from okno.faults.toml_lines import Key

FOLDERS = {"sounds", "recordings", "away", "spool"}
"""Settings of drivers that are folders."""


def faults_of_files(config: Config) -> Iterator[ConfigFault]:
    """What of the named files is missing or unreadable; paths as the hub uses them."""
    for key, path in _files(config):
        if path and (why := _unreadable(Path(path))):
            yield ConfigFault.of(key, why)
    for key, path in (("speech", "model"), config.speech.model), (("robot", "own_code"), config.robot.own_code):
        if path and not Path(path).is_dir():
            yield ConfigFault.of(key, f"{path}: there is no such folder")
    if config.catalogue and not Path(config.catalogue).is_dir() and (why := _unreadable(Path(config.catalogue))):
        yield ConfigFault.of(("catalogue",), why)
    if config.keys.driver == "file" and (path := str(config.keys.settings.get("path", ""))) and not Path(path).exists():
        yield ConfigFault.of(("keys", "settings", "path"), f"{path}: there is no such file: okno keys new makes one")


def files_in_settings(place: Key, settings: Mapping[str, object]) -> Iterator[ConfigFault]:
    """The same for the settings of a driver: names of files end in _file."""
    for key, path in _values(place, settings):
        if str(key[-1]).endswith("_file") and path and (why := _unreadable(Path(path))):
            yield ConfigFault.of(key, why)


def folders_in_settings(place: Key, settings: Mapping[str, object]) -> Iterator[ConfigFault]:
    """The same for its folders."""
    for key, path in _values(place, settings):
        if key[-1] in FOLDERS and path and not Path(path).is_dir():
            yield ConfigFault.of(key, f"{path}: there is no such folder")


def _values(place: Key, told: object) -> Iterator[tuple[Key, str]]:
    if isinstance(told, str):
        yield place, told
    elif isinstance(told, Mapping | list):
        for part, value in told.items() if isinstance(told, Mapping) else enumerate(told):
            yield from _values((*place, part), value)


def _files(config: Config) -> Iterator[tuple[Key, str]]:
    yield ("articles",), config.articles
    yield ("scripts",), config.scripts
    yield ("law",), config.law
    yield ("registry",), config.registry
    yield ("booking", "receptions"), config.booking.receptions
    yield ("desk", "leaked_passwords"), config.desk.leaked_passwords
    yield ("listen", "certificate"), config.listen.certificate
    yield ("listen", "key"), config.listen.key
    if config.oidc.issuer:
        yield ("oidc", "secret_file"), config.oidc.secret_file
    if config.robot.rasa:
        yield ("robot", "rasa_token_file"), config.robot.rasa_token_file
    if config.store.kind == "mongodb":
        yield ("store", "uri_file"), config.store.uri_file
        for name in ("certificate", "key", "authority"):
            yield ("hubs", name), getattr(config.hubs, name)


def _unreadable(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return f"{path}: {error.strerror}"
    return ""
