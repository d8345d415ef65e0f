"""Calls of one Asterisk without a session here: from before the hub's start, or lost by an error. Their callers are still on the line."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from channels.voice.call_detail import CallDetail
from channels.voice.context import VoiceContext
from channels.voice.offline_calls import OfflineCallImport
from channels.voice.stored_calls import NAME
from hub.conversations.address import Address


class OrphanCalls:
    """`here` are the uniqueids of calls with a session."""

    def __init__(self, system: str, shared: VoiceContext, detail: CallDetail, offline_calls: OfflineCallImport | None,
                 here: Callable[[], AbstractSet[str]]) -> None:
        self._system, self._shared, self._detail, self._offline_calls, self._here = system, shared, detail, offline_calls, here
        self._conversations: dict[str, int] = {}
        """By uniqueid."""

    def add(self, uniqueid: str, conversation: int) -> None:
        self._conversations[uniqueid] = conversation

    def conversation(self, uniqueid: str) -> int:
        """0 for none."""
        return self._conversations.get(uniqueid, 0)

    def take(self, uniqueid: str) -> int:
        """The conversation of a call that is none of these any more; 0 for none."""
        return self._conversations.pop(uniqueid, 0)

    def carries(self, conversation: int) -> bool:
        """Whether its call continues here since before the hub's start."""
        return conversation in self._conversations.values()

    async def take_stock(self, live: AbstractSet[str]) -> None:
        """Compare the stored marks with the uniqueids that are live at Asterisk: the calls of other marks have ended."""
        if self._offline_calls is not None:
            await self._offline_calls.bring_in()
        here, dropped = self._here(), {*self._conversations.values()}
        marks = await self._shared.stored_calls.of(self._system)
        self._conversations = {uniqueid: conversation for uniqueid, conversation in marks.items() if uniqueid in live - here}
        for uniqueid in marks.keys() - live - here:
            self._detail.over(uniqueid, marks[uniqueid])
            await self.gone(marks[uniqueid], cut=marks[uniqueid] in dropped)
        self._detail.lost(live | here)

    async def ended(self, conversation: int) -> None:
        if self._offline_calls is not None:
            await self._offline_calls.bring_in()
        if conversation in (await self._shared.stored_calls.of(self._system)).values():
            await self.gone(conversation)

    async def gone(self, conversation: int, *, cut: bool = False) -> None:
        """A call without a session has ended; its exchange has `cut` it where nobody told of a hang-up."""
        head = await self._shared.store.conversation(conversation)
        if head is not None and self._shared.calls.at(head.address) is None:
            await self.left(conversation, head.address, cut=cut)

    async def left(self, conversation: int, address: Address, *, cut: bool = False) -> None:
        """The caller of any call is gone."""
        if address.driver == NAME:
            await self._shared.intake.left(address, cut=cut)
        await self._shared.stored_calls.end(conversation)
