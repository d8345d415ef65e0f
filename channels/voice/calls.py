"""Current calls of all exchanges, and their offers to operators."""

from collections.abc import Iterable

from channels.voice.call_runner import CallRunner
from hub.conversations.address import Address
from hub.telephony.ports import RingingOffer


class Calls:
    def __init__(self) -> None:
        self._lines: dict[Address, CallRunner] = {}
        self._conversations: dict[int, CallRunner] = {}
        self._bids: dict[tuple[int, str], RingingOffer] = {}

    def begin(self, line: CallRunner) -> None:
        """A call has begun; its conversation is not known yet."""
        self._lines[line.address] = line

    def belongs(self, line: CallRunner, conversation: int) -> None:
        line.conversation = conversation
        self._conversations[conversation] = line

    def end(self, line: CallRunner) -> None:
        del self._lines[line.address]
        self._conversations.pop(line.conversation, None)
        for known in [key for key in self._bids if key[0] == line.conversation]:
            del self._bids[known]

    def at(self, address: Address) -> CallRunner | None:
        return self._lines.get(address)

    def of(self, conversation: int) -> CallRunner | None:
        return self._conversations.get(conversation)

    def known(self) -> Iterable[CallRunner]:
        """Those whose conversation is known."""
        return self._conversations.values()

    def offer(self, bid: RingingOffer) -> None:
        self._bids[bid.conversation, bid.operator] = bid

    def withdraw(self, conversation: int, operator: str) -> None:
        self._bids.pop((conversation, operator), None)

    def bid(self, line: CallRunner, operator: str) -> RingingOffer | None:
        """What an operator was offered; None where nothing (any more)."""
        return self._bids.get((line.conversation, operator))

    def asked(self, line: CallRunner) -> list[str]:
        """Logins of those to whom it is offered."""
        return [operator for conversation, operator in self._bids if conversation == line.conversation]
