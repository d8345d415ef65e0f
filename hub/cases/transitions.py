"""The table of actions on a case: source states, permissions, required text, notifications; the diagram is in state.py.

Derived from it are the desk's forms, refusals, messages to citizens and other systems, the copy of a citizen's data, and the meaning
of steps at other deployments (RQ-04, 0104). Pure.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.cases.case import Case, CaseStep, DelegatedTo, handing_of
from hub.cases.state import HERE, OPEN, OWED_HERE, STATES, Act, CaseState, Holder
from hub.kernel.errors import RefusedError

MOST_ADDED = 30_000
"""Most characters of additions to a case: it is sent as a whole, and an envelope has 256 KiB."""


class Who(StrEnum):
    """Who may do it; a supervisor of the centre may do all."""

    SEES = "sees"
    """Everybody who sees the case: the citizen may have told anybody."""
    LINE = "line"
    """Everybody who serves its line."""
    WORKER = "worker"
    HUB = "hub"
    """Only the hub."""


class Need(StrEnum):
    """Required input of an action: the first five name the target, in `to`, the others are the text, in `why`."""

    LINE = "line"
    CENTRE = "centre"
    """On another deployment."""
    AUTHORITY = "authority"
    """From the knowledge base, or in words."""
    BODY = "body"
    """From the knowledge base, or in words: it becomes responsible."""
    CASE = "case"
    REASON = "reason"
    """A notice requires a reason (59-ФЗ ст. 12 ч. 2)."""
    ANSWER = "answer"
    ADDITION = "addition"

    @property
    def worded(self) -> bool:
        return self in {Need.REASON, Need.ANSWER, Need.ADDITION}


class Bar(Struct, frozen=True):
    """Conditions besides the state that forbid an action."""

    forbids: Callable[[Case], bool]
    refusal: str


class Notice(Struct, frozen=True):
    """The citizen's notice of a step.

    `message` has the placeholders {number}, {due}, {to}, {why} as it was said, {reason} as a sentence, {law} and {offer}; `history`
    is the form for the list of steps, in a copy of the citizen's data.
    """

    message: str
    history: str


class Mirror(Struct, frozen=True):
    """Effect here of the action at a centre on another deployment: action, source states, target state."""

    act: Act
    sources: frozenset[CaseState]
    target: CaseState
    term: bool = False
    """Whether the deadline there applies here from then on."""


class Transition(Struct, frozen=True):
    title: str
    """In Russian, as an infinitive."""
    event: str
    """The last part of the event's type: ru.okno.case.…"""
    moves: Mapping[CaseState, CaseState | None]
    """From each allowed state to the next one; None is the state before the last step."""
    who: Who = Who.WORKER
    needs: tuple[Need, ...] = ()
    bars: tuple[Bar, ...] = ()
    notice: Notice | None = None
    """None: shown to operators only."""
    main: bool = False
    """The usual action: the desk shows it first."""
    incidental: bool = False
    """It does not change the state."""
    reaches_remote: bool = False
    """Allowed also while a centre on another deployment has the case, which is informed."""
    federal: bool = False
    """Visible to the federal centre, which knows where a case is and no more (FD-04, D19)."""
    mirror: Mirror | None = None

    @property
    def to(self) -> Need | None:
        """The kind of a step's `to`."""
        return next((each for each in self.needs if not each.worded), None)

    @property
    def worded(self) -> bool:
        return any(each.worded for each in self.needs)


def _from(*sources: CaseState, to: CaseState | None) -> dict[CaseState, CaseState | None]:
    return dict.fromkeys(sources, to)


def _stays(*states: CaseState) -> dict[CaseState, CaseState | None]:
    return {state: state for state in states}


_IN_WORK, _ENTRUSTED, _SUSPENDED = CaseState.IN_WORK, CaseState.ENTRUSTED, CaseState.SUSPENDED
_THERE = frozenset({_ENTRUSTED, _SUSPENDED})
_PASSED = "Обращение № {number} передано: {to}.{reason}"
_RESUMED = "Рассмотрение обращения № {number} возобновлено. Ответ — до {due}."


def _awaited_elsewhere(case: Case) -> bool:
    return case.origin is not None


