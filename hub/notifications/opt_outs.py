"""Opt-outs on all carrying channels: a message that consists of «СТОП» opts out, «СТАРТ» revokes it (CH-15)."""

from collections.abc import Callable

from hub.conversations.address import Address
from hub.conversations.journal import ConversationEvent, StoredEvent
from hub.conversations.message import CITIZEN, Message
from hub.conversations.ports import Store
from hub.notifications.notice import OptOut, Wish, Words, whom

STOPPED = "Уведомления сюда больше не придут. На ваши вопросы отвечаем как прежде. Включить снова: {start}."
STARTED = "Уведомления снова включены. Отключить: {stop}."


class OptOuts:
    """The opt-outs of one hub, in memory and in the store."""

    def __init__(self, store: Store, carried: Callable[[Address], bool], words: Words, *, stop: str, start: str) -> None:
        """`carried` selects carrying channels; `stop` and `start` are the words that citizens are told."""
        self._store, self._carried, self._words = store, carried, words
        self._said = {Wish.STOP: STOPPED.format(start=start), Wish.START: STARTED.format(stop=stop)}
        self._known: dict[str, OptOut] = {}

    async def start(self) -> None:
        self._known = {each.key: each for each in await self._store.all(OptOut)}

    def hold(self, address: Address) -> bool:
        """Whether unsolicited messages to the address are forbidden."""
        known = self._known.get(whom(address))
        return known is not None and not known.back

    def wish(self, address: Address, entry: ConversationEvent) -> Wish | None:
        """The wish in a citizen's message. «СТАРТ» counts only after an opt-out: chats begin with /start."""
        if not (isinstance(entry, Message) and entry.author is CITIZEN and not entry.attachments and self._carried(address)):
            return None
        wish = self._words.wish(entry.text)
        return None if wish is Wish.START and whom(address) not in self._known else wish

    async def obey(self, address: Address, record: StoredEvent, wish: Wish) -> str:
        """The reply, once the wish is stored; "" when a later one is. Effective from the call on."""
        key = whom(address)
        known = self._known.get(key)
        if known is not None and known.record > record.id:
            return ""
        after = OptOut(key, record.entry.at, record.conversation, record.id, back=wish is Wish.START)
        self._known[key] = after
        await self._store.put(after)
        return self._said[wish]
