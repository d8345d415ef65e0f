"""Appointments of citizens at offices, and their results (BK-01). Pure.

waiting ──► booked ◄──► cancelled      (undone while its slot is free; one from the waiting list returns to its position)
   │          │  ╲
   ▼          │   ╰──► arrived ──► called ──► held · no_show  (each can be undone: booked again)
cancelled     ╰──► asked ──► booked    (an external system has to confirm first)

Arrivals and calls are reported only by such a system (external_sync.py); elsewhere held and no_show follow directly.
What is to come is handed_over to a centre on another deployment when that opens (handover.py).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.cases.case import given_order
from hub.kernel.document import Document, Stepped
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry


class BookingState(StrEnum):
    WAITING = "waiting"
    """On the waiting list: gets the first matching slot that is freed."""
    ASKED = "asked"
    """The slot is reserved, and an external system has not confirmed yet."""
    BOOKED = "booked"
    ARRIVED = "arrived"
    """Present in the office."""
    CALLED = "called"
    """Called to a window."""
    CANCELLED = "cancelled"
    HELD = "held"
    NO_SHOW = "no_show"
    HANDED_OVER = "handed_over"
    """A centre on another deployment keeps it (BK-05)."""


class BookingAct(StrEnum):
    """Actions on an appointment, and their names in steps."""

    ASK = "ask"
    """Request to an external system for a slot."""
    WAIT = "wait"
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    RESTORE = "restore"
    """A cancellation is undone."""
    ARRIVE = "arrive"
    CALL = "call"
    """The office calls the citizen to a window."""
    HOLD = "hold"
    """The citizen came and was received."""
    MISS = "miss"
    """The citizen did not come."""
    REOPEN = "reopen"
    """The result was recorded by mistake."""
    MIGRATE = "migrate"
    """Another centre is responsible from now on (BK-05)."""


REMINDED = timedelta(days=1)
HERE = frozenset({BookingState.ARRIVED, BookingState.CALLED})
"""The citizen is in the office."""
STANDS = frozenset({BookingState.ASKED, BookingState.BOOKED, *HERE})
"""It has its slot."""
LEADS_TO: dict[BookingAct, tuple[frozenset[BookingState], BookingState | None]] = {
    BookingAct.WAIT: (frozenset({BookingState.ASKED, BookingState.CANCELLED}), BookingState.WAITING),
    BookingAct.ASK: (frozenset({BookingState.WAITING, BookingState.CANCELLED}), BookingState.ASKED),
    BookingAct.BOOK: (frozenset({BookingState.WAITING, BookingState.ASKED}), BookingState.BOOKED),
    BookingAct.MOVE: (frozenset({BookingState.BOOKED}), None),
    BookingAct.CANCEL: (frozenset({BookingState.WAITING, *STANDS}), BookingState.CANCELLED),
    BookingAct.RESTORE: (frozenset({BookingState.CANCELLED}), BookingState.BOOKED),
    BookingAct.ARRIVE: (frozenset({BookingState.BOOKED}), BookingState.ARRIVED),
    BookingAct.CALL: (frozenset({BookingState.BOOKED, BookingState.ARRIVED}), BookingState.CALLED),
    BookingAct.HOLD: (frozenset({BookingState.BOOKED, *HERE}), BookingState.HELD),
    BookingAct.MISS: (frozenset({BookingState.BOOKED, *HERE}), BookingState.NO_SHOW),
    BookingAct.REOPEN: (frozenset({BookingState.HELD, BookingState.NO_SHOW, *HERE}), BookingState.BOOKED),
    BookingAct.MIGRATE: (frozenset({BookingState.WAITING, *STANDS}), None),
}
"""Source states and target state of an action; None leaves it unchanged. WAIT, ASK and BOOK also create one."""
STATES = {
    BookingState.WAITING: "в листе ожидания", BookingState.ASKED: "ждёт подтверждения МФЦ", BookingState.BOOKED: "записан",
    BookingState.ARRIVED: "пришёл, ждёт вызова", BookingState.CALLED: "вызван к окну",
    BookingState.CANCELLED: "отменена", BookingState.HELD: "приём состоялся", BookingState.NO_SHOW: "не пришёл",
    BookingState.HANDED_OVER: "передана в другой центр"}


class Slot(Struct, frozen=True, omit_defaults=True, order=True):
    """Some minutes at one window of an office."""

    at: datetime
    """UTC."""
    window: str
    minutes: int

    @property
    def ends(self) -> datetime:
        return self.at + timedelta(minutes=self.minutes)

    def meets(self, other: "Slot") -> bool:
        return self.window == other.window and self.at < other.ends and other.at < self.ends


class Wish(Struct, frozen=True):
    """When a citizen on the waiting list can come."""

    since: datetime
    until: datetime


class BookingStep(Struct, frozen=True, omit_defaults=True):
    """One step. `by` is a login, or "" for the citizen and the hub."""

    at: datetime
    by: str
    act: BookingAct
    state: BookingState
    slot: Slot | None = None
    """Target of a move."""
    why: str = ""
    there: bool = False
    """Whether it was done in the external system of the office."""


class Claim(Document, frozen=True, tag="claim"):
    """A unique resource of one appointment: a slot, one of a person's places, an operator's draft.

    The first writer gets it, concurrent ones are refused by the store (BK-03).
    """

    key: str
    number: str
    until: datetime
    """From then on it is void."""


class Appointment(Stepped, frozen=True, omit_defaults=True, tag="appointment"):
    """`number` is unique in the country, among the numbers of cases; a code proves the ownership (cases/tracking.py)."""

    number: str
    office: str
    service: str
    conversation: int
    """In which it was made; 0 for one at another deployment (`origin`)."""
    person: str
    """`plain` address of the booking person."""
    centre: str
    """Code of the responsible centre (BK-05)."""
    place: str
    """The key of the claim to one of the person's places."""
    steps: tuple[BookingStep, ...]
    """Never empty."""
    name: str = ""
    """For calling the citizen at the office."""
    notify: str = ""
    """`plain` address for notifications, where the conversation does not reach the citizen."""
    slot: Slot | None = None
    wish: Wish | None = None
    told: int = 0
    """Number of steps that were notified; the rest is sent at the next start."""
    reminder: datetime | None = None
    """Time of the reminder; None once it was sent, or where the appointment is too near."""
    owes: bool = False
    """An external system must still be informed of its state."""
    origin: str = ""
    """Code of the centre on another deployment that has the conversation."""
    unconfirmed: bool = False
    """It was handed over, and the other centre has not confirmed that yet."""

    @property
    def state(self) -> BookingState:
        return self.steps[-1].state

    @property
    def stands(self) -> bool:
        return self.state in STANDS

    @property
    def keeper(self) -> str:
        """Code of the centre on another deployment that keeps it now, or ""."""
        return self.steps[-1].why if self.state is BookingState.HANDED_OVER else ""

    @property
    def made(self) -> datetime:
        return self.steps[0].at

    @property
    def sequence(self) -> int:
        """Number of changes of time or state, as calendars count it (RFC 5545 §3.8.7.4)."""
        return sum(step.act in {BookingAct.MOVE, BookingAct.CANCEL, BookingAct.RESTORE} for step in self.steps)

    @property
    def over(self) -> datetime:
        """When the appointment is over."""
        if self.slot is not None:
            return self.slot.ends
        return self.wish.until if self.wish is not None else self.steps[-1].at

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("numbered", self.number.partition("-")[0], given_order(self.number))
        if self.conversation:
            yield IndexEntry("conversation", str(self.conversation), self.made)
        if self.person:
            yield IndexEntry("person", self.person, self.made)
        if self.slot is not None:
            yield IndexEntry("office", self.office, self.slot.at)
            if self.stands:
                yield IndexEntry("taken", self.office, self.slot.at)
        if self.state is BookingState.WAITING:
            yield IndexEntry("waiting", self.office, self.made)
        if self.told < len(self.steps):
            yield IndexEntry("untold", at=self.made)
        if self.reminder is not None and self.state is BookingState.BOOKED:
            yield IndexEntry("remind", at=self.reminder)
        if self.owes:
            yield IndexEntry("owes", at=self.steps[-1].at)
        if self.unconfirmed:
            yield IndexEntry("unconfirmed", self.office, self.made)


