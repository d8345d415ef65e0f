"""Actions on a registered case: each step is checked, audited, and notified as the law requires (RQ-03, RQ-04).

Refusals: unknown or invisible case, another operator works on it, no such step in its state.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.access.read_log import AccessGround
from hub.actions.conversation_actions import Actions
from hub.cases.case import Case, CaseKind, Classification, Correction, Subject
from hub.cases.law import Law, hurried
from hub.cases.notifications import CaseNotifications
from hub.cases.state import FINAL, Act
from hub.cases.topic_tree import TopicTree
from hub.cases.tracking import CaseTracking
from hub.cases.transitions import TRANSITIONS, Need, Who, apply, check_bars, check_state
from hub.conversations.conversation import Conversation
from hub.conversations.identities import Identity, Membership, plain
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.verification_level import Proven, check_shown, proven
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import ConflictError, OknoError, RefusedError
from hub.kernel.signal import Signal
from hub.kernel.text_similarity import likeness
from hub.organisation.queue import Lines

TRIES = 5
"""Attempts of a decision on a case that changes concurrently; then the caller must look again."""
Decide = Callable[[Case], Case]
Beside = Callable[[Case], Awaitable[Sequence[Document]]]
"""New documents stored atomically with a step."""
NONE, ERASED = "Такого обращения нет.", "Данные этого обращения уже удалены."
LATELY = timedelta(days=90)
"""Oldest case that is compared with a new one."""
ALIKE = 0.35
"""Least similarity of two texts that may have the same subject."""
COMPARED, SHOWN = 200, 10
"""Newest cases of a topic that are compared, and how many of them are proposed."""


async def _alone(_: Case) -> Sequence[Document]:
    return ()


def why_not_himself(case: Case, to: str) -> str:
    """Why a body known only by name may not decide a complaint; "" when it may (59-ФЗ ст. 8 ч. 6)."""
    himself = to.casefold() == case.matter.authority.casefold()
    return "Жалобу нельзя направлять тому, на кого жалуются (59-ФЗ ст. 8 ч. 6)." if himself else ""


class CaseActions:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, law: Law, topic_tree: TopicTree,
                 case_notifications: CaseNotifications,
                 following: CaseTracking, lines: Lines) -> None:
        self._sequencer, self._store, self._actions, self._law = sequencer, store, actions, law
        self._topic_tree, self._case_notifications = topic_tree, case_notifications
        self._following, self._authorization = following, actions.authorization
        self._queues = lines
        self.on_change = Signal[[Case]]()
        self.why_no_judge: Callable[[Case, str], str] = why_not_himself
        self.afar: Callable[[], Collection[str]] = tuple
        """Codes of centres on other deployments that accept cases (remote_service.py)."""

    def sees(self, who: Operator, case: Case) -> bool:
        """Own cases and those in one's lines; with SEE_ALL all of one's centre. Default deny."""
        lines = (case.line, case.home)
        if not (self._authorization.may(who, Permission.WORK_CASES) and any(map(self._knows(who), lines))):
            return False
        if case.worker == who.login or not set(lines).isdisjoint(who.queues):
            return True
        return self._authorization.may(who, Permission.SEE_ALL) and any(self._authorization.covers(who, line) for line in lines)

    def _knows(self, who: Operator) -> Callable[[str], bool]:
        """Whether the line's work, with personal data, was delegated to a contractor's operator."""
        return lambda line: self._authorization.works(who, line) and self._authorization.knows(who, line)

    async def find(self, who: Operator, number: str) -> Case:
        """A visible case; audited. Invisible cases are reported as unknown."""
        case = await self._seen(who, number)
        ground = AccessGround.LINE if {case.line, case.home} & set(who.queues) else AccessGround.DUTY
        await self._actions.readings.note(who.login, "case", number, ground=AccessGround.HELD if case.worker == who.login else ground)
        return case

    async def act(self, who: Operator, number: str, act: Act, *, why: str = "", to: str = "", beside: Beside = _alone) -> Case:
        """One step, with the new documents `beside` it. RefusedError("bad_step") for an invalid one."""
        transition = TRANSITIONS[act]
        if (transition.worded and not why) or (transition.to and not to):
            raise RefusedError("no_reason", "Укажите причину или получателя.")
        if transition.to is Need.CASE:
            await self._check_other(who, number, to)

        def decide(case: Case) -> Case:
            self.check(who, case, act, to)
            return self._after(who, case, act, why, to)

        return await self._changed(who, number, f"case_{act}", decide, to, beside)

    async def pass_on(self, who: Operator, conversation: int, number: str, to: str, why: str) -> Case:
        """From a conversation to a line of another centre or another deployment: also at the federal centre (CM-09, D19)."""
        live, _ = await self._actions.mine(who, conversation)
        act = Act.ENTRUST if to in self.afar() and to not in self._queues else Act.PASS
        if TRANSITIONS[act].worded and not why:
            raise RefusedError("no_reason", "Укажите причину.")

        def decide(case: Case) -> Case:
            if live.head.id not in {case.conversation, *case.others} or not self._authorization.covers(who, case.home):
                raise RefusedError("no_such_case", NONE)
            self._check_way(case, act, to)
            return self._after(who, case, act, why, to)

        return await self._changed(who, number, f"case_{act}", decide, to)

    async def refile(self, who: Operator, number: str, topic: str) -> Case:
        """Put under another topic; former topics are kept (RQ-02)."""
        if topic not in self._topic_tree:
            raise RefusedError("no_such_topic", "Такой темы нет.")

        def decide(case: Case) -> Case:
            self._check_holder(who, case)
            filing = Classification(self._sequencer.now(), who.login, topic, self._topic_tree.current.version)
            return replace(case, filings=(*case.filings, filing))

        return await self._changed(who, number, "case_topic", decide, topic)

    async def restate(self, who: Operator, number: str, matter: Subject) -> Case:
        """Complete or correct the subject; the former one is kept, and the law of the first day stays (CM-04)."""
        def decide(case: Case) -> Case:
            self._check_holder(who, case)
            if case.matter == matter:
                return case
            begins = matter.ongoing and not case.matter.ongoing and case.state not in FINAL
            due = hurried(matter, self._sequencer.now(), case.due) if begins else case.due
            restated = (*case.restated, Correction(self._sequencer.now(), who.login, case.matter))
            return replace(case, due=due, matter=matter, restated=restated)

        return await self._changed(who, number, "case_matter", decide)

    async def attach(self, who: Operator, conversation: int, number: str, *, attached: bool) -> Case:
        """Attach another conversation about the case, or detach it (never the one it was registered in)."""
        live = await self._actions.seen(who, conversation)

        def decide(case: Case) -> Case:
            self._check_seen(who, case)
            rest = tuple(each for each in case.others if each != live.head.id)
            return replace(case, others=(*rest, live.head.id) if attached and live.head.id != case.conversation else rest)

        return await self._changed(who, number, "case_attach" if attached else "case_detach", decide, str(conversation))

    async def link(self, who: Operator, number: str, first: str) -> Case:
        """Add to the series that begins with a case; "" removes it from its series."""
        if first:
            of = await self._seen(who, first)
            first = of.series or of.number

        def decide(case: Case) -> Case:
            self._check_holder(who, case)
            return replace(case, series=first)

        return await self._changed(who, number, "case_link" if first else "case_unlink", decide, first)

    async def similar(self, who: Operator, conversation: int, topic: str, text: str) -> list[tuple[Case, float]]:
        """Cases of the same person that may have the same subject, the likeliest first."""
        live = await self._actions.seen(who, conversation)
        since = self._sequencer.now() - LATELY
        his = [case for address in await self._addresses(live.head)
               for case in await self._store.marked(Case, "person", address, since=since, newest=True)]
        compared = [(case, likeness(case.text, text)) for case in his if case.topic == topic and self.sees(who, case)]
        return sorted((each for each in compared if each[1] >= ALIKE), key=lambda each: -each[1])

    async def alike(self, who: Operator, number: str) -> list[tuple[Case, float]]:
        """Other cases that may have the same subject, the likeliest first: of the same person, or recent ones of its topic."""
        case = await self._seen(who, number)
        since = self._sequencer.now() - LATELY
        found = {each.number: each for each in await self._store.marked(
            Case, "topic", case.topic, since=since, newest=True, limit=COMPARED)}
        if case.address:
            found |= {each.number: each for each in await self._store.marked(Case, "person", case.address, since=since, newest=True)}
        compared = [(each, likeness(each.text, case.text)) for each in found.values() if each.number != number and self.sees(who, each)]
        return sorted((each for each in compared if each[1] >= ALIKE), key=lambda each: -each[1])[:SHOWN]

    async def _addresses(self, head: Conversation) -> tuple[str, ...]:
        """All linked addresses of the person (CH-16)."""
        here = plain(head.address)
        member = await self._store.get(Membership, here)
        identity = await self._store.get(Identity, member.identity) if member else None
        return identity.addresses if identity else (here,)

    async def renew_code(self, who: Operator, number: str, shown: str) -> str:
        """A new code of a case that the operator works on; the old one becomes invalid.

        It is for a citizen who has `shown` a document, or was verified through ЕСИА in a conversation about the case.
        """
        case = await self._case(number)
        self._check_holder(who, case)
        if case.erased is not None:
            raise RefusedError("erased", ERASED)
        check_shown(shown)
        if not shown and not await self._proved(case):
            raise RefusedError("no_proof", "Укажите, каким документом заявитель подтвердил личность.")
        return await self._following.issue(number, who.login, f"document: {shown}" if shown else "account")

    async def _proved(self, case: Case) -> bool:
        sequencer = [await self._sequencer.load(each) for each in (case.conversation, *case.others) if each]
        return any(proven(live.head.verification, self._sequencer.now()) is Proven.ACCOUNT for live in sequencer)

    def check(self, who: Operator, case: Case, act: Act, to: str) -> None:
        """Raises RefusedError for a step without permission or with an invalid target."""
        self._check_who(who, case, act)
        self._check_way(case, act, to)
        check_state(case, act)

    def possible(self, who: Operator, case: Case) -> list[Act]:
        """The steps that an operator can do now."""
        return [act for act, transition in TRANSITIONS.items()
                if case.state in transition.moves and case.erased is None and self._may(who, case, act)]

    def _may(self, who: Operator, case: Case, act: Act) -> bool:
        try:
            self._check_who(who, case, act)
        except RefusedError:
            return False
        return True

    async def _changed(self, who: Operator, number: str, what: str, decide: Decide, detail: str = "", beside: Beside = _alone) -> Case:
        """Decide on the current case, and store it atomically with the audit entry; then notify."""
        left = TRIES
        while True:
            case = await self._case(number)
            if case.erased is not None:
                raise RefusedError("erased", ERASED)
            if (after := decide(case)) == case:
                return case  # unchanged: nothing to audit
            try:
                audit_entry = AuditEntry(self._sequencer.now(), who.login, what, number, detail)
                await self._store.exchange((after,), (), audit_entry, seen=(case,), new=await beside(after))
                break
            except ConflictError:
                left -= 1
                if not left:
                    raise
        await self.tell(after)
        return await self._case(number)

    async def tell(self, case: Case) -> None:
        """Send the notifications of a stored step, now or when the store allows."""
        try:
            await self._case_notifications.tell(case.number)
        except OknoError:
            self._case_notifications.owe(case.number)
        self.on_change(case)

    async def _case(self, number: str) -> Case:
        case = await self._store.get(Case, number)
        if case is None:
            raise RefusedError("no_such_case", NONE)
        return case

    async def _seen(self, who: Operator, number: str) -> Case:
        case = await self._case(number)
        self._check_seen(who, case)
        return case

    def _check_seen(self, who: Operator, case: Case) -> None:
        if not self.sees(who, case):
            raise RefusedError("no_such_case", NONE)

    def _check_holder(self, who: Operator, case: Case) -> None:
        """Raises RefusedError unless the operator works on it, or supervises its centre."""
        self._check_seen(who, case)
        if case.worker != who.login and not self._authorization.may(who, Permission.STEER):
            raise RefusedError("not_yours", "Сначала возьмите обращение в работу.")

    def _check_who(self, who: Operator, case: Case, act: Act) -> None:
        match TRANSITIONS[act].who:
            case Who.SEES:
                self._check_seen(who, case)
            case Who.LINE:
                self._check_seen(who, case)
                if case.line not in who.queues and not self._authorization.may(who, Permission.STEER):
                    raise RefusedError("not_yours", "Обращение сейчас в другой линии.")
            case _:
                self._check_holder(who, case)
        check_bars(case, act)
        if TRANSITIONS[act].to is Need.CENTRE and not self.afar():
            raise RefusedError("bad_step", "Связи с другими центрами нет.")

    def _check_way(self, case: Case, act: Act, to: str) -> None:
        line = self._queues.get(to)
        if act is Act.HAND and not (line and line.mfc):
            raise RefusedError("no_such_queue", "Такой линии специалистов МФЦ нет.")
        if act is Act.PASS and (line is None or line.mfc or line.home == self._home(case)):
            raise RefusedError("no_such_queue", "Такой линии другого центра нет.")
        named = TRANSITIONS[act].to
        if named is Need.CENTRE and (to not in self.afar() or (case.origin is not None and to in case.origin.through)):
            raise RefusedError("no_such_centre", "Туда обращение не направить: с этим центром нет связи, или оно там уже было.")
        if named in {Need.AUTHORITY, Need.BODY} and case.kind is CaseKind.COMPLAINT and (refusal := self.why_no_judge(case, to)):
            raise RefusedError("own_judge", refusal)

    def _home(self, case: Case) -> tuple[str, str, str] | None:
        line = self._queues.get(case.home)
        return line.home if line else None

    async def _check_other(self, who: Operator, number: str, other: str) -> None:
        """Raises RefusedError for a case that cannot be merged into this one."""
        into = await self._seen(who, other)
        parts = await self._store.count(Case, "into", number)
        if other == number or into.state in FINAL or parts:
            raise RefusedError("bad_step", "С этим обращением объединить нельзя.")

    def _after(self, who: Operator, case: Case, act: Act, why: str, to: str) -> Case:
        now = self._sequencer.now()
        after = apply(case, now, who.login, act, why=why, to=to)
        match act:
            case Act.EXTEND:
                return replace(after, due=self._law.extended(case.ruling.extend_days, case.due), alarmed=0)
            case Act.REOPEN:
                return replace(after, due=max(case.due, self._law.until(case.ruling.answer, now)), alarmed=0, worker=who.login)
            case _:
                return after
