"""Who gives a personalised service instead of the federal centre (FD-04, D7)."""

from hub.access.federal_separation import NOBODY, PLACELESS, REFUSED
from hub.conversations.conversation import Conversation
from hub.desk.organisation.places import Places


def instead(places: Places, head: Conversation | None) -> str:
    """What a refusal at the federal level says: the centre of the place, or what to do where there is none."""
    if head is None or head.place is None:
        return PLACELESS
    centre = places.answers_for(head.place)
    return REFUSED.format(centre=centre) if centre else NOBODY
