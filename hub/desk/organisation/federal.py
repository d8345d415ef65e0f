"""Who provides a personalised service instead of the federal centre (FD-04, D7)."""

from hub.access.federal_separation import NOBODY, PLACELESS, REFUSED
from hub.conversations.conversation import Conversation
from hub.desk.organisation.places import Places


def instead(places: Places, head: Conversation | None) -> str:
    """The text of a refusal at the federal level: the centre of the place, or the alternative without one."""
    if head is None or head.place is None:
        return PLACELESS
    centre = places.answers_for(head.place)
    return REFUSED.format(centre=centre) if centre else NOBODY
