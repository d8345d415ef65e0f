"""Data minimisation at the federal level: no personalised service (FD-04, D1). Its permissions are in hub/access/permissions.py.

A refusal names who does it: the municipal centre of the place, else the regional one, else a callback (D7). Pure.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from hub.conversations.address import Citizen, masked
from hub.conversations.conversation import Conversation
from hub.organisation.level import Level

REFUSED = "Федеральный центр не оказывает персонифицированных услуг. Передайте обращение: {centre}."
PLACELESS = "Федеральный центр не оказывает персонифицированных услуг. Укажите место услуги и передайте обращение центру этого места."
NOBODY = "Федеральный центр не оказывает персонифицированных услуг, а центра для этого места ещё нет. Оформите обратный звонок."


class FederalDataPolicy:
    """What is stored and shown at the federal level of this hub (SE-05)."""

    def __init__(self, own: Level, levels: Mapping[str, Level]) -> None:
        """`own` is the level of the hub's centre, `levels` those of its queues' centres."""
        self._own, self._levels = own, dict(levels)

    def renew(self, levels: Mapping[str, Level]) -> None:
        """Replace the queues; a deleted queue keeps its level."""
        self._levels |= levels

    def kept(self, citizen: Citizen) -> Citizen:
        """The stored part of what a citizen tells about themselves: no name at the federal centre."""
        return replace(citizen, name="") if self._federal else citizen

    def keeps_history(self, head: Conversation) -> bool:
        """Whether the holder of a conversation sees the person's addresses and earlier contacts (CH-16)."""
        return self.shows_name(head)

    def shows_name(self, head: Conversation) -> bool:
        return self._levels.get(head.queue, self._own) is not Level.FEDERAL

    @property
    def has_federal(self) -> bool:
        """Whether any line here is federal."""
        return self._federal or Level.FEDERAL in self._levels.values()

    def is_federal(self, head: Conversation) -> bool:
        """Whether the conversation is, or was last, in a federal line: then only the data needed for the hand-over is kept."""
        return self._levels.get(head.queue, self._own) is Level.FEDERAL

    def reason(self, head: Conversation, words: str) -> str:
        """A carrier's report about a message, which may contain the citizen's address."""
        return words if self.shows_name(head) else masked(words)

    @property
    def _federal(self) -> bool:
        return self._own is Level.FEDERAL
