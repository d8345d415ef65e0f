"""The library of scripts: editing, publication by a second person, export and import, statistics."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.script_runs import ScriptRunner
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.tables import LONGEST
from hub.desk.knowledge.authors import Authors
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.scope import CentreScope
from hub.kernel.errors import RefusedError
from hub.kernel.validation_messages import explain_validation_error
from hub.kernel.web.download import download_headers
from hub.knowledge.scripts.checks import ScriptFlaw
from hub.knowledge.scripts.run_figures import WalkSum, report
from hub.knowledge.scripts.script import Script, SentKey
from hub.knowledge.scripts.script_run import ScriptRun
from hub.knowledge.scripts.toml_format import ScriptFileError, read_scripts, written
from hub.knowledge.scripts.versions import ScriptVersion

BATCH = 500
Version = Annotated[int, Meta(ge=0, le=1_000_000)]


class ScriptRowOut(Struct, frozen=True):
    """A script in a list: `version` is the last one, `published` the current one, 0 where there is none.

    `withdrawn` is also one that a superior centre's script of that key stands for.
    """

    key: str
    title: str
    topics: list[str]
    urgent: bool
    version: int
    published: int
    withdrawn: bool
    steps: int
    flaws: int
    written_by: str
    written_name: str
    written: datetime
    centre: str = ""
    """Name of the superior centre that sent it; "" for own scripts."""


class ScriptVersionOut(Struct, frozen=True):
    version: int
    state: Literal["draft", "published", "replaced", "withdrawn"]
    written_by: str
    written_name: str
    written: datetime
    approved_by: str
    approved_name: str
    approved: datetime | None


class ScriptOut(Struct, frozen=True):
    """A script in one version, its flaws, and all versions, newest first."""

    version: int
    script: Script
    flaws: list[ScriptFlaw]
    versions: list[ScriptVersionOut]
    centre: str = ""
    """Name of the superior centre that sent it; "" for own scripts."""


class ScriptIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new script."""

    version: Version
    script: Script


class ScriptVersionIn(Struct, frozen=True):
    version: Version


class ScriptQuery(Struct, frozen=True):
    """0 is the newest version, draft or not."""

    version: Version = 0


class ScriptFileQuery(Struct, frozen=True):
    """All scripts, or one."""

    script: Annotated[str, Meta(max_length=40)] = ""


class WalkReportQuery(Struct, frozen=True):
    """Runs started from the day `since` to the day `until`, both included."""

    since: date
    until: date


class WalkReportOut(Struct, frozen=True):
    since: date
    until: date
    scripts: list[WalkSum]


@endpoint("GET", "/api/scripts", Permission.READ_KNOWLEDGE)
async def scripts(script_runner: ScriptRunner, authors: Authors, call: Call) -> list[ScriptRowOut]:
    """All scripts, urgent ones first."""
    del call
    rows = [_row(script_runner, authors, each) for each in script_runner.scripting.all()]
    return sorted(rows, key=lambda row: (not row.urgent, row.title))


@endpoint("GET", "/api/scripts/{script}", Permission.READ_KNOWLEDGE)
async def script(script_runner: ScriptRunner, authors: Authors, call: Call, script: SentKey, query: ScriptQuery) -> ScriptOut:
    """A script in its newest version, or in a given one."""
    del call
    newest = script_runner.scripting.versions(script)[0]
    return _out(script_runner, authors, script_runner.scripting.edition(script, query.version) if query.version else newest)


@endpoint("PUT", "/api/scripts/{script}", Permission.EDIT_KNOWLEDGE)
async def put_script(script_runner: ScriptRunner, authors: Authors, call: Call, script: SentKey, body: ScriptIn) -> ScriptOut:
    """Write a script or a new version: a draft, which may have flaws."""
    if body.script.key != script:
        raise RefusedError("bad_request", "Ключ сценария не меняется.")
    return _out(script_runner, authors, await script_runner.scripting.write(call.who, body.version, body.script))


@endpoint("POST", "/api/script-check", Permission.EDIT_KNOWLEDGE)
async def check_script(script_runner: ScriptRunner, call: Call, body: Script) -> list[ScriptFlaw]:
    """Flaws of a script as edited; nothing is stored."""
    del call
    return list(script_runner.scripting.flaws(body))


@endpoint("POST", "/api/scripts/{script}/approve", Permission.APPROVE)
async def approve_script(script_runner: ScriptRunner, authors: Authors, call: Call, script: SentKey, body: ScriptVersionIn) -> ScriptOut:
    """Publish the draft that one has read, unless one is its author."""
    return _out(script_runner, authors, await script_runner.scripting.approve(call.who, script, body.version))


