"""Reports of periods by e-mail: what goes out when and to whom, and what became of it (MC-02)."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId
from hub.desk.organisation.centre import Centre
from hub.desk.reporting.days import Code
from hub.desk.reporting.period_files import TITLE, value
from hub.desk.reporting.period_reports import TYPES, PeriodFileQuery, PeriodReports
from hub.dispatch.dispatcher import Dispatch
from hub.reporting.breakdown import PeriodBy
from hub.reporting.columns import SHOWN
from hub.reporting.days import Days
from hub.reporting.figure import Place
from hub.reporting.report_schedule import LAST_OF_MONTH, Composed, LetterState, Mailing, MailingWords, ReportRun, Rhythm
from hub.reporting.scheduled_reports import ScheduledReports

TOLD = {figure.name: figure.called(Place.LETTER) for figure in SHOWN[Place.LETTER]}
"""Figures that stand in the letter itself."""


class MailingIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new mailing. `day` is that of the week from Monday, 1, or of the month.

    `at` is the time in Moscow with `moscow`, else the centre's; `worked` puts off what falls on a day off.
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


class LetterOut(Struct, frozen=True):
    """`why` is what the mail server said."""

    address: str
    state: LetterState
    why: str


class IssueOut(Struct, frozen=True):
    """What it came to last: of the days from `since` to `until`; `again` is when what waits is tried once more."""

    at: datetime
    since: date
    until: date
    letters: list[LetterOut]
    again: datetime | None


class MailingOut(Struct, frozen=True):
    """`next` is null while it is paused; `why` it has stopped by itself."""

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
    why: str
    by_name: str
    changed: datetime
    next: datetime | None
    last: IssueOut | None


class MailingsOut(Struct, frozen=True):
    """`allowed` are the addresses and domains that figures may go to; `mail` says whether the hub has anything to send by."""

    allowed: list[str]
    mail: bool
    mailings: list[MailingOut]


class MailingDropQuery(Struct, frozen=True):
    version: Annotated[int, Meta(ge=1)]


class SendIn(Struct, frozen=True):
    """`key` makes it once-only."""

    key: DocumentId


@endpoint("GET", "/api/mailings", Permission.SEE_FIGURES)
async def mailings(scheduled_reports: ScheduledReports, dispatch: Dispatch, call: Call) -> MailingsOut:
    """Mailings of figures that one sees, by title, with what became of each last."""
    mail = scheduled_reports
    return MailingsOut(list(mail.allowed), mail.posting is not None, [await _out(dispatch, mail, each) for each in mail.of(call.who)])


@endpoint("PUT", "/api/mailings/{mailing}", Permission.SEE_FIGURES)
async def put_mailing(days: Days, scheduled_reports: ScheduledReports, reports: PeriodReports, dispatch: Dispatch, call: Call,
                      mailing: DocumentId, body: MailingIn) -> MailingOut:
    """Settle a mailing, or another version of one; it goes out by the rights of whoever did so last."""
    today = days.today
    centre = reports.checked(call.who, PeriodFileQuery(today, today, body.by, body.centre, body.line))
    words = MailingWords(body.title, body.by, body.rhythm, time.fromisoformat(body.at), tuple(body.addresses), body.form, centre, body.line,
                         body.day, body.worked, body.moscow)
    written = await scheduled_reports.write(call.who, mailing, body.version, words, paused=body.paused)
    return await _out(dispatch, scheduled_reports, written)


@endpoint("DELETE", "/api/mailings/{mailing}", Permission.SEE_FIGURES)
async def remove_mailing(scheduled_reports: ScheduledReports, call: Call, mailing: DocumentId, query: MailingDropQuery) -> None:
    """Remove it, as long as it is as one has seen it; writing the version after that brings it back for 30 days."""
    await scheduled_reports.remove(call.who, mailing, query.version)


@endpoint("POST", "/api/mailings/{mailing}/send", Permission.SEE_FIGURES)
async def send_mailing(scheduled_reports: ScheduledReports, call: Call, mailing: DocumentId, body: SendIn) -> None:
    """Send at once what it would be now; its next time stays."""
    await scheduled_reports.send_now(call.who, mailing, body.key)


async def _out(dispatch: Dispatch, scheduled_reports: ScheduledReports, each: Mailing) -> MailingOut:
    words, last = each.words, await scheduled_reports.last(each)
    return MailingOut(
        each.id, each.version, words.title, words.by, words.rhythm, f"{words.at:%H:%M}", list(words.addresses), words.form, words.centre,
        words.line, words.day, words.worked, words.moscow, each.paused, each.why, dispatch.name(each.by), each.changed,
        None if each.paused else each.due, _issue_out(last) if last else None)


def _issue_out(issue: ReportRun) -> IssueOut:
    letters = [LetterOut(each.address, each.state, each.why) for each in issue.letters]
    return IssueOut(issue.at, issue.since, issue.until, letters, issue.again)


async def composed(centre: Centre, reports: PeriodReports, who: Operator, words: MailingWords, since: date, until: date) -> Composed:
    """The letter and its file. What a person is called stands in neither; raises RefusedError for what `who` may not see."""
    query = PeriodFileQuery(since, until, words.by, words.centre, words.line, words.form)
    name, body, out = await reports.filed(who, query, f"по расписанию: {words.title}")
    days = f"{since:%d.%m.%Y}" if since == until else f"{since:%d.%m.%Y} — {until:%d.%m.%Y}"
    figures = [f"{told}: {_figure(value(name, out.total))}" for name, told in TOLD.items()]
    text = "\n".join([f"{TITLE}. {centre.name}.", f"Период: {days}.", "", *figures, "",
                      "Все показатели и как они посчитаны — в файле.", "Рассылку меняют на рабочем месте: «Отчёты» → «Рассылки»."])
    return Composed(f"{words.title}: {days}", text, name, TYPES[words.form], body)


def _figure(figure: float | None) -> str:
    return "—" if figure is None else f"{figure:g}".replace(".", ",")


ENDPOINTS = (mailings, put_mailing, remove_mailing, send_mailing)
