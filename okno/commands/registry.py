"""The registry of centres in force: the version approved at the desk, or else the file that the configuration names."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.conversations.ports import Store
from hub.kernel.errors import OknoError
from hub.kernel.ports import Documents
from hub.organisation.centre import RegistryError
from hub.organisation.queue import Lines
from hub.organisation.registry import Registry
from hub.organisation.registry_file import read_records
from hub.organisation.registry_versions import RegistryVersions
from hub.organisation.territory import Subjects
from okno.config import Config
from okno.stores import has_store, now, open_words_and_store
from okno.territory import subjects


def read_registry(text: str, known: Subjects) -> Registry:
    """Read a registry from TOML; raises RegistryError, naming the record and the field."""
    records = read_records(text)
    return Registry(records.centres, records.mfcs, records.attachments, known.codes)


def load_registry(config: Config) -> Registry | None:
    """Read the configured registry; None without one. Raises OknoError with the file's name."""
    if not config.registry:
        return None
    try:
        registry = read_registry(Path(config.registry).read_text(encoding="utf8"), subjects())
        check_own(registry, config)
    except OSError as error:
        message = f"registry: {config.registry}: {error.strerror}"
        raise OknoError(message) from error
    except (RegistryError, UnicodeDecodeError) as error:
        message = f"registry: {config.registry}: {error}"
        raise OknoError(message) from error
    return registry


async def registry_versions(store: Documents, now: Callable[[], datetime], config: Config) -> RegistryVersions | None:
    """The versions of the store over the configured file; None without a registry. Raises OknoError, StoreError."""
    file = load_registry(config)
    if file is None:
        return None
    # The lines in force are checked when somebody writes; those of the file may be outdated.
    versions = RegistryVersions(store, now, ZoneInfo(config.centre.timezone), file, partial(check_own, config=config), subjects().codes)
    await versions.read()
    return versions


async def registry_in_force(config: Config) -> Registry | None:
    """For commands: of an existing store, otherwise the configured file. Raises OknoError."""
    if not has_store(config):
        return load_registry(config)
    store: Store = open_words_and_store(config)
    try:
        versions = await registry_versions(store, now, config)
    finally:
        await store.close()
    return versions.registry if versions else None


async def needed_registry(config: Config) -> Registry:
    """The same for commands that need one; raises OknoError without one."""
    registry = await registry_in_force(config)
    if registry is None:
        raise OknoError("no registry is named: set `registry` in the configuration")
    return registry


def today(config: Config) -> date:
    """The date in the centre's time zone."""
    return datetime.now(ZoneInfo(config.centre.timezone)).date()


def check_lines(registry: Registry, config: Config, lines: Lines) -> None:
    """Raises RegistryError unless the centres and the МФЦ of this hub's lines stay, and its own centre with its level."""
    check_own(registry, config)
    on = today(config)
    days = sorted({on, *registry.changes(on, date.max)})
    for queue in lines.values():
        code = queue.centre or config.centre.code
        if code != config.centre.code and (gone := next((day for day in days if registry.centre(code, day) is None), None)):
            record = f"centre {code}"
            raise RegistryError(record, "valid_to", f"a centre with queues here is not active on {gone}",
                                f"с {gone} центр не работает, а его линии есть в этом узле: сначала удалите их")
        if queue.mfc and (gone := next((day for day in days if registry.mfc(queue.mfc, day) is None), None)):
            record = f"mfc {queue.mfc}"
            raise RegistryError(record, "valid_to", f"a queue here is of the МФЦ, which is not there on {gone}",
                                f"с {gone} его нет, а его линия есть в этом узле: сначала удалите её")


def check_own(registry: Registry, config: Config) -> None:
    """Raises OknoError unless this hub's centre is in the registry with the same level."""
    record, levels = f"centre {config.centre.code}", {each.level for each in registry.centres if each.id == config.centre.code}
    if not levels:
        raise RegistryError(record, "id", "the registry has no such centre, and the configuration says that this is it (centre.code)",
                                "это центр самого узла: его нельзя убрать")
    if config.centre.level not in levels:
        raise RegistryError(record, "level", f"not {config.centre.level}, as the configuration says (centre.level)",
                                f"уровень этого узла задан в настройке: {config.centre.level}")
