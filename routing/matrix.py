"""The matrix of levels as data: who may hand a conversation to whom, and for what reason (LV-05).

What no row permits is refused. The rows come from the concept's tasks of the federal, regional and municipal level; corrections (D6)
exist only where a centre's policy enables them. A policy may narrow the matrix; a row that the concept forbids stops the start.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from hub.conversations.transfer_route import TransferPurpose, TransferReason
from hub.organisation.level import TopicClass
from routing.reasons import Denial, Need, Party, Refusal, Route, refusal


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One permitted hand-over. All its conditions must hold."""

    sender: Party
    receiver: Party
    reason: TransferReason
    topics: tuple[TopicClass, ...] = tuple(TopicClass)
    errands: tuple[TransferPurpose, ...] = (TransferPurpose.ANSWER,)
    overload: bool = False
    """The sender must be overloaded."""
    municipal: bool | None = None
    """A municipal centre must exist, or must not; None: either."""


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of D6 that a policy enables: M→R, R→R or M→M, to correct a misrouted conversation or to substitute."""

    sender: Party
    receiver: Party
    reason: TransferReason


F, R, M, S, D = Party.FEDERAL, Party.REGIONAL, Party.MUNICIPAL, Party.SPECIALIST, Party.DEPARTMENT
_NEEDS = {
    TransferReason.PERSONALISED: TopicClass.PERSONALISED,
    TransferReason.TERRITORIAL: TopicClass.TERRITORIAL,
    TransferReason.MUNICIPAL_SERVICE: TopicClass.MUNICIPAL,
}
"""What the federal centre hands over: it answers neither personal cases, nor by place, nor for municipal services (D1, D16)."""
_TO_TERRITORY = (TransferPurpose.ANSWER, TransferPurpose.MFC_STAFF)
_GENERAL = (TopicClass.GENERAL,)

ROWS = (
    Row(F, F, TransferReason.SITE_BALANCING, errands=tuple(TransferPurpose)),
    *(Row(F, M, reason, (topic,), _TO_TERRITORY, municipal=True) for reason, topic in _NEEDS.items()),
    *(Row(F, R, reason, (topic,), _TO_TERRITORY, municipal=False) for reason, topic in _NEEDS.items()),
    Row(R, F, TransferReason.GENERAL_OVERLOAD, _GENERAL, overload=True),
    Row(M, F, TransferReason.GENERAL_OVERLOAD, _GENERAL, overload=True),
    Row(R, M, TransferReason.MFC_CONSULTATION, errands=(TransferPurpose.MFC_STAFF,), municipal=True),
    Row(R, S, TransferReason.MFC_CONSULTATION, errands=(TransferPurpose.MFC_STAFF,), municipal=False),
    Row(M, S, TransferReason.MFC_CONSULTATION, errands=(TransferPurpose.MFC_STAFF,)),
    *(Row(level, D, TransferReason.DEPARTMENTAL, errands=(TransferPurpose.DEPARTMENT,)) for level in (F, R, M)),
    # RT-10: a department hands over, too; the federal centre receives nothing that it may not answer.
    Row(D, M, TransferReason.DEPARTMENTAL, errands=_TO_TERRITORY, municipal=True),
    Row(D, R, TransferReason.DEPARTMENTAL, errands=_TO_TERRITORY),
    Row(D, F, TransferReason.DEPARTMENTAL, _GENERAL),
)
"""Table 2.3a of the requirements."""

CORRECTED = ((M, R), (R, R), (M, M))
"""The pairs of D6."""
CORRECTING = {TransferReason.MISROUTED: TransferPurpose.RIGHT_PLACE, TransferReason.FAILOVER: TransferPurpose.STANDBY}


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """The matrix in a configuration."""

    rows: tuple[Row, ...] = ROWS
    corrections: tuple[Correction, ...] = ()


class UnlawfulRowError(ValueError):
    """The concept does not permit a row of the policy; the text names it."""


class Matrix:
    """The valid rows. Raises UnlawfulRowError for a policy that the concept forbids."""

    def __init__(self, policy: Policy = Policy()) -> None:  # noqa: B008 - frozen
        self._rows: dict[tuple[Party, Party], list[Row]] = {}
        for row in (*_lawful(policy.rows), *map(_switched_on, policy.corrections)):
            rows = self._rows.setdefault((row.sender, row.receiver), [])
            if any(each.reason == row.reason for each in rows):
                raise UnlawfulRowError(_named(row, "is there twice"))
            rows.append(row)

    def permitted(self, sender: Party, receiver: Party, need: Need) -> Route | Refusal:
        """The permitted route with its reason, or the refusal of the nearest row."""
        rows = self._rows.get((sender, receiver))
        if rows is None:
            return refusal(Denial.SWITCHED_OFF if (sender, receiver) in CORRECTED else Denial.NO_ROUTE)
        unmet = [list(_unmet(row, need)) for row in rows]
        nearest = min(unmet, key=len)
        if nearest:
            return refusal(nearest[0])
        return Route(sender, receiver, rows[unmet.index(nearest)].reason)

    def upheld(self, route: Route, topic: TopicClass, *, municipal_exists: bool) -> Refusal | None:
        """Why the receiver refuses a hand-over with a reason; None where it accepts.

        What only the sender can know is trusted: the purpose, its own load, the class of a topic that is UNKNOWN here.
        """
        rows = self._rows.get((route.sender, route.receiver))
        if rows is None:
            return refusal(Denial.SWITCHED_OFF if (route.sender, route.receiver) in CORRECTED else Denial.NO_ROUTE)
        row = next((each for each in rows if each.reason is route.reason), None)
        if row is None:
            return refusal(Denial.WRONG_ERRAND)
        said = row.topics[0] if topic is TopicClass.UNKNOWN else topic
        unmet = next(_unmet(row, Need(said, row.errands[0], row.overload, municipal_exists)), None)
        return refusal(unmet) if unmet else None


def _unmet(row: Row, need: Need) -> Iterator[Denial]:
    if need.errand not in row.errands:
        yield Denial.WRONG_ERRAND
    if need.topic not in row.topics:
        yield Denial.WRONG_TOPIC
    if row.municipal is not None and row.municipal != need.municipal_exists:
        yield Denial.NO_MUNICIPAL_CENTRE if row.municipal else Denial.MUNICIPAL_CENTRE_EXISTS
    if row.overload and not need.overloaded:
        yield Denial.NOT_OVERLOADED


def _lawful(rows: Iterable[Row]) -> Iterator[Row]:
    """Each row as given, if it is one of table 2.3a or narrower."""
    widest = {(row.sender, row.receiver, row.reason): row for row in ROWS}
    for row in rows:
        law = widest.get((row.sender, row.receiver, row.reason))
        if law is None:
            raise UnlawfulRowError(_named(row, "is not in the concept"))
        if not _narrower(row, law):
            raise UnlawfulRowError(_named(row, "permits more than the concept"))
        yield row


def _narrower(row: Row, law: Row) -> bool:
    return (set(row.topics) <= set(law.topics) and set(row.errands) <= set(law.errands)
            and row.overload >= law.overload and law.municipal in {None, row.municipal})


def _switched_on(correction: Correction) -> Row:
    errand = CORRECTING.get(correction.reason)
    if errand is None or (correction.sender, correction.receiver) not in CORRECTED:
        raise UnlawfulRowError(_named(correction, "is not a correction"))
    municipal = True if correction.receiver == Party.MUNICIPAL else None
    return Row(correction.sender, correction.receiver, correction.reason, errands=(errand,), municipal=municipal)


def _named(row: Row | Correction, fault: str) -> str:
    return f"{row.sender} → {row.receiver} ({row.reason}) {fault}"
