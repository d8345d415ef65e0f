"""Runs the scheduled reports and sends their letters until each is final (MC-02).

A run and the mailing's next due time are stored in one exchange before sending, so a due time has one run, whatever stops the hub;
missed due times give one run. If the author has lost the permission for the figures, the mailing is stopped and the author is
informed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Channel, MailingChannel, OutboundLetter, Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import ConflictError, RefusedError, UnavailableError, UndeliverableError
from hub.reporting.days import Days
from hub.reporting.report_schedule import (
    MOST,
    PAUSES,
    Composed,
    Letter,
    LetterState,
    Mailing,
    MailingWords,
    ReportRun,
    checked,
    is_allowed,
    last_turns,
    letter_id,
    next_turn,
    period,
    period_now,
)
from hub.reporting.visibility import sees

Compose = Callable[[Operator, MailingWords, date, date], Awaitable[Composed]]
"""Composes a report with an operator's permissions; raises RefusedError without them."""

KEPT = 20
"""Stored runs of one mailing."""
FORGOTTEN = timedelta(days=30)
"""How long a removed mailing can be restored."""
TOLD = timedelta(days=7)
"""How long the author is told at the desk that a mailing was stopped."""
ENDS = {LetterState.SENT: "mailing_sent", LetterState.REFUSED: "mailing_refused", LetterState.GIVEN_UP: "mailing_given_up"}
"""Audit actions for the final state of a letter."""
NO_RIGHT = "У вас больше нет права видеть эти показатели."
NO_MAIL = "Почтового канала у узла нет."
NOBODY = "Учётной записи, от которой идёт рассылка, больше нет."

Warn = Callable[[str, str, str, datetime], Awaitable[None]]
"""Leaves a message for an operator: login, deduplication key, text, expiry."""


