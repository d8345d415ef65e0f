"""What a citizen does about his own data by a door that he has the key of: agrees, takes that back, demands (152-ФЗ ст. 9, 14, 20, 21)."""

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

    def __init__(self, lanes: ConversationSequencer, demands: SubjectRequests, consenting: ConsentService, separation: FederalDataPolicy, standings: ApplicationStatusService) -> None:
        self._lanes, self._demands, self._consenting, self._separation, self._standings = lanes, demands, consenting, separation, standings

    def text(self, purpose: str, version: int = 0) -> ConsentText | None:
        return self._consenting.text(purpose, version)

    async def agree(self, conversation: int, given: Given, contact: Contact) -> None:
        await self._consenting.give(conversation, given, contact)

    async def consents(self, conversation: int) -> Consents:
        return await self._consenting.of(conversation)

    def offered(self, head: Conversation) -> bool:
        return self._separation.keeps_history(head)

    def demands(self, conversation: int) -> list[SubjectRequest]:
        return self._demands.of(conversation)

    async def demand(self, conversation: int, kind: RequestKind, text: str) -> None:
        head = (await self._lanes.load(conversation)).head
        if not self.offered(head):
            raise RefusedError("federal", "Ваши данные хранит региональный или муниципальный центр: обратитесь туда.")
        await self._demands.taken(head, kind, text, "")

    async def vouched(self, head: Conversation) -> Vouched:
        return await self._standings.vouching.of(await self._standings.ways(head))

    def known(self, head: Conversation) -> bool:
        return self._standings.known(head)

    async def withdraw_word(self, head: Conversation, key: str) -> None:
        await self._standings.vouching.withdraw(await self._standings.ways(head), key, "", head.id)

    async def change_word(self, head: Conversation, key: str, word: str) -> None:
        if not self.known(head):
            raise RefusedError("no_proof", "Сменить кодовое слово здесь может тот, кто вошёл через Госуслуги.")
        await self._standings.vouching.change(await self._standings.ways(head), key, word, head.id)

    async def end_power(self, head: Conversation, key: str) -> None:
        await self._standings.vouching.end(await self._standings.ways(head), key, "", head.id)

    async def withdraw(self, conversation: int, by: str = "") -> None:
        """What was kept on that ground alone goes at once; whether the rest must stay is looked at, as a demand of deletion.

        `by` is the login of an operator who was told so, "" is the citizen himself.
        """
        if not await self._consenting.withdraw(conversation, by):
            return
        lane, words = await self._lanes.load(conversation), WITHDRAWN_HERE
        if self.offered(lane.head):  # the federal level erases its sealed minimum by itself (D19)
            demand, _ = await self._demands.take(lane.head, RequestKind.DELETION, ON_WITHDRAWAL, by, STOPPING)
            words = WITHDRAWN.format(due=self._demands.day_of(demand))
        citizen = replace(lane.head.citizen, name="")
        await self._lanes.committed_step(
            lane, (Message(Author.SYSTEM, words, self._lanes.now()),),
            head=replace(lane.head, citizen=citizen) if citizen != lane.head.citizen else None)
        self._demands.on_change(conversation)
