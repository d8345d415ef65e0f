"""Authorisation: whether an account may do something, at all and about one conversation. A refusal has a reason and an alternative.

The permissions are in hub/access/permissions.py; centres and delegated functions come from the lines of this hub. Pure.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from hub.access.federal_separation import PLACELESS
from hub.access.operator import Operator
from hub.access.permissions import PERMISSION_MATRIX, Permission, Scope, may
from hub.conversations.conversation import Conversation, InQueue, Promised, held_by
from hub.organisation.centre import Function
from hub.organisation.level import Level

Delegated = Callable[[str, str, bool], frozenset[Function]]
"""Functions that a centre, by its code, has delegated to a contractor as of today; with True, those that include personal data."""
Certified = Callable[[str, str], bool]
"""Whether somebody, by login, has the qualification of a course now."""


class Line(Struct, frozen=True):
    """A queue as far as authorisation needs it."""

    title: str
    home: tuple[str, str, str]
    centre: str
    level: Level
    function: Function = Function.INFORMATION
    qualification: str = ""
    """Key of the course whose certificate is needed to serve it; "" needs none."""


class Where(Struct, frozen=True):
    """The centres of an operator, derived from their queues; an operator without queues belongs to the hub's own centre."""

    lines: tuple[Line, ...]
    homes: frozenset[tuple[str, str, str]]
    levels: frozenset[Level]


class Refusal(Struct, frozen=True):
    """`code` is forbidden, federal, contractor or not_certified; the text is for people and names who does it instead."""

    code: str
    text: str


ROLE = "Для этого у вас нет прав."
ELSEWHERE = "Это обращение другого центра, его линия — «{line}». Попросите её сотрудников или передайте им заявителя."
CONTRACTOR = "Подрядчику «{contractor}» это не передано. Передайте обращение сотрудникам центра."
UNCERTIFIED = "Для линии «{line}» нужен действующий сертификат. Пройдите курс в разделе «Обучение» или передайте обращение коллеге."


