"""What commands know of a centre's settings: those in force in its store, or those of the file while there is no store."""

from pathlib import Path

from hub.ports import Store
from hub.settings import Settings
from hub.settling import Settling
from okno.app import DATABASE, now, open_words_and_store
from okno.config import Config
from okno.settings import configured, loaded


async def settled(config: Config) -> Config:
    """The configuration with the lines and hours that are in force; raises OknoError."""
    return configured(config, await in_force(config))


async def in_force(config: Config) -> Settings:
    """Settings of a store that is there, else what an empty one would be filled with; nothing is written. Raises OknoError."""
    first, around = loaded(config)
    if config.store.kind == "memory" or not (Path(config.data) / DATABASE).exists():
        return first
    store: Store = open_words_and_store(config)
    settling = Settling(store, now, first, around)
    try:
        await settling.read()
    finally:
        await store.close()
    return settling.current.settings