TRANSITIONS: dict[Act, Transition] = {
    Act.TAKE: Transition(
        "взять в работу", "taken", _from(CaseState.REGISTERED, to=_IN_WORK) | _stays(_IN_WORK, CaseState.WITH_SPECIALIST),
        who=Who.LINE, main=True, mirror=Mirror(Act.ACCEPT, frozenset({_ENTRUSTED}), _ENTRUSTED)),
    Act.HAND: Transition(
        "передать специалисту МФЦ", "handed", _from(*HERE, to=CaseState.WITH_SPECIALIST), needs=(Need.LINE,)),
    Act.RETURN: Transition(
        "вернуть", "returned", _from(CaseState.WITH_SPECIALIST, CaseState.SENT, to=_IN_WORK), needs=(Need.REASON,)),
    Act.SEND: Transition(  # repeated for the next superior body: the first has stayed silent
        "направить в орган", "sent", _from(*HERE, CaseState.SENT, to=CaseState.SENT), needs=(Need.AUTHORITY,),
        notice=Notice(_PASSED, "направлено в орган")),
    Act.PASS: Transition(
        "передать другому центру", "passed", _from(*HERE, to=CaseState.REGISTERED), needs=(Need.LINE,), federal=True,
        notice=Notice(_PASSED, "передано другому центру")),
    Act.FORWARD: Transition(
        "переслать по принадлежности", "forwarded", _from(*HERE, to=CaseState.FORWARDED), needs=(Need.BODY, Need.REASON),
        notice=Notice(_PASSED, "передано по принадлежности"), mirror=Mirror(Act.FORWARD, _THERE, CaseState.FORWARDED)),
    Act.ENTRUST: Transition(
        "направить в другой центр", "entrusted", _from(*HERE, to=_ENTRUSTED), needs=(Need.CENTRE, Need.REASON), federal=True,
        notice=Notice(_PASSED, "направлено в другой центр")),
    Act.RECALL: Transition(
        "забрать из другого центра", "recalled", _from(_ENTRUSTED, to=_IN_WORK), reaches_remote=True,
        bars=(Bar(lambda case: case.away is not None and case.away.taken is not None,
                  "Там обращение уже взяли в работу: попросите его вернуть."),)),
    Act.GIVE_BACK: Transition(
        "вернуть направившему центру", "given_back", _from(*HERE, to=CaseState.FORWARDED), needs=(Need.REASON,),
        bars=(Bar(lambda case: case.origin is None, "Обращение пришло не из другого центра."),),
        mirror=Mirror(Act.RETURN, _THERE, _IN_WORK)),
    Act.ADD: Transition(  # a body has its own documents
        "дополнить", "added", _stays(*(OPEN - {CaseState.SENT})), who=Who.SEES, needs=(Need.ADDITION,), incidental=True,
        reaches_remote=True, notice=Notice("Обращение № {number} дополнено:\n{why}", "дополнено")),
    Act.SUSPEND: Transition(
        "приостановить", "suspended", _from(*HERE, to=_SUSPENDED), needs=(Need.REASON,),
        bars=(Bar(lambda case: not case.ruling.suspendable, "Рассмотрение по этому закону не приостанавливают."),),
        notice=Notice("Рассмотрение обращения № {number} приостановлено.{reason}", "приостановлено"),
        mirror=Mirror(Act.SUSPEND, frozenset({_ENTRUSTED}), _SUSPENDED)),
    Act.RESUME: Transition(
        "возобновить", "resumed", _from(_SUSPENDED, to=_IN_WORK), notice=Notice(_RESUMED, "возобновлено"),
        mirror=Mirror(Act.RESUME, frozenset({_SUSPENDED}), _ENTRUSTED, term=True)),
    Act.EXTEND: Transition(
        "продлить срок", "extended", _stays(*OWED_HERE), needs=(Need.REASON,), incidental=True,
        bars=(Bar(lambda case: case.extended or not case.ruling.extend_days, "Этот срок больше не продлевают."),),
        notice=Notice("Срок ответа на обращение № {number} продлён до {due}.{reason}", "срок продлён"),
        mirror=Mirror(Act.EXTEND, frozenset({_ENTRUSTED}), _ENTRUSTED, term=True)),
    Act.ANSWER: Transition(
        "ответить", "answered", _from(*OWED_HERE, to=CaseState.ANSWERED), needs=(Need.ANSWER,), main=True,
        notice=Notice("Ответ на обращение № {number}:\n{why}", "дан ответ"), mirror=Mirror(Act.ANSWER, _THERE, CaseState.ANSWERED)),
    Act.CLOSE: Transition(
        "завершить", "closed", _from(CaseState.ANSWERED, to=CaseState.CLOSED),
        mirror=Mirror(Act.CLOSE, frozenset({CaseState.ANSWERED}), CaseState.CLOSED)),
    Act.REOPEN: Transition(
        "возобновить рассмотрение", "reopened", _from(CaseState.ANSWERED, CaseState.CLOSED, to=_IN_WORK), needs=(Need.REASON,),
        bars=(Bar(_awaited_elsewhere, "Ответ уже передан: возобновляет центр, который направил обращение."),),
        notice=Notice(_RESUMED, "возобновлено")),
    Act.WITHDRAW: Transition(
        "отозвать", "withdrawn", _from(*OPEN, to=CaseState.WITHDRAWN), needs=(Need.REASON,), reaches_remote=True,
        notice=Notice("Обращение № {number} отозвано по вашей просьбе.", "отозвано вами"),
        mirror=Mirror(Act.WITHDRAW, _THERE, CaseState.WITHDRAWN)),
    Act.MERGE: Transition(
        "объединить", "merged", _from(*HERE, to=CaseState.MERGED), needs=(Need.CASE,),
        bars=(Bar(_awaited_elsewhere, "Ответа на это обращение ждёт другой центр."),),
        notice=Notice("Обращение № {number} рассматривается вместе с обращением № {to}.", "объединено с другим")),
    Act.PART: Transition(
        "разъединить", "parted", _from(CaseState.MERGED, to=None),
        notice=Notice("Обращение № {number} снова рассматривается отдельно.", "разъединено")),
    Act.REGISTER: Transition(
        "зарегистрировать", "registered", {}, who=Who.HUB, federal=True,
        notice=Notice("Обращение зарегистрировано: № {number}{law}. Ответ — до {due}.{offer}", "зарегистрировано")),
    Act.ACCEPT: Transition("принять в другом центре", "accepted", {}, who=Who.HUB)}
