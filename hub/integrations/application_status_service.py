"""Queries a state system for an application, and discloses what the assurance level allows (ST-01…ST-05, D17).

Unknown and others' applications and wrong proofs give the same answer after the same time: the system is queried in any case,
without a person where nothing was proved, and the answer comes after `even_s`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from hub.access.federal_separation import FederalDataPolicy
from hub.cases.guess_limits import GuessLimiter
from hub.citizens.code_word_service import CodeWordService, way
from hub.citizens.verification import VerificationService
from hub.conversations.address import E164, Address
from hub.conversations.conversation import Conversation
from hub.conversations.identities import plain
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.integrations.application_status import LEVELS, NOT_TOLD, PARTS, AssuranceLevel, DisclosedStatus, Question, Required, spelled, told
from hub.integrations.department_client import DepartmentClients
from hub.integrations.department_systems import Applicant
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

SELF, POWER = "self", "power"
"""Grounds of a disclosure by the robot: the owner, or a recorded power of attorney."""
MUNICIPAL = RefusedError("municipal_status", "О ходе муниципальных услуг центр не сообщает: спросите в администрации или в МФЦ.")
FEDERAL = RefusedError(
    "federal", "Федеральный центр не сообщает о ходе услуг. Позовите оператора: вопрос вместе с перепиской передадут центру места услуги.")
LOCKED = RefusedError("status_locked", "Трижды не подошло. Попробуйте через сутки или узнайте о ходе услуги на личном приёме, с паспортом.")
SLOWED = "Об этом заявлении сейчас спрашивают слишком часто. Подождите минуту и попробуйте снова."


class DisclosurePolicy(Protocol):
    """What a centre tells of applications."""

    @property
    def required(self) -> Required:
        """How sure each part must be of who asks."""

    @property
    def municipal(self) -> bool:
        """Whether municipal services are told of as well as the state's (D17)."""

    @property
    def even_s(self) -> float:
        """No answer comes earlier, so that all take as long."""


class StatusRequest(Struct, frozen=True):
    """The asker, the assurance level, and the owner if it is another person."""

    sure: AssuranceLevel = AssuranceLevel.NOTHING
    applicant: Applicant = Applicant()
    represented: str = ""


NOBODY = StatusRequest()


class ApplicationStatusService:
    def __init__(self, sequencer: ConversationSequencer, store: Store, systems: DepartmentClients,
                 verification_service: VerificationService, code_word_service: CodeWordService, federal_policy: FederalDataPolicy,
                 disclosure: DisclosurePolicy, *, held: Callable[[str], Awaitable[Sequence[str]]],
                 account: Callable[[Conversation], str], network: Callable[[Address], str]) -> None:
        """`network` gives the network address of a web client.

        `held` gives the proved addresses of one owner, `account` the current citizen's account at Госуслуги, or "".
        """
        self._sequencer, self._store, self._systems, self._verification_service = sequencer, store, systems, verification_service
        self._federal_policy, self._disclosure, self._held, self._account = federal_policy, disclosure, held, account
        self.code_word_service, self.required, self._network = code_word_service, disclosure.required, network
        self._guesses = GuessLimiter(LOCKED, SLOWED)

    @property
    def any(self) -> bool:
        """Whether any system is configured."""
        return bool(self._systems.agreed)

    def possible(self, head: Conversation) -> bool:
        """Whether anything may be disclosed in its line."""
        return self._federal_policy.keeps_history(head)

    def known(self, head: Conversation) -> bool:
        """Whether the citizen is verified already."""
        return bool(self._account(head))

    async def ways(self, head: Conversation) -> Sequence[str]:
        """All addresses of the current citizen."""
        return await self._held(plain(head.address))

    def here(self, head: Conversation) -> str:
        """The current address."""
        return plain(head.address)

    def numbers(self, ways: Iterable[str]) -> list[str]:
        """Telephone numbers among addresses."""
        return sorted({number for each in ways if E164.fullmatch(number := way(each))})

    async def ask(self, head: Conversation, question: Question, by: str, ground: str) -> DisclosedStatus:
        """The status of an application for the current citizen; recorded before it is disclosed.

        Raises StoreError, and RefusedError: `not_told` for all wrong input, `locked` and `status_locked` after three of these,
        `too_fast` during many attempts, `system_away` where the system does not answer, `federal`, `municipal_status`.
        """
        if not self.possible(head):
            raise FEDERAL
        key = self._systems.of_application(question.number, municipal=self._disclosure.municipal)
        if key is None:
            raise MUNICIPAL
        await self._verification_service.unlocked(head)
        asker, network, begun_s = plain(head.address), self._network(head.address), time.monotonic()
        self._guesses.admit(asker, question.number, self._sequencer.now(), own=self.known(head), network=network)
        try:
            claim = await self._claim(head, question)
            standing = await self._systems.state(key, question.number, claim.applicant) if key else None
        except BaseException:
            self._guesses.right(asker, question.number, network)  # the asker learnt nothing from it
            raise
        finally:
            await asyncio.sleep(self._disclosure.even_s - (time.monotonic() - begun_s))
        found = told(standing, claim.sure, self.required, represented=bool(claim.represented)) if standing else None
        if found is None or not found.parts:
            await self._verification_service.failed(head, by, "status")
            raise NOT_TOLD
        self._guesses.right(asker, question.number, network)
        await self._record(head, found, claim, by, ground)
        return found

    async def _claim(self, head: Conversation, question: Question) -> StatusRequest:
        ways, snils, account = await self.ways(head), spelled(question.snils), self._account(head)
        subject = await self.code_word_service.knows(ways, question.word)  # the same work without a word
        if snils and (subject or account) and (power := await self.code_word_service.power(ways, snils)) is not None:
            return StatusRequest(AssuranceLevel.WORD, Applicant(snils=snils), power.subject)
        if account:
            return StatusRequest(AssuranceLevel.ACCOUNT, Applicant(account=account))
        if snils and subject and subject == self.code_word_service.digest(snils):
            return StatusRequest(AssuranceLevel.WORD, Applicant(snils=snils))
        if snils and question.name:
            return self._enough(StatusRequest(AssuranceLevel.PAPERS, Applicant(question.name, snils)))
        return NOBODY

    def _enough(self, claim: StatusRequest) -> StatusRequest:
        """A level at which nothing is disclosed proves nothing: otherwise it could be used for guessing."""
        return claim if any(claim.sure.reaches(each) for each in self.required.table().values()) else NOBODY

    async def _record(self, head: Conversation, found: DisclosedStatus, claim: StatusRequest, by: str, ground: str) -> None:
        """Records asker, ground, parts and proof (ST-05). If the owner is another person, they see it as well."""
        detail = f"{', '.join(PARTS[each] for each in found.parts)}; {LEVELS[found.sure]}; {found.source}"
        audit_entry = AuditEntry(self._sequencer.now(), by, "status_told", str(head.id), detail, ground)
        await self._store.note(audit_entry)
        if claim.represented:
            await self._store.note(AuditEntry(audit_entry.at, by, "status_told", claim.represented, detail, POWER))
