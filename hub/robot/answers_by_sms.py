"""An answer of the robot to a caller, by SMS too: offered after it, sent when the caller asks for it, once.

Only to the caller's own mobile number, shown by the network, that has not opted out. Nothing is sent unasked (41-ФЗ).
"""

from collections.abc import Sequence

from hub.conversations.address import Address
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.message import BOT, Author, Message
from hub.conversations.ports import HubReply, Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import RefusedError
from hub.notifications.notice import Ground, NoticeState
from hub.notifications.notifier import NotificationSender
from hub.robot.answer_feedback import CHOICES, without_feedback

BY_SMS = "Прислать ответ по СМС"
"""The choice after an answer."""
SENT = "Отправляю СМС на номер, с которого вы звоните."
NOT_SENT = "Отправить СМС на этот номер не получится."
NOTE = "Отправлено по СМС на {number}:\n{text}"


class AnswersBySms:
    """hub.conversations.ports.HubAnswers."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, sender: NotificationSender, *, name: str) -> None:
        """`name` signs what the robot writes down."""
        self._sequencer, self._store, self._sender, self._name = sequencer, store, sender, name

    def offered(self, address: Address) -> bool:
        return self._sequencer.traits.of(address).spoken and self._reached(address) is not None

    def asked(self, message: Message) -> tuple[str, ...] | None:
        return ("",) if message.text.strip() == BY_SMS else None

    async def answer(self, head: Conversation, *asked: str) -> HubReply | None:
        del asked
        sms, told = self._reached(head.address), _last(await self._store.records(head.id))
        if sms is None or told is None:
            return HubReply(NOT_SENT)
        record, text = told.id, fitted(told, self._sequencer.traits.of(sms).at_once)
        notice = await self._sender.notify("", f"answer/{record}", sms, text, Ground.REQUEST, urgent=True)
        if notice.state is NoticeState.REFUSED:
            return HubReply(NOT_SENT)
        live, key = await self._sequencer.load(head.id), f"sms/{record}"
        if ("", key) not in live.keys:
            note = NOTE.format(number=sms.value, text=text)
            await self._sequencer.committed_step(
                live, (Message(Author.SYSTEM, note, self._sequencer.now(), name=self._name, key=key, internal=True),))
        return HubReply(SENT)

    def _reached(self, address: Address) -> Address | None:
        sms = self._sequencer.by_sms(address.value) if self._sequencer.traits.of(address).spoken else None
        try:
            return sms if sms is not None and not self._sender.preview(sms)[1] else None
        except RefusedError:
            return None


def with_offer(choices: tuple[str, ...]) -> tuple[str, ...]:
    """In front of «Помогло?»."""
    others = tuple(without_feedback(choices))
    return (*others, BY_SMS, *(CHOICES if len(others) < len(choices) else ()))


def fitted(told: StoredEvent, longest: int) -> str:
    """The title and the text of an answer, up to a word."""
    assert isinstance(told.entry, Message) and told.entry.source is not None  # noqa: S101, PT018 - as `_last` finds it
    text = f"{told.entry.source.title}. {told.entry.text}"
    return text if len(text) <= longest else f"{text[:longest - 2].rsplit(None, 1)[0].rstrip(' ,;:—')} …"


def _last(records: Sequence[StoredEvent]) -> StoredEvent | None:
    """The last answer of the robot that has a source."""
    return next((each for each in reversed(records)
                 if isinstance(each.entry, Message) and each.entry.author == BOT and each.entry.source is not None), None)
