"""Everything that the grammar finds in a text."""

from collections.abc import Iterable
from datetime import date

from bots.grammar.numbers import find_applications, find_numbers, find_phones, find_snils
from bots.grammar.places import Places, towns
from bots.grammar.plain import plain
from bots.grammar.values import Found, Value
from bots.grammar.when import find_when
from bots.russian import Russian

LONGEST = 2000
"""Maximum characters that are read."""


class Grammar:
    """Reads days, hours, numbers and places. Its only state is the index of places."""

    def __init__(self, russian: Russian) -> None:
        self._places = Places(russian, towns())

    def find(self, text: str, today: date) -> list[Found[Value]]:
        """The values of a text, from left to right, without overlaps. `today` is the date at the citizen's place."""
        said = plain(text[:LONGEST])
        kept = list[Found[Value]]()
        # The longest and strictest rules come first: the digits of a telephone number are not hours.
        readers: tuple[Iterable[Found[Value]], ...] = (
            _each(find_snils(said)),
            _each(find_phones(said)),
            _each(find_when(said, today)),
            _each(find_applications(said)),
            _each(self._places.find(said)),
            _each(find_numbers(said)),
        )
        for found in readers:
            kept.extend([one for one in found if all(one.end <= other.start or one.start >= other.end for other in kept)])
        return sorted(kept, key=lambda one: one.start)


def _each(found: Iterable[Found]) -> Iterable[Found[Value]]:  # type: ignore[type-arg]  # of any kind
    return found