class ScheduledReports:
    """Mailings of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, days: Days, zone: ZoneInfo, *,
                 who: Callable[[str], Operator | None], channels: Mapping[str, Channel], warn: Warn,
                 allowed: Sequence[str]) -> None:
        """`warn` informs an author that a mailing was stopped; `allowed` are permitted addresses and domains."""
        self._store, self._now, self._authorization, self._days, self._zone = store, now, authorization, days, zone
        self._who, self._channels, self._warn, self.allowed = who, channels, warn, tuple(allowed)
        self._known: dict[str, Mailing] = {}
        self._changing = asyncio.Lock()
        self._due = DueDocuments(store, now, Mailing, "due", self._make)
        self._owed = DueDocuments(store, now, ReportRun, "owed", self._send)
        self._compose: Compose

    async def start(self, compose: Compose) -> None:
        """`compose` makes the reports from now on. Raises StoreError."""
        self._compose = compose
        for each in await self._store.all(Mailing):
            if each.removed and self._now() - each.changed > FORGOTTEN:
                await self._store.exchange((), (each, *await self._issues(each.id)))
            else:
                self._known[each.id] = each
        self._due.look()
        self._owed.look()

    async def close(self) -> None:
        await self._due.close()
        await self._owed.close()

    @property
    def posting(self) -> MailingChannel | None:
        """The channel of the letters."""
        return next((each for each in self._channels.values() if isinstance(each, MailingChannel)), None)

    def of(self, who: Operator) -> list[Mailing]:
        """Mailings with figures that the operator may see, by title."""
        there = [each for each in self._known.values() if not each.removed and self._sees(who, each.words.centre)]
        return sorted(there, key=lambda each: (each.words.title.lower(), each.id))

    async def last(self, mailing: Mailing) -> ReportRun | None:
        found = await self._store.marked(ReportRun, "mailing", mailing.id, newest=True, limit=1)
        return found[0] if found else None

    async def write(self, who: Operator, id_: str, version: int, words: MailingWords, *, paused: bool) -> Mailing:
        """A new mailing (`version` 0), or a new version, also of a removed one. Idempotent."""
        words = checked(words, self.allowed)
        if self.posting is None:
            raise RefusedError("no_mail", f"{NO_MAIL} Его подключает администратор: channels в конфигурации.")
        async with self._changing:
            before = self._known.get(id_)
            if before and (before.version, before.words, before.by, before.paused) == (version + 1, words, who.login, paused):
                return before
            self._allow(who, before, version)
            if before is None and len(self._known) >= MOST:
                raise RefusedError("too_many", "Рассылок слишком много: удалите ненужные.")
            after = Mailing(id_, version + 1, words, who.login, self._now(), next_turn(words, self._zone, self._now()), paused)
            detail = f"{after.version}. {words.title}: {', '.join(words.addresses)}"
            await self._put(before, after, AuditEntry(self._now(), who.login, "mailing_paused" if paused else "mailing", id_, detail))
        return after

    async def remove(self, who: Operator, id_: str, version: int) -> None:
        """Stop it; writing its next version restores it. Idempotent."""
        async with self._changing:
            before = self._known.get(id_)
            if before is None or (before.removed and before.version == version + 1):
                return
            self._allow(who, before, version)
            after = replace(before, version=version + 1, changed=self._now(), removed=True)
            await self._put(before, after, AuditEntry(self._now(), who.login, "mailing_removed", id_, before.words.title))

    async def send_now(self, who: Operator, id_: str, key: str) -> None:
        """Send the current report with the operator's own permissions; the next due time is unchanged. Idempotent by key."""
        mailing = self._known.get(id_)
        if mailing is None or mailing.removed or not self._sees(who, mailing.words.centre):
            raise RefusedError("no_such_mailing", "Такой рассылки нет.")
        issue = await self._made(mailing, who, f"{id_}/{key}", period_now(mailing.words, self._zone, self._now()))
        try:
            await self._store.exchange((), (), self._issued(issue), new=(issue,))
        except ConflictError:
            return  # it is under way
        self._owed.look()

    def _sees(self, who: Operator, centre: str) -> bool:
        return sees(self._authorization, self._days, who, centre)

    def _allow(self, who: Operator, before: Mailing | None, version: int) -> None:
        if before is not None and not self._sees(who, before.words.centre):
            raise RefusedError("no_such_mailing", "Такой рассылки нет.")
        if version != (before.version if before else 0):
            raise RefusedError("other_version", "Рассылку уже изменили: посмотрите новую и повторите.")

    async def _put(self, before: Mailing | None, after: Mailing, audit_entry: AuditEntry | None = None) -> None:
        await self._store.exchange((after,), (), audit_entry, seen=(before,) if before else (), new=() if before else (after,))
        self._known[after.id] = after
        self._due.look()

    async def _make(self, found: Mailing) -> None:
        """Compose one run for all missed due times, and set the next one."""
        async with self._changing:
            mailing = self._known[found.id]
            if mailing.paused or mailing.removed or mailing.due > self._now():
                return
            author = self._who(mailing.by)
            try:
                issues = await self._unless_made(mailing, author)
            except RefusedError as refused:
                await self._stop(mailing, author, refused.text)
                return
            after = replace(mailing, due=next_turn(mailing.words, self._zone, self._now()))
            old = [each for each in (await self._issues(mailing.id))[KEPT - 1:] if each.again is None]
            await self._store.exchange((after,), old, *map(self._issued, issues), seen=(mailing,), new=issues)
            self._known[after.id] = after
        self._owed.look()

    async def _unless_made(self, mailing: Mailing, author: Operator | None) -> Sequence[ReportRun]:
        """The run of the current due time; none where a clock that was put back repeats it."""
        if author is None or not self._sees(author, mailing.words.centre):
            raise RefusedError("forbidden", NO_RIGHT)
        last, before = last_turns(mailing.words, self._zone, self._now())
        key = f"{mailing.id}/{last.at.isoformat()}"
        if await self._store.get(ReportRun, key) is not None:
            return ()
        return (await self._made(mailing, author, key, period(mailing.words, self._zone, last, before)),)

    async def _made(self, mailing: Mailing, who: Operator, key: str, days: tuple[date, date]) -> ReportRun:
        since, until = days
        made = await self._compose(who, mailing.words, since, until)
        return ReportRun(key, mailing.id, self._now(), since, until, who.login, *made,
                     letters=tuple(map(Letter, mailing.words.addresses)), again=self._now())

    async def _stop(self, mailing: Mailing, author: Operator | None, why: str) -> None:
        stopped = replace(mailing, version=mailing.version + 1, paused=True, why=why if author else NOBODY)
        if author is not None:  # first, since repeated warnings are ignored
            told = f"Рассылка отчёта «{mailing.words.title}» остановлена: {why}"
            await self._warn(author.login, f"mailing-{mailing.id}-{stopped.version}", told, self._now() + TOLD)
        await self._put(mailing, stopped, AuditEntry(self._now(), "", "mailing_stopped", mailing.id, f"{mailing.by}: {stopped.why}"))

    async def _send(self, found: ReportRun) -> None:
        """Send all waiting letters; each result is stored before the next letter."""
        issue = found
        for number, letter in enumerate(found.letters):
            if letter.state is LetterState.WAITING:
                after = await self._tried(issue, letter)
                letters = (*issue.letters[:number], after, *issue.letters[number + 1:])
                waits = any(each.state is LetterState.WAITING for each in letters)
                following = replace(issue, letters=letters, again=issue.again if waits else None, body=issue.body if waits else b"")
                what, about = ENDS.get(after.state), f"{after.address} {after.why}".strip()
                audit_entry = AuditEntry(self._now(), issue.by, what, issue.mailing, about) if what else None
                await self._store.exchange((following,), (), audit_entry, seen=(issue,))
                issue = following
        if issue.again is not None:
            later = replace(issue, tries=issue.tries + 1, again=self._now() + PAUSES[issue.tries])
            await self._store.exchange((later,), (), seen=(issue,))

    async def _tried(self, issue: ReportRun, letter: Letter) -> Letter:
        """The state of a letter after this attempt."""
        if not is_allowed(letter.address, self.allowed):
            return replace(letter, state=LetterState.REFUSED, why="На этот адрес показатели отправлять больше нельзя.")
        mailing = self._known.get(issue.mailing)
        if mailing is None or mailing.removed:
            return replace(letter, state=LetterState.GIVEN_UP, why="Рассылка удалена.")
        try:
            await self._post(OutboundLetter(letter_id(issue, letter.address), letter.address, issue.at, issue.subject, issue.text,
                                            issue.name,
                                  issue.media, issue.body))
        except UndeliverableError as error:
            return replace(letter, state=LetterState.REFUSED, why=str(error))
        except UnavailableError as error:
            over = issue.tries >= len(PAUSES)
            return replace(letter, state=LetterState.GIVEN_UP if over else LetterState.WAITING, why=str(error))
        return replace(letter, state=LetterState.SENT, why="")

    async def _post(self, post: OutboundLetter) -> None:
        if (posting := self.posting) is None:
            raise UnavailableError(NO_MAIL)
        await posting.post(post)

    def _issued(self, issue: ReportRun) -> AuditEntry:
        return AuditEntry(self._now(), issue.by, "mailing_issued", issue.mailing, f"{issue.since}—{issue.until}")

    async def _issues(self, mailing: str) -> list[ReportRun]:
        """Newest first."""
        return await self._store.marked(ReportRun, "mailing", mailing, newest=True, limit=1000)
