"""Counters of the conversations that an operator may see, updated on each move, so that no list is read for a count. Pure."""

from collections import Counter, defaultdict
from collections.abc import Container

from hub.conversations.conversation import Conversation, InQueue, WithOperator


class VisibleCounter:
    """Conversations by line and by owner: the operator who holds or is reserved for them, or everybody."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[str, str]] = {}
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def put(self, head: Conversation) -> None:
        """Count it at its current place."""
        self.drop(head.id)
        match head.holder:
            case WithOperator(operator=login) | InQueue(wanted=login):
                place = head.queue, login
            case _:
                place = head.queue, ""
        self._places[head.id] = place
        self._counts[place[0]][place[1]] += 1

    def drop(self, conversation: int) -> None:
        """Stop counting it."""
        if (place := self._places.pop(conversation, None)) is not None:
            self._counts[place[0]][place[1]] -= 1

    @property
    def conversations(self) -> list[int]:
        return list(self._places)

    def count(self, login: str, lines: Container[str], *, everything: bool) -> int:
        """The number for an operator who serves these lines, or sees `everything` in them."""
        found = 0
        for queue, whose in self._counts.items():
            if everything and queue in lines:
                found += whose.total()
            else:
                found += whose[login] + (whose[""] if queue in lines else 0)
        return found
