"""The states of a case and their properties; the actions that lead from one to the next are in transitions.py (RQ-04). Pure.

registered ──► in_work ◄──► with_specialist      (a line of an МФЦ's specialists has it; one of them answers, or returns it)
    │           │   ▲ ╲
    │           │   │  ├──► sent ──► answered     (a body has it, and owes the answer)
    │           │   │  ╰──► entrusted ──► answered   (a centre on another deployment has it; ours still owes the answer)
    │           ▼   │
    │        suspended                            (the clock is stopped, and the citizen was informed)
    ╰──► forwarded · withdrawn · merged           (elsewhere permanently; by the citizen; part of another, until that is undone)
answered ──► closed; both ──► in_work again

A new state needs a member of CaseState, a row of STATES, and rows of transitions.py that lead to it and from it. Lists, alarms, reports,
Open311, retention and the desk's form follow; texts are in channels/web/case_words.py and in the desk's.
"""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct


class CaseState(StrEnum):
    REGISTERED = "registered"
    IN_WORK = "in_work"
    WITH_SPECIALIST = "with_specialist"
    SENT = "sent"
    ENTRUSTED = "entrusted"
    SUSPENDED = "suspended"
    ANSWERED = "answered"
    CLOSED = "closed"
    FORWARDED = "forwarded"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Act(StrEnum):
    """Actions on a case, and their names in steps."""

    REGISTER = "register"
    TAKE = "take"
    """An operator takes it, from another one if necessary."""
    HAND = "hand"
    """To a line of specialists of an МФЦ; the deadline is unchanged (RQ-03)."""
    RETURN = "return"
    """By the specialist, or by the body that had it."""
    SEND = "send"
    """To the body that must answer."""
    PASS = "pass"  # noqa: S105 - nobody's password
    """To a line of another centre of this hub, which becomes responsible (CM-09)."""
    FORWARD = "forward"
    """To an external body, which becomes responsible (59-ФЗ ст. 8 ч. 3)."""
    ENTRUST = "entrust"
    """To a centre on another deployment, which answers it; ours stays responsible until it is reported as answered (0090)."""
    RECALL = "recall"
    """Back from there, before an operator there has taken it."""
    ACCEPT = "accept"
    """An operator there has taken it."""
    GIVE_BACK = "give_back"
    """Back to the centre that delegated it."""
    ADD = "add"
    """The citizen adds something; the centre that has it is informed, too."""
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    """59-ФЗ ст. 12 ч. 2: once, with notice to the citizen."""
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    PART = "part"
    """A merge is undone: the case is as it was before."""


class Outcome(StrEnum):
    """Outcome of a case: exclusive columns of a report (figures.py)."""

    OPEN = "open"
    ANSWERED = "answered"
    PASSED = "passed"
    """Forwarded, or merged into another."""
    WITHDRAWN = "withdrawn"


class Holder(StrEnum):
    """Who has a case."""

    CENTRE = "centre"
    SPECIALIST = "specialist"
    AUTHORITY = "authority"
    """Named to the citizen."""
    REMOTE = "remote"
    """A centre on another deployment."""
    NOBODY = "nobody"


class StateTraits(Struct, frozen=True):
    title: str
    """In Russian, for operators and messages."""
    outcome: Outcome = Outcome.OPEN
    holder: Holder = Holder.NOBODY
    clock: bool = False
    """Whether an answer is owed and its term runs: due lists, alarms, the day told to the citizen."""
    final: bool = False
    """Nobody works on it any more, and nothing can be merged into it."""
    next: str = ""
    """What the citizen may expect, in a message."""


STATES: dict[CaseState, StateTraits] = {
    CaseState.REGISTERED: StateTraits(
        "зарегистрировано", holder=Holder.CENTRE, clock=True, next="Скоро его возьмёт в работу сотрудник."),
    CaseState.IN_WORK: StateTraits("в работе", holder=Holder.CENTRE, clock=True, next="Сотрудник готовит ответ."),
    CaseState.WITH_SPECIALIST: StateTraits(
        "у специалиста МФЦ", holder=Holder.SPECIALIST, clock=True, next="Ответ готовит специалист МФЦ."),
    CaseState.SENT: StateTraits("направлено в орган", holder=Holder.AUTHORITY, clock=True, next="Ответ готовит орган власти."),
    CaseState.ENTRUSTED: StateTraits(
        "в другом центре", holder=Holder.REMOTE, clock=True, next="Ответ готовит другой центр, а сообщит его этот."),
    CaseState.SUSPENDED: StateTraits("приостановлено", next="О возобновлении вам сообщат."),
    CaseState.ANSWERED: StateTraits("дан ответ", Outcome.ANSWERED, next="Если ответ неполный, напишите нам."),
    CaseState.CLOSED: StateTraits("завершено", Outcome.ANSWERED, final=True),
    CaseState.FORWARDED: StateTraits("передано по принадлежности", Outcome.PASSED, Holder.AUTHORITY, final=True),
    CaseState.WITHDRAWN: StateTraits("отозвано заявителем", Outcome.WITHDRAWN, final=True),
    CaseState.MERGED: StateTraits("объединено с другим", Outcome.PASSED, final=True)}


def _states(which: Callable[[StateTraits], bool]) -> frozenset[CaseState]:
    return frozenset(state for state, traits in STATES.items() if which(traits))


OPEN = _states(lambda each: each.outcome is Outcome.OPEN)
OWED = _states(lambda each: each.clock)
OWED_HERE = _states(lambda each: each.clock and each.holder is not Holder.REMOTE)
"""Answered by our centre, whoever has it."""
HERE = _states(lambda each: each.holder is Holder.CENTRE)
"""At the centre itself, which may still send it anywhere."""
OUTSIDE = _states(lambda each: each.holder in {Holder.AUTHORITY, Holder.REMOTE})
"""Not waiting for an operator of our lines."""
FINAL = _states(lambda each: each.final)
GONE = _states(lambda each: each.outcome in {Outcome.PASSED, Outcome.WITHDRAWN})
"""Ended without an answer of ours."""