class Authorization:
    """Authorisation in one hub. A change of an account, a contract or the date takes effect at the next check."""

    def __init__(self, lines: Mapping[str, Line], own: Line, delegated: Delegated, below: Callable[[str], frozenset[str]],
                 certified: Certified = lambda _login, _course: True) -> None:
        """`lines` by queue; `own` is for conversations without one; `below` gives the codes of a centre and of its subordinates."""
        self._own, self._delegated, self._below, self._certified = own, delegated, below, certified
        self.renew(lines)

    def renew(self, lines: Mapping[str, Line]) -> None:
        """Replace the lines."""
        self._lines = dict(lines)
        self._homes = {each.home for each in self._lines.values()}
        self._places: dict[tuple[str, ...], Where] = {}

    def line(self, queue: str) -> Line:
        return self._lines.get(queue, self._own)

    def federal(self, who: Operator) -> bool:
        """An operator of a federal line belongs to the federal centre, whatever other lines they serve."""
        return Level.FEDERAL in self._where(who).levels

    def covers(self, who: Operator, queue: str) -> bool:
        """Whether a line is of one of the operator's centres; with a single centre always true."""
        return len(self._homes) <= 1 or self.line(queue).home in self._where(who).homes

    def covers_all(self, who: Operator, queues: Iterable[str]) -> bool:
        """The same for several lines; no lines stand for the hub's own centre."""
        return all(self.covers(who, queue) for queue in tuple(queues) or ("",))

    def below(self, who: Operator) -> frozenset[str]:
        """Codes of the operator's centres and of their subordinates."""
        return frozenset().union(*(self._below(each.centre) for each in self._where(who).lines))

    def centres(self, who: Operator) -> frozenset[str]:
        """Codes of the operator's centres."""
        return frozenset(each.centre for each in self._where(who).lines)

    def levels(self, who: Operator) -> frozenset[Level]:
        """Of the operator's centres."""
        return self._where(who).levels

    def centre(self, who: Operator) -> str:
        """The centre of what the operator writes: the first of theirs."""
        return min(self._codes(who))

    def centre_of(self, queue: str) -> str:
        """The code of a line's centre."""
        return self.line(queue).centre or self._own.centre

    def sees(self, who: Operator, centre: str) -> bool:
        """Whether the operator may read data of a centre; "" is common to the hub."""
        return not centre or centre in self._codes(who)

    def keeps(self, who: Operator, centre: str) -> bool:
        """Whether the operator may change it: common data is changed by the hub's own centre."""
        return (centre or self._own.centre) in self._codes(who)

    def _codes(self, who: Operator) -> frozenset[str]:
        return frozenset(code or self._own.centre for code in self.centres(who))

    def works(self, who: Operator, queue: str) -> bool:
        """Whether the operator may work on a line: with its qualification; a contractor's where it was delegated."""
        given = not who.contractor or self.line(queue).function in self._given(who, (self.line(queue),), personal=False)
        return given and self.uncertified(who, queue) is None

    def uncertified(self, who: Operator, queue: str) -> Refusal | None:
        """The refusal of a line whose certificate the operator lacks (TR-05)."""
        line = self.line(queue)
        lacks = line.qualification and not self._certified(who.login, line.qualification)
        return Refusal("not_certified", UNCERTIFIED.format(line=line.title)) if lacks else None

    def knows(self, who: Operator, queue: str) -> bool:
        """Whether the operator may see the identity of a line's citizens."""
        return not who.contractor or self.line(queue).function in self._given(who, (self.line(queue),), personal=True)

    def granted(self, who: Operator) -> list[Permission]:
        """All permissions of the operator."""
        return sorted(each for each in Permission if self.why_not(who, each) is None)

    def may(self, who: Operator, permission: Permission, about: Conversation | None = None) -> bool:
        return self.why_not(who, permission, about) is None

    def why_not(self, who: Operator, permission: Permission, about: Conversation | None = None) -> Refusal | None:
        """Why the operator may not, about a conversation or at all; None when they may."""
        row = PERMISSION_MATRIX[permission]
        if not may(who, permission):
            return Refusal("forbidden", ROLE)
        if not self._where(who).levels <= row.levels:
            return Refusal("federal", PLACELESS)
        if about is not None and row.scope in {Scope.OWN, Scope.CENTRE} and not (self.covers(who, about.queue) or concerns(about, who)):
            return Refusal("forbidden", ELSEWHERE.format(line=self.line(about.queue).title))
        if who.contractor and not self._is_given(who, permission, about):
            return Refusal("contractor", CONTRACTOR.format(contractor=who.contractor))
        return None

    def _is_given(self, who: Operator, permission: Permission, about: Conversation | None) -> bool:
        row = PERMISSION_MATRIX[permission]
        if row.functions is None:
            return True
        lines = self._where(who).lines if about is None else (self.line(about.queue),)
        return bool(row.functions & self._given(who, lines, personal=row.personal)) and (
            about is None or (self.works(who, about.queue) and (not row.personal or self.knows(who, about.queue))))

    def _given(self, who: Operator, lines: Iterable[Line], *, personal: bool) -> frozenset[Function]:
        given = frozenset().union(*(self._delegated(each.centre, who.contractor, personal) for each in lines))
        return given & frozenset(who.functions)

    def _where(self, who: Operator) -> Where:
        """Computed once for each set of queues, since it is needed for every frame."""
        where = self._places.get(who.queues)
        if where is None:
            lines = tuple(self.line(queue) for queue in who.queues) or (self._own,)
            where = self._places[who.queues] = Where(
                lines, frozenset(each.home for each in lines), frozenset(each.level for each in lines))
        return where


def concerns(head: Conversation, who: Operator) -> bool:
    """Whether the conversation is the operator's own, whatever its line: they hold it, it is reserved for them, or they owe its answer."""
    match head.holder:
        case InQueue(wanted=wanted):
            return wanted == who.login
        case Promised(owner=owner):
            return owner == who.login
        case _:
            return held_by(head, who.login)
