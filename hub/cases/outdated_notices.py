"""Reports of outdated information to the responsible bodies, followed until corrected (KB-07, AL-10).

Refusals: unknown card, field or report, already sent or solved, and those of knowledge/editorial.py.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.cases.case import Case, CaseKind, Subject
from hub.cases.registration import CaseRegistration, Draft
from hub.cases.state import Act
from hub.cases.topic_tree import TopicTree
from hub.cases.transitions import apply
from hub.conversations.address import Address
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import ConflictError, OknoError, RefusedError
from hub.kernel.ids import CASE
from hub.kernel.signal import Signal
from hub.knowledge.edition import CardKind, in_force
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import title_of
from hub.knowledge.outdated_flag import (
    FIELDS,
    BodyReply,
    FlagState,
    FlagTimes,
    OutdatedReport,
    answering,
    old_words,
    solves,
    times,
    told,
    with_value,
)
from hub.knowledge.public_services import PublicService
from hub.notifications.notice import Ground, NoticeState
from hub.notifications.notifier import NotificationSender

log = logging.getLogger(__name__)

EVERY = 1_000_000
TRIES = 5
OTHER = "other"
LOST = frozenset({NoticeState.FAILED, NoticeState.REFUSED})
NONE = "Такого извещения нет, или оно уже снято."


class OutdatedInfoReports:
    """The reports of one hub: open ones are in memory, and solved ones that the reporter has not seen.

    A letter has its own thread, the number of its case, which identifies the reply (hub.conversations.ports.Correspondence).
    """

    def __init__(self, store: Store, editorial: Editorial, case_registration: CaseRegistration, topic_tree: TopicTree,
                 notification_sender: NotificationSender,
                 mail: Callable[[], str], line: str) -> None:
        """`mail` is the channel of the letters, "" for none; `line` receives reports of operators without a line."""
        self._store, self._editorial, self._case_registration, self._topic_tree = store, editorial, case_registration, topic_tree
        self._notification_sender, self._mail, self._line = notification_sender, mail, line
        self._open: dict[str, OutdatedReport] = {}
        self._untold: dict[str, OutdatedReport] = {}
        self._changing = asyncio.Lock()
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[]]()
        """The reported fields have changed."""
        self.on_flag = Signal[[OutdatedReport]]()

    async def start(self) -> None:
        self._open = {each.case: each for each in await self._store.marked(OutdatedReport, "open", limit=EVERY)}
        self._untold = {each.case: each for each in await self._store.marked(OutdatedReport, "untold", limit=EVERY)}
        await self.solve()
        self.on_change()

    async def close(self) -> None:
        await self._tasks.cancel()

    @property
    def open(self) -> list[OutdatedReport]:
        """All unsolved ones, the oldest first."""
        return list(self._open.values())

    def published(self) -> None:
        """Other editions are valid: reports that waited for them are solved."""
        if any(each.state is FlagState.ANSWERED for each in self._open.values()):
            self._tasks.spawn(self.solve())

    async def flag(self, who: Operator, sort: CardKind, id_: str, field: str, evidence: str) -> OutdatedReport:
        """Report a field of a valid card. A repeated report returns the existing one."""
        async with self._changing:
            edition = in_force(await self._editorial.editions(sort, id_), self._editorial.today)
            if edition is None:
                raise RefusedError("no_such_card", "Такой карточки нет.")
            known = next((each for each in self._open.values() if (each.card, each.field) == (edition.name, field)), None)
            if known is not None:
                return known
            card, old = edition.card, old_words(edition.card, field)
            service, body = id_ if isinstance(card, PublicService) else "", answering(card)

            def made(case: Case) -> OutdatedReport:
                return OutdatedReport(case.number, edition.name, title_of(card), field, old, who.login, case.registered, body, evidence)

            text = f"{title_of(card)}: {FIELDS[field]}\n{old}\n{evidence}".strip()
            draft = Draft("", CaseKind.OUTDATED, self._topic(card), text, Subject(service, body))
            flag = await self._case_registration.report(who, next(iter(who.queues), self._line), draft, made)
            self._keep(flag)
        return await self._mailed(who, flag)

    async def send(self, who: Operator, number: str) -> OutdatedReport:
        """Send by e-mail if possible, or mark as sent by hand: its case is with the body from now on."""
        flag = self._known(number)
        failed = (await self.letter(flag))[0] in LOST
        if flag.sent and not failed:
            raise RefusedError("already_sent", "Это извещение уже отправлено.")
        sent = flag if failed else await self._mailed(who, flag)
        if sent.sent and not failed:
            return sent
        return await self._step(who, sent, replace(sent, sent=self._case_registration.now(), by_hand=True), Act.SEND, to=flag.authority)

    async def letter(self, flag: OutdatedReport) -> tuple[NoticeState | None, str]:
        """Delivery status of its letter, and why; None without a letter, or after its retention."""
        if flag.sent is None or flag.by_hand:
            return None, ""
        try:
            return await self._notification_sender.standing(self._notification_sender.find(flag.notice))
        except RefusedError:
            return None, ""

    async def times(self, since: datetime, until: datetime) -> FlagTimes:
        """Of the reports raised in a period."""
        reports = [each for each in await self._store.all(OutdatedReport) if since <= each.at < until]
        return times(reports, self._case_registration.now())

    def awaits(self, address: Address) -> bool:
        """hub.conversations.ports.Correspondence."""
        return address.channel == self._mail() and CASE.fullmatch(address.thread) is not None

    async def replied(self, address: Address, record: StoredEvent) -> bool:
        """hub.conversations.ports.Correspondence: the body's reply is added to the report until it is processed."""
        async with self._changing:
            flag, letter = self._open.get(address.thread), record.entry
            if flag is None or not isinstance(letter, Message):
                return False
            if all(each.record != record.id for each in flag.replies):
                reply = BodyReply(letter.at, address.value, letter.text, record.conversation, record.id,
                                  tuple(file.name for file in letter.attachments))
                after = replace(flag, replies=(*flag.replies, reply))
                audit_entry = AuditEntry(self._case_registration.now(), "", "outdated_replied", flag.card, flag.case)
                await self._store.exchange((after,), (), audit_entry, seen=(flag,))
                self._keep(after)
        return True

    def untold(self, login: str) -> list[OutdatedReport]:
        """Solved reports that their reporter has not seen."""
        return [each for each in self._untold.values() if each.by == login]

    async def seen(self, who: Operator, number: str) -> None:
        """The reporter has seen the solution."""
        flag = self._untold.get(number)
        if flag is None or flag.by != who.login:
            raise RefusedError("no_such_flag", NONE)
        await self._store.exchange((replace(flag, told=True),), (), seen=(flag,))
        self._untold.pop(number, None)

    async def answer(self, who: Operator, number: str, answer: str,
                     value: Any) -> OutdatedReport:  # noqa: ANN401 - of whatever type the field has
        """Turn the body's answer into a draft; once another person publishes it the report is solved."""
        flag = self._known(number)
        sort, _, id_ = flag.card.partition("/")
        newest = (await self._editorial.editions(CardKind(sort), id_))[0]
        draft = await self._editorial.write(who, with_value(newest.card, flag.field, value), newest.version)
        after = replace(flag, answer=answer, draft=draft.version)
        audit_entry = AuditEntry(self._case_registration.now(), who.login, "outdated_answered", flag.card, number)
        await self._store.exchange((after,), (), audit_entry, seen=(flag,))
        self._keep(after)
        return after

    async def confirm(self, who: Operator, number: str, answer: str) -> OutdatedReport:
        """The body confirmed the value: the warning ends."""
        flag = self._known(number)
        return await self._solved(who.login, replace(flag, answer=answer), flag)

    async def _mailed(self, who: Operator, flag: OutdatedReport) -> OutdatedReport:
        """Send by e-mail, if the body has an address and the hub a mail channel; otherwise it stays in the list for sending."""
        body, mail = self._editorial.handbook().authorities.get(flag.authority), self._mail()
        if not (mail and body and body.contacts.email):
            return flag
        try:
            address = Address(mail, body.contacts.email, flag.case)
            await self._notification_sender.notify(who.login, flag.notice, address, told(flag), Ground.LAW,
                                                   urgent=True)  # nobody is woken by it
        except RefusedError as error:
            log.warning("report of outdated information not sent: retried", extra={"case": flag.case, "why": error.code})
            return flag
        return await self._step(who, flag, replace(flag, sent=self._case_registration.now()), Act.SEND, to=body.name)

    async def solve(self) -> None:
        """Solve reports whose answer is valid by now."""
        async with self._changing:
            for flag in [each for each in self._open.values() if each.state is FlagState.ANSWERED]:
                if any(solves(edition, flag) and edition.holds_on(self._editorial.today) for edition in self._editorial.held):
                    try:
                        await self._solved("", flag, flag)
                    except OknoError as error:
                        log.warning("warning of outdated information not removed: retried with the next edition",
                                    extra={"case": flag.case, "why": str(error)})

    async def _solved(self, by: str, flag: OutdatedReport, before: OutdatedReport) -> OutdatedReport:
        after = replace(flag, solved=self._case_registration.now(), told=by == flag.by)
        return await self._step_by(by, before, after, Act.ANSWER, why=flag.answer or "Сведения исправлены.")

    async def _step(self, who: Operator, before: OutdatedReport, after: OutdatedReport, act: Act, *, to: str = "") -> OutdatedReport:
        return await self._step_by(who.login, before, after, act, to=to)

    async def _step_by(self, by: str, before: OutdatedReport, after: OutdatedReport, act: Act, *, why: str = "",
                       to: str = "") -> OutdatedReport:
        """Change the report and its case together; a case already advanced by hand is left unchanged."""
        audit_entry = AuditEntry(self._case_registration.now(), by, "outdated_solved" if after.solved else "outdated_sent", after.card,
                                 after.case)
        left = TRIES
        while True:
            case = await self._store.get(Case, before.case)
            changed = _stepped(case, audit_entry.at, by, act, why, to) if case else None
            try:
                await self._store.exchange((after, *filter(None, (changed,))), (), audit_entry,
                                           seen=(before, *filter(None, (changed and case,))))
                break
            except ConflictError:  # the case changes at this moment
                left -= 1
                if not left:
                    raise
        if changed:
            self._case_registration.on_change(changed)
        self._keep(after)
        return after

    def _keep(self, flag: OutdatedReport) -> None:
        if flag.solved:
            self._open.pop(flag.case, None)
        else:
            self._open[flag.case] = flag
        if flag.solved and not flag.told:
            self._untold[flag.case] = flag
        self.on_change()
        self.on_flag(flag)

    def _known(self, number: str) -> OutdatedReport:
        if (flag := self._open.get(number)) is None:
            raise RefusedError("no_such_flag", NONE)
        return flag

    def _topic(self, card: object) -> str:
        topics = (getattr(card, "topic", ""), OTHER, *(topic.id for topic in self._topic_tree.current.topics))
        return next(topic for topic in topics if topic in self._topic_tree)


def _stepped(case: Case, at: datetime, by: str, act: Act, why: str, to: str) -> Case | None:
    """The case after an action; None where it is not possible any more."""
    try:
        return apply(case, at, by, act, why=why, to=to)
    except RefusedError as error:
        log.info("transition of a case of outdated information refused: the case was changed by an operator",
                 extra={"case": case.number, "why": error.code})
        return None
