"""The settings of the centre: read, tried, settled, called off and brought back (SL-01, SL-02, LV-08)."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import ROLE
from hub.access.permissions import Permission
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.settings_transfer import SettingsPackage, written
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.web.download import download_headers
from hub.organisation.coverage import LineCover, UncoveredPeriod, gaps, lines_covered
from hub.organisation.level import Level
from hub.organisation.settings import Settings, SettingsFault, SettingsVersion, differences, touched
from hub.organisation.settings_form import SettingsForm, form_of, read


class SetupOut(Struct, frozen=True):
    """One version: who made it, when it came or comes into force, and what it changed of the one before."""

    version: int
    at: datetime
    by: str
    by_name: str
    since: datetime
    why: str
    changes: list[str]


class CentreKnownOut(Struct, frozen=True):
    code: str
    name: str
    level: Level


class LineNowOut(Struct, frozen=True):
    id: str
    waiting: int


class CentreSettingsOut(Struct, frozen=True):
    """`version` is the newest and what a change is made of, `current` the one in force; `file` is what the file says otherwise."""

    version: int
    current: int
    settings: SettingsForm
    planned: SetupOut | None
    versions: list[SetupOut]
    file: list[str]
    main: str
    """The line that the robot hands over to."""
    centres: list[CentreKnownOut]
    waiting: list[LineNowOut]
    zone: str


class SettingsPreviewIn(Struct, frozen=True):
    settings: SettingsForm


class SettingsPreviewOut(Struct, frozen=True):
    """What would change, what stands against it, and when lines would be open in the next 60 days."""

    changes: list[str]
    faults: list[SettingsFault]
    cover: list[LineCover]
    gaps: list[UncoveredPeriod]


class SettleIn(Struct, frozen=True):
    """`version` is the newest that was seen; without `since` it comes into force at once."""

    version: int
    settings: SettingsForm
    since: datetime | None = None
    why: Annotated[str, Meta(max_length=500)] = ""


class RevertIn(Struct, frozen=True):
    version: int
    to: int


def _readable(form: SettingsForm) -> Settings:
    settings, found = read(form)
    if settings is None:
        raise RefusedError("bad_settings", found[0].text)
    return settings


def _allow(desk: Desk, call: Call, settings: Settings) -> None:
    """A centre is settled by its own administrators: RefusedError."""
    his, around = desk.authorization.centres(call.who), desk.settings_versions.around
    served = {each.centre for each in desk.settings_versions.current.settings.queues}
    foreign = touched(desk.settings_versions.newest.settings, settings) - his
    if foreign and not served <= his:
        named = ", ".join(around.centres.get(each, "всех центров") for each in sorted(foreign))
        raise RefusedError("forbidden", f"{ROLE} Это настройки: {named}. Попросите его администраторов.")


def _setup_out(desk: Desk, made: SettingsVersion) -> SetupOut:
    before = desk.settings_versions.setups.get(made.version - 1)
    return SetupOut(made.version, made.at, made.by, desk.dispatch.name(made.by), made.since, made.why,
                    differences(before.settings, made.settings) if before else [])


@endpoint("GET", "/api/settings", Permission.SETTLE)
async def settings(desk: Desk, call: Call) -> CentreSettingsOut:
    """What is in force, what is planned, and all versions, the newest first."""
    del call
    settings_versions, around = desk.settings_versions, desk.settings_versions.around
    versions = [_setup_out(desk, settings_versions.setups[each]) for each in sorted(settings_versions.setups, reverse=True)]
    current = settings_versions.current.settings
    return CentreSettingsOut(
        settings_versions.newest.version, settings_versions.current.version, form_of(current),
        versions[0] if settings_versions.planned else None, versions,
        settings_versions.differs, around.main,
        [CentreKnownOut(code, name, around.levels[code]) for code, name in sorted(around.centres.items())],
        [LineNowOut(each.id, desk.dispatch.length(each.id)) for each in current.queues], desk.centre.timezone)


@endpoint("POST", "/api/settings/preview", Permission.SETTLE)
async def preview_settings(desk: Desk, call: Call, body: SettingsPreviewIn) -> SettingsPreviewOut:
    """What settings would change, and what stands against them. Nothing is changed."""
    del call
    wanted, found = read(body.settings)
    if wanted is None:
        return SettingsPreviewOut([], found, [], [])
    zone, now = ZoneInfo(desk.centre.timezone), desk.now()
    return SettingsPreviewOut(
        differences(desk.settings_versions.current.settings, wanted), await desk.settings_versions.faults(wanted),
        lines_covered(wanted, now.astimezone(zone).date(), zone), gaps(wanted, now))


@endpoint("PUT", "/api/settings", Permission.SETTLE)
async def settle(desk: Desk, call: Call, body: SettleIn) -> CentreSettingsOut:
    """Settle the next version, in force at once or from a moment to come; that is audited."""
    wanted = _readable(body.settings)
    _allow(desk, call, wanted)
    await desk.settings_versions.settle(call.who.login, body.version, wanted, since=body.since, why=body.why)
    return await settings.function(desk, call)  # type: ignore[return-value]


@endpoint("POST", "/api/settings/revert", Permission.SETTLE)
async def revert_settings(desk: Desk, call: Call, body: RevertIn) -> CentreSettingsOut:
    """Settle at once what an earlier version says, as a new one; what is planned is called off."""
    earlier = desk.settings_versions.setups.get(body.to)
    if earlier is not None:
        _allow(desk, call, earlier.settings)
    await desk.settings_versions.revert(call.who.login, body.version, body.to)
    return await settings.function(desk, call)  # type: ignore[return-value]


class PackageIn(Struct, frozen=True):
    """`version` is the newest of the settings that was seen; without `apply` it is only looked at."""

    package: SettingsPackage
    version: int
    apply: bool = False


class PackageOut(Struct, frozen=True):
    """What taking it in changes, or has changed, and what stands against it."""

    changes: list[str]
    faults: list[SettingsFault]
    applied: bool


@endpoint("GET", "/api/settings/file", Permission.SETTLE)
async def settings_file(desk: Desk, call: Call) -> web.Response:
    """What is in force as one file: lines, hours, numbers, topics, announcements, ready replies of lines, names of scripts."""
    await desk.store.note(AuditEntry(desk.now(), call.who.login, "settings_exported", str(desk.settings_versions.current.version)))
    content = written(await desk.settings_transfer.pack())
    return web.Response(body=content, content_type="application/json", headers=download_headers("okno-settings.json", len(content)))


@endpoint("POST", "/api/settings/file", Permission.SETTLE)
async def take_settings(desk: Desk, call: Call, body: PackageIn) -> PackageOut:
    """What such a file would change; with `apply` it is taken in, all of it or nothing, by whoever works in all centres of the hub."""
    if not body.apply:
        plan = await desk.settings_transfer.plan(call.who, body.package)
        return PackageOut(plan.changes, plan.faults, applied=False)
    if not {each.centre for each in desk.settings_versions.current.settings.queues} <= desk.authorization.centres(call.who):
        raise RefusedError("forbidden", ROLE)
    plan = await desk.settings_transfer.take(call.who, body.package, body.version)
    return PackageOut(plan.changes, [], applied=True)


ENDPOINTS = (settings, preview_settings, settle, revert_settings, settings_file, take_settings)
