"""Channels set up at the desk: their forms, saving, checking, switching on and off. Secrets are taken and never given."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from hub.access.authorization import ROLE, Authorization
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.monitoring.channels import TrialOut
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.monitoring.channel_configuration import ChannelConfiguration
from hub.monitoring.channel_form import ChannelFault, ChannelField, with_secrets
from hub.monitoring.channel_setups import ChannelSetups
from hub.monitoring.ports import ChannelKind
from hub.organisation.settings_versions import SettingsVersions

Driver = Annotated[str, Meta(max_length=50)]
Values = Annotated[dict[str, Any], Meta(max_length=100)]


class ChannelChangeOut(Struct, frozen=True):
    """A version: `change` is saved, on or off."""

    version: int
    at: datetime
    by_name: str
    change: str


class ChannelSetupOut(Struct, frozen=True):
    """A driver's configuration. In `values` a secret is {"kept": id, "at": moment, "by_name": name}. `version` 0 is not set up yet.

    `from_file` channels are read-only and have no values here. `waiting` messages were not carried yet. `problem` is why it does not
    run although it is on.
    """

    driver: str
    version: int
    from_file: bool
    enabled: bool
    values: dict[str, Any]
    waiting: int
    problem: str
    trial: TrialOut | None
    changes: list[ChannelChangeOut]


class ChannelSetupsOut(Struct, frozen=True):
    """`encrypted` is false where the hub has no keys, and secrets are stored in clear."""

    kinds: list[ChannelKind]
    setups: list[ChannelSetupOut]
    encrypted: bool


class ChannelSetupIn(Struct, frozen=True):
    """`version` is the newest that was seen. In `values` a secret is {"put": text}, or {"kept": id} for the stored one."""

    version: int
    values: Values


class ChannelFaultsOut(Struct, frozen=True):
    """With faults nothing was done."""

    faults: list[ChannelFault]


class ChannelSwitchIn(Struct, frozen=True):
    version: int
    on: bool


def _out(channel_setups: ChannelSetups, dispatch: Dispatch, kind: ChannelKind) -> ChannelSetupOut:
    driver = kind.driver
    newest, trial = channel_setups.newest(driver), channel_setups.trials.get(driver)
    told = TrialOut(trial.by, trial.at, trial.step, list(trial.findings)) if trial else None
    if newest is None or channel_setups.from_file(driver):
        return ChannelSetupOut(driver, 0, channel_setups.from_file(driver), False, {}, 0, "", told, [])

    def shown(_: ChannelField, id_: Any, *__: object) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
        held = channel_setups.secrets.get(str(id_))
        return {"kept": held.id, "at": held.at, "by_name": dispatch.name(held.by)} if held else None

    def changed(each: ChannelConfiguration) -> ChannelChangeOut:
        return ChannelChangeOut(each.version, each.at, dispatch.name(each.by), each.change)
    return ChannelSetupOut(
        driver, newest.version, False, newest.enabled, with_secrets(kind.fields, newest.values, shown), channel_setups.waiting(driver),
        channel_setups.problems.get(driver, ""), told, [changed(each) for each in reversed(channel_setups.versions[driver])])


class HubAdministrators:
    """Channels are of the whole hub: they belong to administrators of all its centres."""

    def __init__(self, settings_versions: SettingsVersions, authorization: Authorization) -> None:
        self._settings_versions, self._authorization = settings_versions, authorization

    def allow(self, call: Call) -> None:
        """Raises RefusedError."""
        served = {each.centre for each in self._settings_versions.current.settings.queues}
        if not served <= self._authorization.centres(call.who):
            raise RefusedError("forbidden", f"{ROLE} Каналы у всех центров узла общие: их настраивают администраторы всех его центров.")


@endpoint("GET", "/api/channel-setups", Permission.SETTLE)
async def list_channel_setups(channel_setups: ChannelSetups, dispatch: Dispatch, call: Call) -> ChannelSetupsOut:
    """The drivers with their forms, and what is set up; changes are announced as the list `channel_setups`."""
    del call
    kinds = list((await channel_setups.kinds()).values())
    return ChannelSetupsOut(kinds, [_out(channel_setups, dispatch, each) for each in kinds], channel_setups.encrypted)


@endpoint("PUT", "/api/channel-setups/{driver}", Permission.SETTLE)
async def save_channel_setup(channel_setups: ChannelSetups, administrators: HubAdministrators, call: Call, driver: Driver,
                             body: ChannelSetupIn) -> ChannelFaultsOut:
    """Save the next version; audited. A channel that is on starts again with it."""
    administrators.allow(call)
    return ChannelFaultsOut(await channel_setups.save(call.who, driver, body.version, body.values))


@endpoint("POST", "/api/channel-setups/{driver}/trial", Permission.SETTLE)
async def try_channel_setup(channel_setups: ChannelSetups, administrators: HubAdministrators, call: Call, driver: Driver,
                            body: ChannelSetupIn) -> ChannelFaultsOut:
    """Check the connection with what is typed, saved or not; the live socket announces each step. Audited."""
    administrators.allow(call)
    return ChannelFaultsOut(await channel_setups.check(call.who, driver, body.version, body.values))


@endpoint("POST", "/api/channel-setups/{driver}/switch", Permission.SETTLE)
async def switch_channel(channel_setups: ChannelSetups, administrators: HubAdministrators, call: Call, driver: Driver,
                         body: ChannelSwitchIn) -> None:
    """Start or stop the channel now, without a restart, and after every restart; audited. Messages wait while it is off."""
    administrators.allow(call)
    await channel_setups.switch(call.who, driver, body.version, on=body.on)


ENDPOINTS = (list_channel_setups, save_channel_setup, try_channel_setup, switch_channel)
