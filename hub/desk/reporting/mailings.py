"""Scheduled reports by e-mail: settings, and delivery (MC-02)."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId
from hub.desk.organisation.centre import Centre
from hub.desk.reporting.days import Code
from hub.desk.reporting.period_files import TITLE, value
from hub.desk.reporting.period_reports import TYPES, PeriodFileQuery, PeriodReports
from hub.desk.reporting.saved_reports import query_of
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.reporting.breakdown import PeriodBy
from hub.reporting.columns import SHOWN
from hub.reporting.days import Days
from hub.reporting.figure import Place
from hub.reporting.report_schedule import BY_OPERATOR, LAST_OF_MONTH, Composed, LetterState, Mailing, MailingWords, ReportRun, Rhythm
from hub.reporting.saved_report import longest
from hub.reporting.saved_reports import SavedReports
from hub.reporting.scheduled_reports import ScheduledReports

TOLD = {figure.name: figure.called(Place.LETTER) for figure in SHOWN[Place.LETTER]}
"""Figures in the text of the letter."""


class MailingIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new mailing. `day` is that of the week from Monday, 1, or of the month.

    `at` is in Moscow time with `moscow`, else in the centre's; `worked` moves a day off to the next working day.
    """

    version: Annotated[int, Meta(ge=0)]
    title: Annotated[str, Meta(min_length=1, max_length=100)]
    by: PeriodBy
    rhythm: Rhythm
    at: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    addresses: Annotated[list[Annotated[str, Meta(max_length=254)]], Meta(max_length=20)]
    form: Literal["csv", "xlsx", "pdf"] = "xlsx"
    centre: Code = ""
    line: Annotated[str, Meta(max_length=100)] = ""
    day: Annotated[int, Meta(ge=1, le=LAST_OF_MONTH)] = 1
    worked: bool = False
    moscow: bool = False
    paused: bool = False
    report: Annotated[str, Meta(max_length=64)] = ""
    """A saved report, whose rows, columns and conditions are sent instead of those here."""


class LetterOut(Struct, frozen=True):
    """`why` is the mail server's reply."""

    address: str
    state: LetterState
    why: str


class IssueOut(Struct, frozen=True):
    """The last run: the period from `since` to `until`; `again` is the time of the next attempt."""

    at: datetime
    since: date
    until: date
    letters: list[LetterOut]
    again: datetime | None


class MailingOut(Struct, frozen=True):
    """`next` is null while it is paused; `why` it was stopped by the hub."""

    id: str
    version: int
    title: str
    by: PeriodBy
    rhythm: Rhythm
    at: str
    addresses: list[str]
    form: Literal["csv", "xlsx", "pdf"]
    centre: str
    line: str
    day: int
    worked: bool
    moscow: bool
    paused: bool
    report: str
    why: str
    by_name: str
    changed: datetime
    next: datetime | None
    last: IssueOut | None


class MailingsOut(Struct, frozen=True):
    """`allowed` are permitted addresses and domains; `mail` says whether the hub has a mail channel."""

    allowed: list[str]
    mail: bool
    mailings: list[MailingOut]


class MailingDropQuery(Struct, frozen=True):
    version: Annotated[int, Meta(ge=1)]


class SendIn(Struct, frozen=True):
    """`key` makes the request idempotent."""

    key: DocumentId


@endpoint("GET", "/api/mailings", Permission.SEE_FIGURES)
async def mailings(scheduled_reports: ScheduledReports, dispatch: Dispatch, call: Call) -> MailingsOut:
    """Mailings with visible figures, by title, with their last run."""
    mail = scheduled_reports
    return MailingsOut(list(mail.allowed), mail.posting is not None, [await _out(dispatch, mail, each) for each in mail.of(call.who)])


