"""Sends cases to the responsible authorities, and follows their receipts (CM-03).

Refusals are those of actions.py, and: unknown authority; an authority that may not decide this complaint.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.cases.actions import CaseActions, why_not_himself
from hub.cases.case import Case, CaseKind
from hub.cases.referral import WAITS, Referral, ReferralState, ReferralWay, id_of, judges, next_judge
from hub.cases.state import OPEN, Act
from hub.conversations.address import Address
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.document import Document
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal
from hub.knowledge.authorities import Authority
from hub.notifications.notice import Ground, Notice, NoticeState
from hub.notifications.notifier import NotificationSender

EVERY = 1000
BY = ""
"""Carried by the hub."""
ACCEPTED = "принято почтовым сервером адресата"
Letter = Callable[[Case, Authority], str]
"""The text for an authority."""


class ReferralService:
    def __init__(self, store: Store, work: CaseActions, notification_sender: NotificationSender,
                 authorities: Callable[[], Mapping[str, Authority]],
                 until: Callable[[datetime], datetime], letter: Letter, mail: Callable[[], str], now: Callable[[], datetime]) -> None:
        """`until` is the deadline of a receipt; `mail` the channel of the letters, "" for none."""
        self._store, self._work, self._notification_sender, self._authorities = store, work, notification_sender, authorities
        self._until, self._letter, self._mail, self._now = until, letter, mail, now
        clock = DueDocuments(store, now, Referral, "alarm", self._raise, self._carry_all)
        self.look, self.start, self._clock = clock.look, clock.start, clock
        self._tasks = BackgroundTasks()
        self.on_alarm = Signal[[Referral]]()
        self.on_change = Signal[[Case]]()
        """A referral of this case has changed."""
        work.why_no_judge = self.why_no_judge

    async def close(self) -> None:
        await self._clock.close()
        await self._tasks.cancel()

    def judges(self, case: Case) -> list[Authority]:
        """Bodies that a complaint may be sent to, the nearest first; none for other cases, and where the accused body is unknown."""
        return judges(case.matter.authority, self._authorities()) if case.kind is CaseKind.COMPLAINT else []

    async def of(self, who: Operator, number: str) -> tuple[list[Referral], Authority | None]:
        """The referrals of a visible case, oldest first, and the next body if they stay silent."""
        case = await self._work.find(who, number)
        found = await self._store.marked(Referral, "case", number, limit=EVERY)
        return found, next_judge(case.matter.authority, found, self._authorities()) if case.kind is CaseKind.COMPLAINT else None

    async def waiting(self, lines: Sequence[str]) -> list[Referral]:
        """Referrals of some lines without a receipt, the longest overdue first."""
        found = [each for line in lines for each in await self._store.marked(Referral, "waits", line)]
        return sorted(found, key=lambda each: each.due)

    async def refer(self, who: Operator, number: str, to: str, why: str, *, by_hand: bool = False) -> Case:
        """Send it to an authority of the catalogue; the referral is stored with the step. `by_hand` ignores the mailbox."""
        authority = self._authorities().get(to)
        if authority is None:
            raise RefusedError("no_such_authority", "Такого органа в базе знаний нет.")
        mailbox = authority.contacts.email if self._mail() and not by_hand else ""

        async def beside(case: Case) -> Sequence[Document]:
            place = await self._store.count(Referral, "case", number) + 1
            way = ReferralWay.EMAIL if mailbox else ReferralWay.HAND
            now = self._now()
            return [Referral(id_of(number, place), number, authority.id, case.home, way, mailbox, now, who.login, self._until(now))]

        case = await self._work.act(who, number, Act.SEND, why=why, to=to, beside=beside)
        for each in await self._store.marked(Referral, "case", number, limit=EVERY):
            if each.waits and not await self._is_live(each):
                await self._supersede(each)
        self.look()
        return case

    async def _supersede(self, referral: Referral) -> None:
        try:
            await self._store.exchange((replace(referral, superseded=self._now()),), (), seen=(referral,))
        except ConflictError:
            return  # its receipt has just come; or else its alarm finds it

    def why_no_judge(self, case: Case, to: str) -> str:
        """Why a body may not decide a complaint; "" when it may. Of known ones only superiors and controlling bodies may."""
        may = self.judges(case)
        if not may:
            return why_not_himself(case, to)
        if to in {name for each in may for name in (each.id, each.name, each.short)}:
            return ""
        named = ", ".join(each.short or each.name for each in may)
        return f"Жалобу направляют вышестоящему или контролирующему органу (59-ФЗ ст. 8 ч. 6): {named}."

    async def receipt(self, who: Operator, id_: str, receipt: str) -> Referral:
        """Record a receipt with its number."""
        referral = await self._referral(who, id_)
        if referral.state not in WAITS:
            raise RefusedError("bad_step", "Получение уже подтверждено.")
        after = replace(referral, state=ReferralState.RECEIVED, receipt=receipt, received=self._now())
        await self._store.exchange((after,), (), AuditEntry(self._now(), who.login, "referral_receipt", id_), seen=(referral,))
        await self._changed(after)
        return after

    async def _referral(self, who: Operator, id_: str) -> Referral:
        referral = await self._store.get(Referral, id_)
        case = await self._store.get(Case, referral.case) if referral else None
        if referral is None or case is None or not self._work.sees(who, case):
            raise RefusedError("no_such_referral", "Такого направления нет.")
        return referral

    def noticed(self, notice: Notice) -> None:
        """Listener of the notices: delivery of the letters."""
        if notice.key.startswith("referral/"):
            self._tasks.spawn(self._noticed(notice))

    async def _noticed(self, notice: Notice) -> None:
        state, why = await self._notification_sender.standing(notice)
        referral = await self._store.get(Referral, notice.key.removeprefix("referral/"))
        if referral is None or referral.state not in WAITS:
            return
        if state in {NoticeState.DELIVERED, NoticeState.READ}:
            await self._becomes(referral, ReferralState.RECEIVED, receipt=ACCEPTED, received=self._now())
        elif state in {NoticeState.FAILED, NoticeState.REFUSED}:
            await self._becomes(referral, ReferralState.FAILED, why=why)
        elif state is NoticeState.SENT and referral.state is ReferralState.OWED:
            await self._becomes(referral, ReferralState.SENT)

    async def _becomes(self, referral: Referral, state: ReferralState, **more: object) -> None:
        due = self._now() if state is ReferralState.FAILED else referral.due  # a failed delivery has no receipt
        try:
            await self._store.exchange((replace(referral, state=state, due=due, **more),), (), seen=(referral,))
        except ConflictError:
            return  # the receipt was recorded at this moment
        await self._changed(referral)

    async def _changed(self, referral: Referral) -> None:
        self.look()
        if case := await self._store.get(Case, referral.case):
            self.on_change(case)

    async def _carry_all(self) -> None:
        for referral in await self._store.marked(Referral, "owed", limit=EVERY):
            await self._carry(referral)

    async def _carry(self, referral: Referral) -> None:
        """As a notice whose key is the referral's: after a crash it is not sent twice."""
        case, authority = await self._store.get(Case, referral.case), self._authorities().get(referral.authority)
        if case is None or authority is None:
            return await self._becomes(referral, ReferralState.FAILED, why="Обращения или органа больше нет.")
        try:
            # In its own thread, so that the body's reply is no question to the robot (hub.conversations.ports.Correspondence).
            address = Address(self._mail(), referral.address, referral.case)
            notice = await self._notification_sender.notify(BY, referral.notice, address, self._letter(case, authority), Ground.LAW,
                                                            urgent=True)
        except RefusedError as error:
            return await self._becomes(referral, ReferralState.FAILED, why=error.text)
        return await self._noticed(notice)

    async def _raise(self, referral: Referral) -> None:
        if not await self._is_live(referral):
            return await self._supersede(referral)
        try:
            await self._store.exchange((replace(referral, alarmed=True),), (), seen=(referral,))
        except ConflictError:
            return None
        return self.on_alarm(referral)

    async def _is_live(self, referral: Referral) -> bool:
        """Whether the case went nowhere else since, and is not answered."""
        case, sent = await self._store.get(Case, referral.case), await self._store.count(Referral, "case", referral.case)
        return referral.id == id_of(referral.case, sent) and (case is None or case.state in OPEN)
