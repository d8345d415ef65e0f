"""Settings for commands: those in force in the store, or those of the file without a store; `okno config`."""

import argparse
from contextlib import nullcontext
from pathlib import Path

from hub.access.operator import Operator, Role
from hub.cases.topic_tree import TopicTree
from hub.conversations.ports import Store
from hub.desk.organisation.settings_transfer import SettingsTransfer, understood, written
from hub.kernel.errors import OknoError, RefusedError
from hub.organisation.settings import Settings
from hub.organisation.settings_versions import SettingsVersions
from okno.commands.registry import load_registry, registry_versions
from okno.config import Config
from okno.serving.instance import alone
from okno.settings import configured, first_settings, loaded
from okno.stores import data_folder, has_store, now, open_words_and_store

NOBODY = Operator("", "", Role.ADMIN)
"""The operating system account that runs the command."""


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno config` and its actions."""
    actions = commands.add_parser("config", help="a centre's settings as one file").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    export = actions.add_parser("export", parents=[common], help="write what is in force into a file, also while the hub runs")
    export.add_argument("file", type=Path, metavar="FILE", help="JSON, without secrets and personal data")
    taken = actions.add_parser("import", parents=[common], help="print what such a file would change, and take it in as a whole")
    taken.add_argument("file", type=Path, metavar="FILE")
    taken.add_argument("--apply", action="store_true", help="take it in; the hub must not run. Without it nothing is changed")


async def perform(options: argparse.Namespace, config: Config) -> None:
    """Run the command; raises OknoError."""
    with alone(data_folder(config)) if options.action == "import" and options.apply else nullcontext():
        store = open_words_and_store(config)
        try:
            versions = await registry_versions(store, now, config)
            settings_versions = SettingsVersions(store, now, *loaded(config, versions.registry if versions else None))
            await settings_versions.start()
            await TopicTree(store, now, config.topics).start()
            settings_transfer = SettingsTransfer(store, now, settings_versions, config.centre.code, _nobody_else)
            if options.action == "export":
                options.file.write_bytes(written(await settings_transfer.pack()))
            else:
                await _take(options, settings_transfer, settings_versions)
            settings_versions.close()
        except OSError as error:
            message = f"{options.file}: {error.strerror}"
            raise OknoError(message) from error
        except RefusedError as error:
            raise OknoError(error.text) from error
        finally:
            await store.close()


async def _take(options: argparse.Namespace, settings_transfer: SettingsTransfer, settings_versions: SettingsVersions) -> None:
    package = understood(options.file.read_bytes())
    plan = await (settings_transfer.take(NOBODY, package, settings_versions.newest.version) if options.apply
                  else settings_transfer.plan(NOBODY, package))
    for line in plan.changes:
        print(line)
    for fault in plan.faults:
        print(f"! {fault.field}: {fault.text}")
    if plan.faults:
        raise OknoError("the file cannot be taken in as it is")
    print("taken in" if options.apply else f"changes {len(plan.changes)}; nothing was changed: --apply does it")


async def _nobody_else() -> None:
    """A command has no parts to notify."""


async def settled(config: Config) -> Config:
    """The configuration with the lines and hours in force; raises OknoError."""
    return configured(config, await in_force(config))


async def in_force(config: Config) -> Settings:
    """Settings of an existing store, otherwise the initial ones of an empty store; nothing is written. Raises OknoError."""
    if not has_store(config):
        return first_settings(config, load_registry(config))
    store: Store = open_words_and_store(config)
    try:
        versions = await registry_versions(store, now, config)
        settings_versions = SettingsVersions(store, now, *loaded(config, versions.registry if versions else None))
        await settings_versions.read()
    finally:
        await store.close()
    return settings_versions.current.settings