@endpoint("POST", "/api/scripts/{script}/withdraw", Permission.EDIT_KNOWLEDGE, Permission.APPROVE)
async def withdraw_script(script_runner: ScriptRunner, authors: Authors, call: Call, script: SentKey) -> ScriptOut:
    """Withdraw a script: it cannot be started any more."""
    await script_runner.scripting.withdraw(call.who, script)
    return _out(script_runner, authors, script_runner.scripting.versions(script)[0])


@endpoint("POST", "/api/scripts/{script}/discard", Permission.EDIT_KNOWLEDGE)
async def discard_script(script_runner: ScriptRunner, call: Call, script: SentKey, body: ScriptVersionIn) -> None:
    """Delete a draft."""
    await script_runner.scripting.discard(call.who, script, body.version)


@endpoint("GET", "/api/script-file", Permission.READ_KNOWLEDGE)
async def script_file(script_runner: ScriptRunner, call: Call, query: ScriptFileQuery) -> web.Response:
    """Scripts in their newest versions, as TOML (docs/scripts.md)."""
    del call
    found = [each.script for each in script_runner.scripting.all() if query.script in {"", each.key}]
    if not found:
        raise RefusedError("no_such_script", "Такого сценария нет.")
    body = written(found).encode()
    return web.Response(body=body, content_type="application/toml", charset="utf-8",
                        headers=download_headers(f"{query.script or 'scripts'}.toml", len(body)))


@endpoint("POST", "/api/script-file", Permission.EDIT_KNOWLEDGE)
async def bring_scripts(script_runner: ScriptRunner, authors: Authors, call: Call, content: bytes) -> list[ScriptRowOut]:
    """Import scripts from TOML: changed ones become drafts, which are returned."""
    try:
        read = read_scripts(content.decode())
    except UnicodeDecodeError as error:
        raise RefusedError("bad_script_file", f"Файл не прочитан: {explain_validation_error(error)}") from None
    except ScriptFileError as error:
        raise RefusedError("bad_script_file", f"Файл не прочитан: {error}") from None
    return [_row(script_runner, authors, each) for each in await script_runner.scripting.bring(call.who, read)]


@endpoint("GET", "/api/script-figures", Permission.SEE_FIGURES)
async def script_figures(scope: CentreScope, script_runner: ScriptRunner, centre: Centre, store: Store, call: Call,
                         query: WalkReportQuery) -> WalkReportOut:
    """Statistics of script runs in visible lines: by step, without names."""
    if not query.since <= query.until <= query.since + LONGEST:
        raise RefusedError("bad_dates", "Период задан неверно.")
    begins, ends = (_midnight(centre, day) for day in (query.since, query.until + timedelta(days=1)))
    found: list[ScriptRun] = []
    for line in scope.lines(call.who):
        found += await _walks(store, line, begins, ends)
    return WalkReportOut(query.since, query.until, report(found, script_runner.script))


async def _walks(store: Store, line: str, since: datetime, until: datetime) -> list[ScriptRun]:
    found: list[ScriptRun] = []
    while page := await store.marked(ScriptRun, "line", line, since=since, until=until, after=found[-1] if found else None,
                                          limit=BATCH):
        found += page
    return found


def _midnight(centre: Centre, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(centre.timezone)).astimezone(UTC)


def _row(script_runner: ScriptRunner, authors: Authors, newest: ScriptVersion) -> ScriptRowOut:
    made, published = newest.script, script_runner.scripting.published(newest.key)
    in_force = next((each for each in script_runner.scripting.in_force() if each.key == newest.key), None)
    return ScriptRowOut(
        newest.key, made.title, list(made.topics), made.urgent, newest.version,
        in_force.version if in_force else 0, bool(published and in_force is None), len(made.steps),
        len(script_runner.scripting.flaws(made)), newest.written_by, authors.person(newest.written_by), newest.written,
        authors.centre(newest.centre))


def _out(script_runner: ScriptRunner, authors: Authors, edition: ScriptVersion) -> ScriptOut:
    return ScriptOut(edition.version, edition.script, list(script_runner.scripting.flaws(edition.script)),
                     list(_versions(authors, script_runner.scripting.versions(edition.key))), authors.centre(edition.centre))


def _versions(authors: Authors, editions: Iterable[ScriptVersion]) -> Iterable[ScriptVersionOut]:
    replaced = False
    for each in editions:
        approval = each.approval
        yield ScriptVersionOut(
            each.version, "draft" if not approval else "withdrawn" if each.withdrawn else "replaced" if replaced else "published",
            each.written_by, authors.person(each.written_by), each.written, approval.by if approval else "",
            authors.person(approval.by) if approval else "", approval.at if approval else None)
        replaced = replaced or bool(approval)


ENDPOINTS = (scripts, script, put_script, check_script, approve_script, withdraw_script, discard_script, script_file, bring_scripts,
             script_figures)
