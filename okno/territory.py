"""The shipped tables: subjects, and the plan of mobile numbers."""

import gzip
from importlib.resources import files
from zoneinfo import ZoneInfo

from hub.conversations.address import E164, Address
from hub.organisation.territory import Subjects, read_subjects
from routing.numbering_plan import NumberingPlan


def subjects() -> Subjects:
    return read_subjects((files("hub") / "data" / "subjects.csv").read_text(encoding="utf8"))


class Hint:
    """Possible subjects of a number. The plan of mobile numbers is loaded on first use."""

    def __init__(self, known: Subjects) -> None:
        self._known = known
        self._numbering: NumberingPlan | None = None

    def __call__(self, number: str) -> frozenset[str]:
        if self._numbering is None:
            self._numbering = numbering(self._known)
        return self._numbering.propose(number)


class Clocks:
    """Possible zones of a number; for an unknown one the centre's own."""

    def __init__(self, known: Subjects, hint: Hint, own: ZoneInfo) -> None:
        self._known, self._hint, self._own = known, hint, own

    def __call__(self, address: Address) -> tuple[ZoneInfo, ...]:
        codes = self._hint(address.value) if E164.fullmatch(address.value) else frozenset[str]()
        names = {name for code in codes for name in (self._known[code].zone, *self._known[code].further_zones)}
        return tuple(map(ZoneInfo, sorted(names))) or (self._own,)


def numbering(of: Subjects) -> NumberingPlan:
    packed = (files("routing") / "data" / "mobile-plan.csv.gz").read_bytes()
    return NumberingPlan(of, gzip.decompress(packed).decode("ascii"))
