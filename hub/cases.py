"""What is registered and must be answered: inquiry, request, complaint, notice of outdated information (RQ-01…RQ-04). Pure.

registered ──► in_work ◄──► with_specialist      (an МФЦ's specialist has it; he answers, or returns it)
    │           │   ▲ ╲
    │           │   │  ╰──► sent ──► answered     (a body has it, and owes the answer)
    │           ▼   │
    │        suspended                            (the clock stands, and the citizen was told)
    ╰──► forwarded · withdrawn · merged           (elsewhere for ever; by himself; part of another)
answered ──► closed, or in_work again
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.errors import RefusedError
from hub.marks import Mark
from hub.territory import Place


class Kind(StrEnum):
    INQUIRY = "inquiry"
    REQUEST = "request"
    COMPLAINT = "complaint"
    OUTDATED = "outdated"
    """Information that is wrong or too old: a notice to whoever answers for it (AL-10)."""


class State(StrEnum):
    REGISTERED = "registered"
    IN_WORK = "in_work"
    WITH_SPECIALIST = "with_specialist"
    SENT = "sent"
    SUSPENDED = "suspended"
    ANSWERED = "answered"
    CLOSED = "closed"
    FORWARDED = "forwarded"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


OVER = frozenset({State.CLOSED, State.FORWARDED, State.WITHDRAWN, State.MERGED})
OPEN = frozenset({State.REGISTERED, State.IN_WORK, State.WITH_SPECIALIST, State.SENT, State.SUSPENDED})
LEADS_TO: dict[State, frozenset[State]] = {
    State.REGISTERED: frozenset({State.IN_WORK, State.SENT, State.ANSWERED, State.FORWARDED, State.WITHDRAWN, State.MERGED}),
    State.IN_WORK: frozenset({State.WITH_SPECIALIST, State.SENT, State.SUSPENDED, State.ANSWERED, State.FORWARDED, State.WITHDRAWN,
                              State.MERGED}),
    State.WITH_SPECIALIST: frozenset({State.IN_WORK, State.ANSWERED, State.WITHDRAWN}),
    State.SENT: frozenset({State.IN_WORK, State.ANSWERED, State.WITHDRAWN}),
    State.SUSPENDED: frozenset({State.IN_WORK, State.WITHDRAWN}),
    State.ANSWERED: frozenset({State.CLOSED, State.IN_WORK}),
} | dict.fromkeys(OVER, frozenset())
"""A merged case is opened again by taking the merge back, which is no step of its own."""


class Step(Struct, frozen=True, omit_defaults=True):
    """What became of a case. `by` is a login, or "" for the hub itself."""

    at: datetime
    by: str
    state: State
    why: str = ""
    due: datetime | None = None
    """Where it is another one from then on."""


class Case(Struct, frozen=True, omit_defaults=True, tag="case"):
    """One matter, over as many conversations as it takes. `number` is unique in the country (numbers.py)."""

    number: str
    kind: Kind
    topic: str
    text: str
    """In the citizen's words, or as it was read back to him."""
    conversation: int
    """In which it was registered."""
    address: str
    """`str(Address)` of whoever is answered; "" where nobody is."""
    steps: tuple[Step, ...]
    """From registration on; never empty."""
    place: Place = Place()
    service: str = ""
    """Key of the public service that it is about."""
    authority: str = ""
    """Key of the body that it is about."""

    @property
    def state(self) -> State:
        return self.steps[-1].state

    @property
    def registered(self) -> datetime:
        return self.steps[0].at

    @property
    def due(self) -> datetime | None:
        """Until when the answer is owed."""
        return next((step.due for step in reversed(self.steps) if step.due), None)

    def marks(self) -> Iterator[Mark]:
        yield Mark("all", at=self.registered)
        yield Mark("conversation", str(self.conversation), self.registered)
        yield Mark("state", self.state, self.registered)
        yield Mark("topic", self.topic, self.registered)
        if self.due and self.state in OPEN:
            yield Mark("due", at=self.due)


def moved(case: Case, step: Step) -> Case:
    """Raises RefusedError for a step that no case of this state takes (RQ-04)."""
    if step.state not in LEADS_TO[case.state]:
        raise RefusedError("bad_step", f"Из состояния «{case.state}» обращение не переходит в «{step.state}».")
    return replace(case, steps=(*case.steps, step))
