"""Possible regions of a telephone number: a proposal only (RT-11).

A mobile number is found in the plan of the Ministry, a landline number by its ABC code. A range may belong to several subjects, and
a ported number keeps its digits, so a number gives a set, and the place where the service is received decides.
"""

from bisect import bisect_right
from enum import StrEnum

from msgspec import Struct
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, format_number, parse

from hub.kernel.errors import OknoError
from hub.organisation.territory import Subjects

RUSSIA = 7
"""Country code, shared with Kazakhstan, which has the national numbers that begin with 6 and 7."""
NATIONAL_DIGITS = 10
LONGEST_SHORT = 6
"""Digits of the longest short number: 112, 122, 115, 116111."""
MOBILE, SERVICE = "9", "80"


class NumberingPlanError(OknoError):
    """The plan of mobile numbers is invalid; the text names the line."""


class Kind(StrEnum):
    MOBILE = "mobile"
    WIRED = "wired"
    SERVICE = "service"
    """8-800 to 8-809: belongs to a service, not to a place."""
    SHORT = "short"
    """112, 122: dialled to, hardly called from."""
    FOREIGN = "foreign"
    """Another country, Kazakhstan among them."""
    UNKNOWN = "unknown"
    """No number: withheld, or invalid."""


class Caller(Struct, frozen=True):
    """A parsed number. `number` is E.164, a short number as it is, or the input if it is none."""

    kind: Kind
    number: str
    national: str = ""
    """The ten digits behind +7 of a Russian number."""


class NumberingPlan:
    """The plan with an index: a lookup is a bisection."""

    def __init__(self, subjects: Subjects, plan: str) -> None:
        """`plan` is CSV of `first,last,subjects`, in order and without overlaps; raises NumberingPlanError."""
        self._subjects = subjects
        self._first: list[int] = []
        self._last: list[int] = []
        self._found: list[frozenset[str]] = []
        sets: dict[str, frozenset[str]] = {}
        for line, row in enumerate(plan.splitlines()[1:], 2):
            try:
                first, last, codes = row.split(",")
                self._first.append(int(first))
                self._last.append(int(last))
            except ValueError as error:
                message = f"line {line}: {error}"
                raise NumberingPlanError(message) from error
            self._found.append(sets.setdefault(codes, frozenset(codes.split())))
            if self._first[-1] > self._last[-1] or (len(self._last) > 1 and self._last[-2] >= self._first[-1]):
                message = f"line {line}: out of order"
                raise NumberingPlanError(message)
        if unknown := frozenset[str]().union(*sets.values()) - subjects.codes:
            message = f"there are no subjects {', '.join(sorted(unknown))}"
            raise NumberingPlanError(message)

    def propose(self, number: str) -> frozenset[str]:
        """Codes of the possible subjects of a number; empty when unknown."""
        caller = read(number)
        match caller.kind:
            case Kind.MOBILE:
                return self._mobile(int(caller.national))
            case Kind.WIRED:
                return self._subjects.of_phone_code(caller.national[:3])
            case _:
                return frozenset()

    def _mobile(self, national: int) -> frozenset[str]:
        at = bisect_right(self._first, national) - 1
        return self._found[at] if at >= 0 and national <= self._last[at] else frozenset()


def read(number: str) -> Caller:
    """Parse a number like a Russian exchange: with +7, with 8, or with neither."""
    digits = number.strip()
    if digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_SHORT:
        return Caller(Kind.SHORT, digits)
    try:
        parsed = parse(number, "RU")
    except NumberParseException:
        return Caller(Kind.UNKNOWN, number)
    if parsed.country_code != RUSSIA:
        return Caller(Kind.FOREIGN, format_number(parsed, PhoneNumberFormat.E164))
    return _of_zone_seven(parsed, number)


def _of_zone_seven(parsed: PhoneNumber, number: str) -> Caller:
    national = str(parsed.national_number)
    if len(national) != NATIONAL_DIGITS:
        return Caller(Kind.UNKNOWN, number)
    if national[0] in "67":
        kind = Kind.FOREIGN
    elif national[0] in "0125":
        return Caller(Kind.UNKNOWN, number)
    elif national[0] == MOBILE:
        kind = Kind.MOBILE
    else:
        kind = Kind.SERVICE if national.startswith(SERVICE) else Kind.WIRED
    return Caller(kind, f"+{RUSSIA}{national}", national if kind is not Kind.FOREIGN else "")
