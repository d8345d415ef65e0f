"""Scheduled reports by e-mail: contents, schedule, period, recipients, delivery (MC-02). Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry
from hub.organisation.production_calendar import is_worked
from hub.reporting.breakdown import PeriodBy

MOSCOW = ZoneInfo("Europe/Moscow")
MOST = 200
"""Most mailings of a hub."""
BY_OPERATOR = "По операторам отчёт не рассылают: в нём имена. Смотрите его на экране."
LAST_WEEKDAY, LAST_OF_MONTH = 7, 28
"""The last day that every week, and every month, has."""
LOOKED_BACK = timedelta(days=62)
"""Longest time without a due date, including holidays."""
PAUSES = (*(timedelta(minutes=each) for each in (1, 5, 15, 30)), *(timedelta(hours=1) for _ in range(23)))
"""Pauses before retries of a letter that the relay does not accept now; then it is given up."""


class Rhythm(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class MailingWords(Struct, frozen=True, omit_defaults=True):
    """Settings of a mailing: the report as in periods.py, and the schedule.

    `day` is the day of the week from Monday, 1, or of the month; `worked` moves a day off to the next working day.
    """

    title: str
    by: PeriodBy
    rhythm: Rhythm
    at: time
    addresses: tuple[str, ...]
    form: Literal["csv", "xlsx", "pdf"] = "xlsx"
    centre: str = ""
    """"" is all centres of the hub."""
    line: str = ""
    day: int = 1
    worked: bool = False
    moscow: bool = False
    """Whether `at` is in Moscow time instead of the centre's."""
    report: str = ""
    """The saved report that is sent, as it is then; its rows, centre and line at the time of writing stand above. "" is all figures."""


class Mailing(Document, frozen=True, omit_defaults=True, tag="mailing"):
    """`by` is the last editor, whose permissions apply. `why` it was stopped by the hub."""

    id: str
    version: int
    words: MailingWords
    by: str
    changed: datetime
    due: datetime
    paused: bool = False
    removed: bool = False
    why: str = ""

    def marks(self) -> Iterator[IndexEntry]:
        if not (self.paused or self.removed):
            yield IndexEntry("due", at=self.due)


class Composed(NamedTuple):
    """A letter and its file, without a recipient."""

    subject: str
    text: str
    name: str
    media: str
    body: bytes


class LetterState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    """Accepted by the mail server."""
    REFUSED = "refused"
    GIVEN_UP = "given_up"


class Letter(Struct, frozen=True, omit_defaults=True):
    """To one address. `why` is the mail server's last reply."""

    address: str
    state: LetterState = LetterState.WAITING
    why: str = ""


class ReportRun(Document, frozen=True, omit_defaults=True, tag="issue"):
    """One run of a mailing: composed, then sent. The key is mailing/due; `body` is kept until all letters are final."""

    key: str
    mailing: str
    at: datetime
    since: date
    until: date
    by: str
    subject: str
    text: str
    name: str
    """Name of the file; `media` is its type."""
    media: str
    body: bytes
    letters: tuple[Letter, ...]
    tries: int = 0
    again: datetime | None = None
    """Time of the next attempt; None when every letter is final."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("mailing", self.mailing, self.at)
        if self.again is not None:
            yield IndexEntry("owed", at=self.again)


class Turn(NamedTuple):
    """A due time, and the calendar day of its schedule."""

    at: datetime
    day: date


def turns(words: MailingWords, zone: ZoneInfo, since: date, until: date) -> Iterator[Turn]:
    """All due times of some calendar days, in order; two that are moved to one working day are one."""
    before: datetime | None = None
    for day in (since + timedelta(days=number) for number in range((until - since).days + 1)):
        if _is_of(words, day):
            sent = day
            while words.worked and not is_worked(sent):
                sent += timedelta(days=1)
            at = datetime.combine(sent, words.at, MOSCOW if words.moscow else zone).astimezone(UTC)
            if at != before:
                yield Turn(at, day)
            before = at


def next_turn(words: MailingWords, zone: ZoneInfo, after: datetime) -> datetime:
    today = after.astimezone(zone).date()
    return next(turn.at for turn in turns(words, zone, today - LOOKED_BACK, today + LOOKED_BACK) if turn.at > after)


def last_turns(words: MailingWords, zone: ZoneInfo, now: datetime) -> tuple[Turn, Turn]:
    """The latest due time, and the one before it."""
    today = now.astimezone(zone).date()
    *_, before, last = (turn for turn in turns(words, zone, today - 2 * LOOKED_BACK, today + timedelta(days=1)) if turn.at <= now)
    return last, before


def period_now(words: MailingWords, zone: ZoneInfo, now: datetime) -> tuple[date, date]:
    """The period of a report that is sent now."""
    return period(words, zone, Turn(now, now.astimezone(zone).date()), last_turns(words, zone, now)[0])


def period(words: MailingWords, zone: ZoneInfo, last: Turn, before: Turn) -> tuple[date, date]:
    """The period of a report after another one, both days included, by the centre's clock."""
    match words.rhythm:
        case Rhythm.DAILY:
            until = last.at.astimezone(zone).date() - timedelta(days=1)
            return min(before.at.astimezone(zone).date(), until), until
        case Rhythm.WEEKLY:
            monday = last.day - timedelta(days=last.day.weekday() + 7)
            return monday, monday + timedelta(days=6)
        case Rhythm.MONTHLY:
            until = last.day.replace(day=1) - timedelta(days=1)
            return until.replace(day=1), until


def checked(words: MailingWords, allowed: Iterable[str]) -> MailingWords:
    """The settings as stored; raises RefusedError for invalid or inadmissible ones."""
    addresses = tuple(dict.fromkeys(each.strip().lower() for each in words.addresses if each.strip()))
    title = " ".join(words.title.split())
    if not title or not addresses:
        raise RefusedError("empty", "У рассылки должны быть название и хотя бы один адрес.")
    if words.by is PeriodBy.OPERATOR:
        raise RefusedError("bad_mailing", BY_OPERATOR)
    last = {Rhythm.DAILY: 1, Rhythm.WEEKLY: LAST_WEEKDAY, Rhythm.MONTHLY: LAST_OF_MONTH}[words.rhythm]
    if not 1 <= words.day <= last:
        raise RefusedError("bad_mailing", f"День — от 1 до {last}.")
    allowed = tuple(allowed)
    if foreign := [each for each in addresses if not is_allowed(each, allowed)]:
        where = ", ".join(allowed) or "никуда; адреса и домены называют в reports.to конфигурации"
        raise RefusedError("address_not_allowed", f"Сюда показатели отправлять нельзя: {', '.join(foreign)}. Можно: {where}.")
    return MailingWords(title, words.by, words.rhythm, words.at.replace(second=0, microsecond=0, tzinfo=None), addresses, words.form,
                        words.centre, words.line, words.day, words.worked, words.moscow, words.report)


def is_allowed(address: str, allowed: Iterable[str]) -> bool:
    """By the address itself, or by its domain."""
    local, _, domain = address.rpartition("@")
    return bool(local) and any(each.lower() in {address, domain} for each in allowed)


def letter_id(issue: ReportRun, address: str) -> str:
    """The Message-ID, the same at each attempt (RFC 5322 3.6.4)."""
    return sha256(f"{issue.key}\0{address}".encode()).hexdigest()[:32] + ".report"


def _is_of(words: MailingWords, day: date) -> bool:
    match words.rhythm:
        case Rhythm.DAILY:
            return True
        case Rhythm.WEEKLY:
            return day.isoweekday() == words.day
        case Rhythm.MONTHLY:
            return day.day == words.day
