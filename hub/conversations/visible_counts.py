"""How many of certain conversations somebody may see: counted as they move, so that no list is read for a number. Pure."""

from collections import Counter, defaultdict
from collections.abc import Container

from hub.conversations.conversation import Conversation, InQueue, WithOperator


class VisibleCounter:
    """Conversations by their line, and by whose they are there: one operator's who holds them or is wanted, or everybody's."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[str, str]] = {}
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def put(self, head: Conversation) -> None:
        """It is one of them, wherever it is now."""
        self.drop(head.id)
        match head.holder:
            case WithOperator(operator=login) | InQueue(wanted=login):
                place = head.queue, login
            case _:
                place = head.queue, ""
        self._places[head.id] = place
        self._counts[place[0]][place[1]] += 1

    def drop(self, conversation: int) -> None:
        """It is none of them any more."""
        if (place := self._places.pop(conversation, None)) is not None:
            self._counts[place[0]][place[1]] -= 1

    @property
    def conversations(self) -> list[int]:
        return list(self._places)

    def count(self, login: str, lines: Container[str], *, everything: bool) -> int:
        """Those of whoever serves these lines, or sees `everything` in them."""
        found = 0
        for queue, whose in self._counts.items():
            if everything and queue in lines:
                found += whose.total()
            else:
                found += whose[login] + (whose[""] if queue in lines else 0)
        return found
