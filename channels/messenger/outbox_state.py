"""Common code of sending to MAX and VK: rate limit, and memory of sent messages."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TypeVar

from channels.messenger.api_errors import TooManyError
from channels.messenger.rate_limit import RateLimiter, SendRate
from hub.conversations.conversation import Conversation
from hub.conversations.message import Attachment
from hub.kernel.errors import UndeliverableError

K = TypeVar("K")
T = TypeVar("T")

TRIES = 3
"""Rate-limit refusals before the message is given back to the hub."""
LONGEST_S = 30.0
"""A longer pause raises UnavailableError, and the hub retries later."""
KEPT = 1000
UNLIMITED = SendRate(1e6, burst=1000)


class OutboxState:
    """State of the latest messages. `messenger` is its name for operators."""

    def __init__(self, messenger: str, chat: SendRate, overall: SendRate, *, limited: bool) -> None:
        self._messenger = messenger
        self._pace = RateLimiter(chat, overall) if limited else RateLimiter(UNLIMITED, UNLIMITED)
        self._sent: OrderedDict[int, list[str]] = OrderedDict()
        self._uploaded: OrderedDict[int, dict[str, str]] = OrderedDict()
        self._chats: OrderedDict[int, int] = OrderedDict()

    def chat(self, conversation: int) -> int | None:
        """The dialogue of a conversation with a recent message."""
        return self._chats.get(conversation)

    def opened(self, conversation: Conversation) -> int:
        """The number of the dialogue of a conversation; raises UndeliverableError."""
        value = conversation.address.value
        if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20):  # noqa: PLR2004 - 63 bits
            message = f"«{value}» — не номер диалога в {self._messenger}"
            raise UndeliverableError(message)
        return _keep(self._chats, conversation.id, int(value))

    def sent(self, record: int) -> list[str]:
        """The sent parts of a message, by the messenger's ids; the caller appends to it."""
        return _keep(self._sent, record, self._sent.get(record, []))

    async def uploaded(self, record: int, files: Sequence[Attachment], upload: Callable[[Attachment], Awaitable[str]]) -> list[str]:
        """The messenger's names of a message's files; a retry uploads no file again."""
        known = _keep(self._uploaded, record, self._uploaded.get(record, {}))
        for each in files:
            if each.file not in known:
                known[each.file] = await upload(each)
        return [known[each.file] for each in files]

    async def paced(self, chat: int, post: Callable[[], Awaitable[T]]) -> T:
        """Post within the rate limits, and retry after the pause that the messenger requests; raises what `post` raises."""
        for _ in range(TRIES - 1):
            try:
                return await self._once(chat, post)
            except TooManyError as error:
                if error.wait_s > LONGEST_S:
                    raise
        return await self._once(chat, post)

    async def _once(self, chat: int, post: Callable[[], Awaitable[T]]) -> T:
        if (held_s := self._pace.held_s(str(chat), monotonic())) > LONGEST_S:
            raise TooManyError(self._messenger, held_s)
        await asyncio.sleep(self._pace.wait_s(str(chat), monotonic()))
        try:
            return await post()
        except TooManyError as error:
            self._pace.refused(str(chat), error.wait_s, monotonic())
            raise


def _keep(known: OrderedDict[int, K], key: int, value: K) -> K:
    """Keeps the latest entries."""
    known[key] = value
    known.move_to_end(key)
    if len(known) > KEPT:
        known.popitem(last=False)
    return value
