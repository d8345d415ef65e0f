"""Self-service of a citizen about their own data: consent, withdrawal, requests (152-ФЗ ст. 9, 14, 20, 21)."""

from msgspec.structs import replace

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.code_words import Vouched
from hub.citizens.consent import Consents, ConsentText, Contact, Given
from hub.citizens.consent_service import ConsentService
from hub.conversations.conversation import Conversation
from hub.conversations.message import Author, Message
from hub.conversations.sequencer import ConversationSequencer
from hub.integrations.application_status_service import ApplicationStatusService
from hub.kernel.errors import RefusedError
from hub.privacy.subject_request import STOPPING, RequestKind, SubjectRequest
from hub.privacy.subject_requests import SubjectRequests

ON_WITHDRAWAL = "Отзыв согласия"
WITHDRAWN = ("Согласие на обработку персональных данных отозвано. Имя и контакты, которые вы указали, стёрты; остальное удалим "
             "не позднее {due}, если закон не обязывает хранить это дольше.")
WITHDRAWN_HERE = "Согласие на обработку персональных данных отозвано. Имя и контакты, которые вы указали, стёрты."


class DataSelfService:
    """hub.privacy.ports.DataSubject."""

    def __init__(self, sequencer: ConversationSequencer, demands: SubjectRequests, consent_service: ConsentService,
                 federal_policy: FederalDataPolicy, application_status: ApplicationStatusService) -> None:
        self._sequencer, self._demands, self._consent_service = sequencer, demands, consent_service
        self._federal_policy, self._application_status = federal_policy, application_status

    def text(self, purpose: str, version: int = 0) -> ConsentText | None:
        return self._consent_service.text(purpose, version)

    async def agree(self, conversation: int, given: Given, contact: Contact) -> None:
        await self._consent_service.give(conversation, given, contact)

    async def consents(self, conversation: int) -> Consents:
        return await self._consent_service.of(conversation)

    def offered(self, head: Conversation) -> bool:
        return self._federal_policy.keeps_history(head)

    def demands(self, conversation: int) -> list[SubjectRequest]:
        return self._demands.of(conversation)

    async def demand(self, conversation: int, kind: RequestKind, text: str) -> None:
        head = (await self._sequencer.load(conversation)).head
        if not self.offered(head):
            raise RefusedError("federal", "Ваши данные хранит региональный или муниципальный центр: обратитесь туда.")
        await self._demands.taken(head, kind, text, "")

    async def vouched(self, head: Conversation) -> Vouched:
        return await self._application_status.code_word_service.of(await self._application_status.ways(head))

    def known(self, head: Conversation) -> bool:
        return self._application_status.known(head)

    async def withdraw_word(self, head: Conversation, key: str) -> None:
        await self._application_status.code_word_service.withdraw(await self._application_status.ways(head), key, "", head.id)

    async def change_word(self, head: Conversation, key: str, word: str) -> None:
        if not self.known(head):
            raise RefusedError("no_proof", "Сменить кодовое слово здесь может тот, кто вошёл через Госуслуги.")
        await self._application_status.code_word_service.change(await self._application_status.ways(head), key, word, head.id)

    async def end_power(self, head: Conversation, key: str) -> None:
        await self._application_status.code_word_service.end(await self._application_status.ways(head), key, "", head.id)

    async def withdraw(self, conversation: int, by: str = "") -> None:
        """Data on that ground only is deleted at once; the rest is examined like a request for deletion.

        `by` is the login of an operator who was told so, "" is the citizen.
        """
        if not await self._consent_service.withdraw(conversation, by):
            return
        live, words = await self._sequencer.load(conversation), WITHDRAWN_HERE
        if self.offered(live.head):  # the federal level erases its sealed minimum automatically (D19)
            demand, _ = await self._demands.take(live.head, RequestKind.DELETION, ON_WITHDRAWAL, by, STOPPING)
            words = WITHDRAWN.format(due=self._demands.day_of(demand))
        citizen = replace(live.head.citizen, name="")
        await self._sequencer.committed_step(
            live, (Message(Author.SYSTEM, words, self._sequencer.now()),),
            head=replace(live.head, citizen=citizen) if citizen != live.head.citizen else None)
        self._demands.on_change(conversation)
