"""Which acts a case takes in which state, and what becomes of it; the drawing is in case.py (RQ-04). Pure."""

from datetime import datetime

from msgspec.structs import replace

from hub.cases.case import HERE, OPEN, WORKED, Act, Case, CaseState, CaseStep
from hub.cases.remote import DelegatedTo, handing_of
from hub.kernel.errors import RefusedError

OURS = WORKED - {CaseState.ENTRUSTED}
"""Answered by our centre, whoever else it was sent to."""
MOST_ADDED = 30_000
"""So many signs may be added to a case: it travels whole, and a parcel has 256 KiB."""
TRANSITIONS: dict[Act, tuple[frozenset[CaseState], CaseState | None]] = {
    Act.TAKE: (frozenset({*HERE, CaseState.WITH_SPECIALIST}), None),
    Act.HAND: (HERE, CaseState.WITH_SPECIALIST),
    Act.RETURN: (frozenset({CaseState.WITH_SPECIALIST, CaseState.SENT}), CaseState.IN_WORK),
    Act.SEND: (HERE | {CaseState.SENT}, CaseState.SENT),  # again, to the next one above: the first has stayed silent
    Act.PASS: (HERE, CaseState.REGISTERED),
    Act.FORWARD: (HERE, CaseState.FORWARDED),
    Act.ENTRUST: (HERE, CaseState.ENTRUSTED),
    Act.RECALL: (frozenset({CaseState.ENTRUSTED}), CaseState.IN_WORK),
    Act.GIVE_BACK: (HERE, CaseState.FORWARDED),
    Act.ADD: (OPEN - {CaseState.SENT}, None),  # a body has its own paper
    Act.SUSPEND: (HERE, CaseState.SUSPENDED),
    Act.RESUME: (frozenset({CaseState.SUSPENDED}), CaseState.IN_WORK),
    Act.EXTEND: (OURS, None),
    Act.ANSWER: (OURS, CaseState.ANSWERED),
    Act.CLOSE: (frozenset({CaseState.ANSWERED}), CaseState.CLOSED),
    Act.REOPEN: (frozenset({CaseState.ANSWERED, CaseState.CLOSED}), CaseState.IN_WORK),
    Act.WITHDRAW: (OPEN, CaseState.WITHDRAWN),
    Act.MERGE: (HERE, CaseState.MERGED),
    Act.PART: (frozenset({CaseState.MERGED}), None),
    Act.REGISTER: (frozenset(), None),
    Act.ACCEPT: (frozenset(), None),
}
"""From which states an act leads, and to which; None leaves it, but for TAKE and PART, which `after` tells.

What another centre does with it is in remote_messages.py.
"""
STATES = {
    CaseState.REGISTERED: "зарегистрировано", CaseState.IN_WORK: "в работе", CaseState.WITH_SPECIALIST: "у специалиста МФЦ",
    CaseState.SENT: "направлено в орган", CaseState.ENTRUSTED: "в другом центре", CaseState.SUSPENDED: "приостановлено",
    CaseState.ANSWERED: "дан ответ", CaseState.CLOSED: "завершено",
    CaseState.FORWARDED: "передано по принадлежности", CaseState.WITHDRAWN: "отозвано заявителем", CaseState.MERGED: "объединено с другим"}
ACTS = {
    Act.REGISTER: "зарегистрировать", Act.TAKE: "взять в работу", Act.HAND: "передать специалисту МФЦ", Act.RETURN: "вернуть",
    Act.SEND: "направить в орган", Act.PASS: "передать другому центру", Act.FORWARD: "переслать по принадлежности",
    Act.ENTRUST: "направить в другой центр", Act.RECALL: "забрать из другого центра", Act.ACCEPT: "принять в другом центре",
    Act.GIVE_BACK: "вернуть направившему центру", Act.ADD: "дополнить", Act.SUSPEND: "приостановить", Act.RESUME: "возобновить",
    Act.EXTEND: "продлить срок",
    Act.ANSWER: "ответить", Act.CLOSE: "завершить", Act.REOPEN: "возобновить рассмотрение", Act.WITHDRAW: "отозвать",
    Act.MERGE: "объединить", Act.PART: "разъединить"}


def check_state(case: Case, act: Act) -> None:
    """Raises RefusedError for an act that no case of this state takes (RQ-04)."""
    if case.state not in TRANSITIONS[act][0]:
        raise RefusedError("bad_step", f"Из состояния «{STATES[case.state]}» это не делается: {ACTS[act]}.")


def apply(case: Case, step_at: datetime, by: str, act: Act, *, why: str = "", to: str = "") -> Case:
    """The case after an act. Raises RefusedError for one that no case of this state takes (RQ-04)."""
    check_state(case, act)
    _, state = TRANSITIONS[act]
    if act is Act.EXTEND and case.extended:
        raise RefusedError("bad_step", "Срок уже продлевали: второй раз нельзя (59-ФЗ ст. 12 ч. 2).")
    if act is Act.ADD and len(why) + sum(len(each.why) for each in case.steps if each.act is Act.ADD) > MOST_ADDED:
        raise RefusedError("too_much", "Дополнений уже слишком много: зарегистрируйте новое обращение.")
    if act is Act.TAKE and case.state is CaseState.REGISTERED:
        state = CaseState.IN_WORK
    if act is Act.PART:
        state = case.steps[-2].state
    step = CaseStep(max(step_at, case.steps[-1].at), by, act, state or case.state, why, to)
    return _moved(case, step)


def _moved(before: Case, step: CaseStep) -> Case:
    """The case with a step: where it lies now, and who works on it."""
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
        case Act.RESUME:  # the clock stood meanwhile
            change = {"due": case.due + (step.at - before.moved.at), "worker": step.by}
        case _:
            return case
    return replace(case, **change)
