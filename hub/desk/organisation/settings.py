"""Settings of the centre: reading, preview, saving, cancelling and restoring (SL-01, SL-02, LV-08)."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import ROLE, Authorization
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.settings_transfer import SettingsPackage, SettingsTransfer, written
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.web.download import download_headers
from hub.organisation.coverage import LineCover, UncoveredPeriod, gaps, lines_covered
from hub.organisation.level import Level
from hub.organisation.settings import Settings, SettingsFault, SettingsVersion, differences, touched
from hub.organisation.settings_form import SettingsForm, form_of, read
from hub.organisation.settings_versions import SettingsVersions


class SetupOut(Struct, frozen=True):
    """One version: author, beginning, and its changes."""

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
    """`version` is the newest, for a change, `current` the one in force; `file` are differences of the configuration file."""

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
    """The changes, the errors, and the opening of lines in the next 60 days."""

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


def _allow(settings_versions: SettingsVersions, authorization: Authorization, call: Call, settings: Settings) -> None:
    """A centre's settings belong to its own administrators: RefusedError."""
    his, around = authorization.centres(call.who), settings_versions.around
    served = {each.centre for each in settings_versions.current.settings.queues}
    foreign = touched(settings_versions.newest.settings, settings) - his
    if foreign and not served <= his:
        named = ", ".join(around.centres.get(each, "всех центров") for each in sorted(foreign))
        raise RefusedError("forbidden", f"{ROLE} Это настройки: {named}. Попросите его администраторов.")


def _setup_out(settings_versions: SettingsVersions, dispatch: Dispatch, made: SettingsVersion) -> SetupOut:
    before = settings_versions.setups.get(made.version - 1)
    return SetupOut(made.version, made.at, made.by, dispatch.name(made.by), made.since, made.why,
                    differences(before.settings, made.settings) if before else [])


@endpoint("GET", "/api/settings", Permission.SETTLE)
async def settings(settings_versions: SettingsVersions, centre: Centre, dispatch: Dispatch, call: Call) -> CentreSettingsOut:
    """The version in force, the planned one, and all versions, newest first."""
    del call
    return _settings_out(settings_versions, centre, dispatch)


def _settings_out(settings_versions: SettingsVersions, centre: Centre, dispatch: Dispatch) -> CentreSettingsOut:
    setups, around = settings_versions.setups, settings_versions.around
    versions = [_setup_out(settings_versions, dispatch, setups[each]) for each in sorted(setups, reverse=True)]
    current = settings_versions.current.settings
    return CentreSettingsOut(
        settings_versions.newest.version, settings_versions.current.version, form_of(current),
        versions[0] if settings_versions.planned else None, versions,
        settings_versions.differs, around.main,
        [CentreKnownOut(code, name, around.levels[code]) for code, name in sorted(around.centres.items())],
        [LineNowOut(each.id, dispatch.length(each.id)) for each in current.queues], centre.timezone)


@endpoint("POST", "/api/settings/preview", Permission.SETTLE)
async def preview_settings(clock: Clock, centre: Centre, settings_versions: SettingsVersions, call: Call,
                           body: SettingsPreviewIn) -> SettingsPreviewOut:
    """Preview of changes and errors."""
    del call
    wanted, found = read(body.settings)
    if wanted is None:
        return SettingsPreviewOut([], found, [], [])
    zone, now = ZoneInfo(centre.timezone), clock()
    return SettingsPreviewOut(
        differences(settings_versions.current.settings, wanted), await settings_versions.faults(wanted),
        lines_covered(wanted, now.astimezone(zone).date(), zone), gaps(wanted, now))


@endpoint("PUT", "/api/settings", Permission.SETTLE)
async def settle(settings_versions: SettingsVersions, authorization: Authorization, centre: Centre, dispatch: Dispatch, call: Call,
                 body: SettleIn) -> CentreSettingsOut:
    """Save the next version, in force at once or from a later moment; audited."""
    wanted = _readable(body.settings)
    _allow(settings_versions, authorization, call, wanted)
    await settings_versions.settle(call.who.login, body.version, wanted, since=body.since, why=body.why)
    return _settings_out(settings_versions, centre, dispatch)


@endpoint("POST", "/api/settings/revert", Permission.SETTLE)
async def revert_settings(settings_versions: SettingsVersions, authorization: Authorization, centre: Centre, dispatch: Dispatch,
                          call: Call, body: RevertIn) -> CentreSettingsOut:
    """Restore an earlier version at once, as a new one; a planned one is cancelled."""
    earlier = settings_versions.setups.get(body.to)
    if earlier is not None:
        _allow(settings_versions, authorization, call, earlier.settings)
    await settings_versions.revert(call.who.login, body.version, body.to)
    return _settings_out(settings_versions, centre, dispatch)


class PackageIn(Struct, frozen=True):
    """`version` is the newest that was seen; without `apply` it is a preview."""

    package: SettingsPackage
    version: int
    apply: bool = False


class PackageOut(Struct, frozen=True):
    """The changes of an import, and its errors."""

    changes: list[str]
    faults: list[SettingsFault]
    applied: bool


@endpoint("GET", "/api/settings/file", Permission.SETTLE)
async def settings_file(store: Store, clock: Clock, settings_transfer: SettingsTransfer, settings_versions: SettingsVersions,
                        call: Call) -> web.Response:
    """The settings in force as one file: lines, hours, numbers, topics, announcements, canned replies of lines, names of scripts."""
    await store.note(AuditEntry(clock(), call.who.login, "settings_exported", str(settings_versions.current.version)))
    content = written(await settings_transfer.pack())
    return web.Response(body=content, content_type="application/json", headers=download_headers("okno-settings.json", len(content)))


@endpoint("POST", "/api/settings/file", Permission.SETTLE)
async def take_settings(settings_transfer: SettingsTransfer, authorization: Authorization, settings_versions: SettingsVersions,
                        call: Call, body: PackageIn) -> PackageOut:
    """Preview of such a file; with `apply` it is imported, all or nothing, by administrators of all centres of the hub."""
    if not body.apply:
        plan = await settings_transfer.plan(call.who, body.package)
        return PackageOut(plan.changes, plan.faults, applied=False)
    if not {each.centre for each in settings_versions.current.settings.queues} <= authorization.centres(call.who):
        raise RefusedError("forbidden", ROLE)
    plan = await settings_transfer.take(call.who, body.package, body.version)
    return PackageOut(plan.changes, [], applied=True)


ENDPOINTS = (settings, preview_settings, settle, revert_settings, settings_file, take_settings)