class OfficeHandedOver(Document, frozen=True, tag="office_handed_over"):
    """The former booking centre of an office, on another deployment, has handed over all its appointments there (BK-05)."""

    key: str
    on: date
    """The last day on which it said so."""


class Wanted(Struct, frozen=True):
    """A wish. `key` is unique to the draft: a repeated one books nothing."""

    key: str
    office: str
    service: str
    conversation: int
    person: str
    """`plain` address of the person; appointments of one person are counted by it."""
    centre: str
    """Code of the requested centre."""
    at: datetime | None = None
    window: str = ""
    """"" is any free one."""
    wish: Wish | None = None
    """For the waiting list, where no time is given."""
    name: str = ""
    notify: str = ""

    @property
    def draft(self) -> str:
        """The key of the claim that makes it idempotent."""
        return f"draft/{self.conversation}/{self.key}"


def office_key(centre: str, office: str) -> str:
    """The key of an OfficeHandedOver."""
    return f"{centre}/{office}"


def place_key(rules: str, person: str, number: int) -> str:
    """The key of one of the person's places under the rules."""
    return f"person/{rules}/{person}/{number}"


def place_claim(made: Appointment) -> Claim:
    return Claim(made.place, made.number, made.over)


def slot_claim(office: str, slot: Slot, number: str) -> Claim:
    return Claim(f"slot/{office}/{slot.window}/{slot.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}", number, slot.ends)


