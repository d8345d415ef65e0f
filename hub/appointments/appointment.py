"""Appointments: who comes to which office at what time, and what became of it (BK-01). Pure.

waiting ──► booked ◄──► cancelled      (taken back while its slot is still free; who had waited, waits again in his place)
   │          │  ╲
   ▼          │   ╰──► arrived ──► called ──► held · no_show  (each is taken back: booked again)
cancelled     ╰──► asked ──► booked    (an outside system of slots has to agree first)

Who has come and who was called to a window only such a system tells (external_sync.py); elsewhere held and no_show follow at once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.cases.case import given_order
from hub.kernel.document import Document, Stepped
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry


class BookingState(StrEnum):
    WAITING = "waiting"
    """In the waiting list: the first slot that is freed and fits is his."""
    ASKED = "asked"
    """The slot is kept, and an outside system has not agreed yet."""
    BOOKED = "booked"
    ARRIVED = "arrived"
    """He is in the office, and waits there."""
    CALLED = "called"
    """To a window."""
    CANCELLED = "cancelled"
    HELD = "held"
    NO_SHOW = "no_show"


class BookingAct(StrEnum):
    """What is done with an appointment, and how its steps are told."""

    ASK = "ask"
    """An outside system is asked for a slot."""
    WAIT = "wait"
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    RESTORE = "restore"
    """A cancellation is taken back."""
    ARRIVE = "arrive"
    CALL = "call"
    """The office calls him to a window."""
    HOLD = "hold"
    """He came, and was received."""
    MISS = "miss"
    """He did not come."""
    REOPEN = "reopen"
    """What became of it was noted by mistake."""
    MIGRATE = "migrate"
    """Another centre keeps it from now on (BK-05)."""


REMINDED = timedelta(days=1)
HERE = frozenset({BookingState.ARRIVED, BookingState.CALLED})
"""He is in the office."""
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
"""From which states an act leads, and to which; None leaves it. WAIT, ASK and BOOK begin one, too."""
STATES = {
    BookingState.WAITING: "в листе ожидания", BookingState.ASKED: "ждёт подтверждения МФЦ", BookingState.BOOKED: "записан",
    BookingState.ARRIVED: "пришёл, ждёт вызова", BookingState.CALLED: "вызван к окну",
    BookingState.CANCELLED: "отменена", BookingState.HELD: "приём состоялся", BookingState.NO_SHOW: "не пришёл"}


class Slot(Struct, frozen=True, omit_defaults=True, order=True):
    """So many minutes at one window of an office."""

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
    """When somebody on the waiting list can come."""

    since: datetime
    until: datetime


class BookingStep(Struct, frozen=True, omit_defaults=True):
    """What was done. `by` is a login, or "" for the citizen himself and the hub."""

    at: datetime
    by: str
    act: BookingAct
    state: BookingState
    slot: Slot | None = None
    """Where it leads to another time."""
    why: str = ""
    there: bool = False
    """Whether it was done in the outside system that has the slots of the office."""


class Claim(Document, frozen=True, tag="claim"):
    """What only one appointment can have: a slot, one of the places that a person has, a draft of an operator.

    Whoever puts it first has it, and whoever comes at the same moment is refused by the store (BK-03).
    """

    key: str
    number: str
    until: datetime
    """From then on nobody minds who had it."""


class Appointment(Stepped, frozen=True, omit_defaults=True, tag="appointment"):
    """`number` is unique in the country, among the numbers of cases; a code proves whose it is (cases/tracking.py)."""

    number: str
    office: str
    service: str
    conversation: int
    """In which it was made."""
    person: str
    """`plain` address of whoever made it."""
    centre: str
    """Code of the centre that keeps it (BK-05)."""
    place: str
    """The key of the claim by which it counts among this person's."""
    steps: tuple[BookingStep, ...]
    """Never empty."""
    name: str = ""
    """How he is called up at the office."""
    notify: str = ""
    """`plain` address that is told, where the conversation does not reach him."""
    slot: Slot | None = None
    wish: Wish | None = None
    told: int = 0
    """How many of its steps he was told of; the rest is told at the next start."""
    reminder: datetime | None = None
    """When he is to be reminded; None once he was, or where it is too near for that."""
    owes: bool = False
    """An outside system of slots is still to be told how it stands."""

    @property
    def state(self) -> BookingState:
        return self.steps[-1].state

    @property
    def stands(self) -> bool:
        return self.state in STANDS

    @property
    def made(self) -> datetime:
        return self.steps[0].at

    @property
    def sequence(self) -> int:
        """How often its time or its being has changed, as calendars count it (RFC 5545 §3.8.7.4)."""
        return sum(step.act in {BookingAct.MOVE, BookingAct.CANCEL, BookingAct.RESTORE} for step in self.steps)

    @property
    def over(self) -> datetime:
        """When nothing is expected of it any more."""
        if self.slot is not None:
            return self.slot.ends
        return self.wish.until if self.wish is not None else self.steps[-1].at

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("numbered", self.number.partition("-")[0], given_order(self.number))
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


class Wanted(Struct, frozen=True):
    """What somebody wants. `key` is unique to the draft: sending it again books nothing twice."""

    key: str
    office: str
    service: str
    conversation: int
    person: str
    """`plain` address of his; by it appointments of one person are counted."""
    centre: str
    """Code of the centre that is asked."""
    at: datetime | None = None
    window: str = ""
    """"" is any that is free."""
    wish: Wish | None = None
    """For the waiting list, where no time is named."""
    name: str = ""
    notify: str = ""

    @property
    def draft(self) -> str:
        """The key of the claim by which it is booked once."""
        return f"draft/{self.conversation}/{self.key}"


def place_key(rules: str, person: str, number: int) -> str:
    """Of one of the places that a person has by some rules."""
    return f"person/{rules}/{person}/{number}"


def place_claim(made: Appointment) -> Claim:
    return Claim(made.place, made.number, made.over)


def slot_claim(office: str, slot: Slot, number: str) -> Claim:
    return Claim(f"slot/{office}/{slot.window}/{slot.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}", number, slot.ends)


def slot_claims(made: Appointment) -> tuple[Claim, ...]:
    """That of the slot, where it has one."""
    return (slot_claim(made.office, made.slot, made.number),) if made.slot is not None else ()


def reminding(made: Appointment, now: datetime) -> Appointment:
    """With its reminder, a day before it begins; whoever comes sooner was told just now."""
    at = made.slot.at - REMINDED if made.slot is not None else None
    return replace(made, reminder=at if at is not None and at > now else None)


def stepped(before: Appointment, at: datetime, by: str, act: BookingAct, *, slot: Slot | None = None, why: str = "",
            there: bool = False) -> Appointment:
    """The appointment after an act. RefusedError("bad_step") for one that none of this state takes."""
    froms, state = LEADS_TO[act]
    if before.state not in froms:
        raise RefusedError("bad_step", f"Запись № {before.number} {STATES[before.state]}: так её не изменить.")
    step = BookingStep(max(at, before.steps[-1].at), by, act, state or before.state, slot, why, there)
    return replace(before, steps=(*before.steps, step), slot=slot or before.slot)