"""In the desk's order."""


def moved(case: Case) -> CaseStep:
    """The step that led to the current state: additions and extensions do not count."""
    return next(step for step in reversed(case.steps) if not TRANSITIONS[step.act].incidental)


def authority_of(case: Case) -> str:
    """The body that has it, as named to the citizen; "" for none."""
    return moved(case).to if STATES[case.state].holder is Holder.AUTHORITY else ""


def check_bars(case: Case, act: Act) -> None:
    """Raises RefusedError("bad_step") for an action forbidden by a condition of this case, whatever its state."""
    transition = TRANSITIONS[act]
    if case.elsewhere and not transition.reaches_remote:
        raise RefusedError("bad_step", "Обращение сейчас в другом центре.")
    for bar in transition.bars:
        if bar.forbids(case):
            raise RefusedError("bad_step", bar.refusal)


def check_state(case: Case, act: Act) -> None:
    """Raises RefusedError("bad_step") for an action that is not allowed in its state (RQ-04)."""
    if case.state not in TRANSITIONS[act].moves:
        raise RefusedError("bad_step", f"Из состояния «{STATES[case.state].title}» это не делается: {TRANSITIONS[act].title}.")


def apply(case: Case, step_at: datetime, by: str, act: Act, *, why: str = "", to: str = "") -> Case:
    """The case after an action. Raises RefusedError for one that is not allowed in its state (RQ-04)."""
    check_state(case, act)
    if act is Act.ADD and len(why) + sum(len(each.why) for each in case.steps if each.act is Act.ADD) > MOST_ADDED:
        raise RefusedError("too_much", "Дополнений уже слишком много: зарегистрируйте новое обращение.")
    state = TRANSITIONS[act].moves[case.state] or case.steps[-2].state
    step = CaseStep(max(step_at, case.steps[-1].at), by, act, state, why, to)
    return _after(case, step)


def _after(before: Case, step: CaseStep) -> Case:
    """The case with a step: its line and its operator."""
    case = replace(before, steps=(*before.steps, step))
    change: dict[str, object]
    match step.act:
        case Act.TAKE:
            change = {"worker": step.by}
        case Act.HAND:
            change = {"line": step.to, "worker": ""}
        case Act.PASS:
            change = {"line": step.to, "home": step.to, "worker": ""}
        case Act.RETURN:
            change = {"line": case.home, "worker": ""}
        case Act.ENTRUST:
            sending = sum(each.act is Act.ENTRUST for each in case.steps)
            change = {"line": case.home, "away": DelegatedTo(handing_of(case.number, sending), step.to)}
        case Act.RECALL:
            change = {"away": None, "worker": step.by}
        case Act.REOPEN:
            change = {"away": None}
        case Act.RESUME:  # the clock was stopped meanwhile
            change = {"due": case.due + (step.at - moved(before).at), "worker": step.by}
        case _:
            return case
    return replace(case, **change)