def slot_claims(made: Appointment) -> tuple[Claim, ...]:
    """The claim of its slot, if it has one."""
    return (slot_claim(made.office, made.slot, made.number),) if made.slot is not None else ()


def reminding(made: Appointment, now: datetime) -> Appointment:
    """With its reminder, a day before; for nearer ones the confirmation suffices."""
    at = made.slot.at - REMINDED if made.slot is not None else None
    return replace(made, reminder=at if at is not None and at > now else None)


def stepped(before: Appointment, at: datetime, by: str, act: BookingAct, *, slot: Slot | None = None, why: str = "",
            there: bool = False) -> Appointment:
    """The appointment after an action. RefusedError("bad_step") for one that is not allowed in its state."""
    froms, state = LEADS_TO[act]
    if before.state not in froms:
        raise RefusedError("bad_step", f"Запись № {before.number} {STATES[before.state]}: так её не изменить.")
    step = BookingStep(max(at, before.steps[-1].at), by, act, state or before.state, slot, why, there)
    return replace(before, steps=(*before.steps, step), slot=slot or before.slot)


def handed_over(before: Appointment, at: datetime, keeper: str) -> Appointment:
    """What remains here of one that a centre on another deployment keeps from now on. RefusedError("bad_step") as in `stepped`."""
    after = stepped(before, at, "", BookingAct.MIGRATE, why=keeper)
    last = replace(after.steps[-1], state=BookingState.HANDED_OVER)
    return replace(after, steps=(*before.steps, last), owes=False, unconfirmed=True)


def at_keeper(handed: Appointment, code: str) -> Appointment:
    """A handed-over appointment as its new centre stores it: in its former state, without logins. `code` is the sender's."""
    *before, last = (replace(each, by="") for each in handed.steps)
    return replace(handed, conversation=0, origin=handed.origin or code, centre=handed.keeper, place="",
                   steps=(*before, replace(last, state=handed.steps[-2].state)), told=len(handed.steps), unconfirmed=False)
