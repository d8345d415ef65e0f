"""Reports on cases, and the tree of topics that they are counted by."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct, structs

from hub.access import Permission
from hub.case_figures import By, CaseSum, report
from hub.case_lists import between
from hub.desk.desk import Desk
from hub.desk.endpoint import Call, endpoint
from hub.downloads import download_headers
from hub.errors import RefusedError
from hub.levels import TopicClass
from hub.queues import Topic
from hub.topics import Tree

LONGEST = timedelta(days=400)


class ReportQuery(Struct, frozen=True):
    """Cases registered from the day `since` to the day `until`, both included; `version` of the tree, 0 for the newest."""

    since: date
    until: date
    by: By = By.TOPIC
    version: Annotated[int, Meta(ge=0)] = 0


class CaseReportOut(Struct, frozen=True):
    since: date
    until: date
    by: By
    version: int
    rows: list[CaseSum]
    total: CaseSum


class TopicNodeOut(Struct, frozen=True):
    id: str
    title: str
    title_en: str
    parent: str
    kind: TopicClass
    was: list[str]


class TopicsOut(Struct, frozen=True):
    version: int
    at: datetime
    by: str
    topics: list[TopicNodeOut]


class TopicNodeIn(Struct, frozen=True):
    """`was`: topics of the version before that it stands for from now on."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    title_en: Annotated[str, Meta(max_length=200)] = ""
    parent: Annotated[str, Meta(max_length=100)] = ""
    kind: TopicClass = TopicClass.UNKNOWN
    was: Annotated[tuple[str, ...], Meta(max_length=1000)] = ()


class TopicsIn(Struct, frozen=True):
    """`version` is the one that was changed."""

    version: int
    topics: Annotated[list[TopicNodeIn], Meta(min_length=1, max_length=5000)]


class VersionQuery(Struct, frozen=True):
    version: Annotated[int, Meta(ge=0)] = 0


async def _report(desk: Desk, call: Call, query: ReportQuery) -> CaseReportOut:
    if not query.since <= query.until <= query.since + LONGEST:
        raise RefusedError("bad_dates", "Период задан неверно.")
    trees = desk.cases.classifier.trees
    version = query.version or desk.cases.classifier.current.version
    if version not in trees:
        raise RefusedError("bad_tree", "Такой версии дерева тем нет.")
    begins, ends = (_midnight(desk, day) for day in (query.since, query.until + timedelta(days=1)))
    found = [case async for case in between(desk.store, "home", desk.lines(call.who), begins, ends)]
    rows, total = report(found, query.by, desk.now(), trees, version)
    return CaseReportOut(query.since, query.until, query.by, version, rows, total)


def _midnight(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(desk.centre.timezone)).astimezone(UTC)


@endpoint("GET", "/api/case-reports", Permission.SEE_FIGURES)
async def case_report(desk: Desk, call: Call, query: ReportQuery) -> CaseReportOut:
    """What the cases of the lines that one sees come to. No names, no texts."""
    return await _report(desk, call, query)


@endpoint("GET", "/api/case-reports/file", Permission.SEE_FIGURES)
async def case_report_file(desk: Desk, call: Call, query: ReportQuery) -> web.Response:
    """The same as CSV."""
    made = await _report(desk, call, query)
    body = as_csv(made)
    return web.Response(body=body, content_type="text/csv", charset="utf-8",
                        headers=download_headers(f"cases-{made.by}-{made.since}-{made.until}.csv", len(body)))


def as_csv(made: CaseReportOut) -> bytes:
    """With the mark by which spreadsheets know UTF-8, and a semicolon, as those in Russian expect."""
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(CaseSum.__struct_fields__)
    for row in (*made.rows, structs.replace(made.total, key="=")):
        writer.writerow(_plain(value) for value in structs.astuple(row))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(value: object) -> str:
    """What no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and len(text) > 1 else text


@endpoint("GET", "/api/topics", Permission.READ_KNOWLEDGE)
async def topics(desk: Desk, call: Call, query: VersionQuery) -> TopicsOut:
    """The tree of topics, the newest version or a certain one."""
    del call
    classifier = desk.cases.classifier
    tree = classifier.trees.get(query.version) if query.version else classifier.current
    if tree is None:
        raise RefusedError("bad_tree", "Такой версии дерева тем нет.")
    return _topics_out(tree)


def _topics_out(tree: Tree) -> TopicsOut:
    return TopicsOut(tree.version, tree.at, tree.by,
                     [TopicNodeOut(each.id, each.title, each.title_en, each.parent, each.kind, list(each.was)) for each in tree.topics])


@endpoint("PUT", "/api/topics", Permission.EDIT_KNOWLEDGE)
async def put_topics(desk: Desk, call: Call, body: TopicsIn) -> TopicsOut:
    """Make the next version of the tree; what was filed stays filed, and is counted by either."""
    given = [Topic(each.id, each.title, each.kind, each.title_en, each.parent, each.was) for each in body.topics]
    return _topics_out(await desk.cases.classifier.edit(call.who, body.version, given))


ENDPOINTS = (case_report, case_report_file, topics, put_topics)
