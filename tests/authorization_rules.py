"""Who may what at a regional centre whose lines these are, as the front door has it; nothing is given to contractors."""

from collections.abc import Iterable

from hub.access.authorization import Authorization, Line
from hub.organisation.level import Level
from hub.organisation.queue import Queue

OWN = Line("Центр", ("", "", ""), "", Level.REGIONAL)


def authorization_of(queues: Iterable[Queue]) -> Authorization:
    lines = {each.id: Line(each.title, each.home, each.centre, Level.REGIONAL, each.function) for each in queues}
    return Authorization(lines, OWN, lambda _centre, _contractor, _personal: frozenset(), lambda centre: frozenset({centre}))