@endpoint("PUT", "/api/mailings/{mailing}", Permission.SEE_FIGURES)
async def put_mailing(days: Days, scheduled_reports: ScheduledReports, saved_reports: SavedReports, reports: PeriodReports,
                      dispatch: Dispatch, call: Call, mailing: DocumentId, body: MailingIn) -> MailingOut:
    """Write a mailing or a new version; it uses the permissions of its last editor."""
    today = days.today
    query = PeriodFileQuery(today, today, body.by, body.centre, body.line)
    if body.report:
        query = query_of((await saved_reports.one(call.who, body.report)).words, today, today)
    centre = reports.checked(call.who, query)
    words = MailingWords(body.title, query.by, body.rhythm, time.fromisoformat(body.at), tuple(body.addresses), body.form, centre,
                         query.line, body.day, body.worked, body.moscow, body.report)
    written = await scheduled_reports.write(call.who, mailing, body.version, words, paused=body.paused)
    return await _out(dispatch, scheduled_reports, written)


@endpoint("DELETE", "/api/mailings/{mailing}", Permission.SEE_FIGURES)
async def remove_mailing(scheduled_reports: ScheduledReports, call: Call, mailing: DocumentId, query: MailingDropQuery) -> None:
    """Remove it, if it is unchanged since it was seen; writing the next version restores it for 30 days."""
    await scheduled_reports.remove(call.who, mailing, query.version)


@endpoint("POST", "/api/mailings/{mailing}/send", Permission.SEE_FIGURES)
async def send_mailing(scheduled_reports: ScheduledReports, call: Call, mailing: DocumentId, body: SendIn) -> None:
    """Send the current report at once; its next due time is unchanged."""
    await scheduled_reports.send_now(call.who, mailing, body.key)


async def _out(dispatch: Dispatch, scheduled_reports: ScheduledReports, each: Mailing) -> MailingOut:
    words, last = each.words, await scheduled_reports.last(each)
    return MailingOut(
        each.id, each.version, words.title, words.by, words.rhythm, f"{words.at:%H:%M}", list(words.addresses), words.form, words.centre,
        words.line, words.day, words.worked, words.moscow, each.paused, words.report, each.why, dispatch.name(each.by), each.changed,
        None if each.paused else each.due, _issue_out(last) if last else None)


def _issue_out(issue: ReportRun) -> IssueOut:
    letters = [LetterOut(each.address, each.state, each.why) for each in issue.letters]
    return IssueOut(issue.at, issue.since, issue.until, letters, issue.again)


async def composed(centre: Centre, reports: PeriodReports, saved_reports: SavedReports,
                   who: Operator, words: MailingWords, since: date, until: date) -> Composed:
    """The letter and its file, without names of persons; raises RefusedError where `who` may not see it."""
    query = PeriodFileQuery(since, until, words.by, words.centre, words.line, form=words.form)
    if words.report:
        saved = (await saved_reports.one(who, words.report)).words
        if saved.by is PeriodBy.OPERATOR:
            raise RefusedError("bad_mailing", BY_OPERATOR)
        query = replace(query_of(saved, max(since, until - timedelta(days=longest(saved.by) - 1)), until), form=words.form)
    name, body, out = await reports.filed(who, query, f"по расписанию: {words.title}")
    days = f"{since:%d.%m.%Y}" if since == until else f"{since:%d.%m.%Y} — {until:%d.%m.%Y}"
    figures = [f"{told}: {_figure(value(name, out.total))}" for name, told in TOLD.items()]
    text = "\n".join([f"{TITLE}. {centre.name}.", f"Период: {days}.", "", *figures, "",
                      "Все показатели и как они посчитаны — в файле.", "Рассылку меняют на рабочем месте: «Отчёты» → «Рассылки»."])
    return Composed(f"{words.title}: {days}", text, name, TYPES[words.form], body)


def _figure(figure: float | None) -> str:
    return "—" if figure is None else f"{figure:g}".replace(".", ",")


ENDPOINTS = (mailings, put_mailing, remove_mailing, send_mailing)
