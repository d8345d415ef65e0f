"""Which acts a case takes in which state, and what becomes of it; the drawing is in cases.py (RQ-04). Pure."""

from datetime import datetime

from msgspec.structs import replace

from hub.cases import HERE, OPEN, WORKED, Act, Case, CaseState, CaseStep
from hub.errors import RefusedError

LEADS_TO: dict[Act, tuple[frozenset[CaseState], CaseState | None]] = {
    Act.TAKE: (frozenset({*HERE, CaseState.WITH_SPECIALIST}), None),
    Act.HAND: (HERE, CaseState.WITH_SPECIALIST),
    Act.RETURN: (frozenset({CaseState.WITH_SPECIALIST, CaseState.SENT}), CaseState.IN_WORK),
    Act.SEND: (HERE | {CaseState.SENT}, CaseState.SENT),  # again, to the next one above: the first has stayed silent
    Act.PASS: (HERE, CaseState.REGISTERED),
    Act.FORWARD: (HERE, CaseState.FORWARDED),
    Act.SUSPEND: (HERE, CaseState.SUSPENDED),
    Act.RESUME: (frozenset({CaseState.SUSPENDED}), CaseState.IN_WORK),
    Act.EXTEND: (WORKED, None),
    Act.ANSWER: (WORKED, CaseState.ANSWERED),
    Act.CLOSE: (frozenset({CaseState.ANSWERED}), CaseState.CLOSED),
    Act.REOPEN: (frozenset({CaseState.ANSWERED, CaseState.CLOSED}), CaseState.IN_WORK),
    Act.WITHDRAW: (OPEN, CaseState.WITHDRAWN),
    Act.MERGE: (HERE, CaseState.MERGED),
    Act.PART: (frozenset({CaseState.MERGED}), None),
}
"""From which states an act leads, and to which; None leaves it, but for TAKE and PART, which `after` tells."""
STATES = {
    CaseState.REGISTERED: "зарегистрировано", CaseState.IN_WORK: "в работе", CaseState.WITH_SPECIALIST: "у специалиста МФЦ",
    CaseState.SENT: "направлено в орган", CaseState.SUSPENDED: "приостановлено", CaseState.ANSWERED: "дан ответ",
    CaseState.CLOSED: "завершено",
    CaseState.FORWARDED: "передано по принадлежности", CaseState.WITHDRAWN: "отозвано заявителем", CaseState.MERGED: "объединено с другим"}
ACTS = {
    Act.REGISTER: "зарегистрировать", Act.TAKE: "взять в работу", Act.HAND: "передать специалисту МФЦ", Act.RETURN: "вернуть",
    Act.SEND: "направить в орган", Act.PASS: "передать другому центру", Act.FORWARD: "переслать по принадлежности",
    Act.SUSPEND: "приостановить", Act.RESUME: "возобновить", Act.EXTEND: "продлить срок", Act.ANSWER: "ответить",
    Act.CLOSE: "завершить", Act.REOPEN: "возобновить рассмотрение", Act.WITHDRAW: "отозвать", Act.MERGE: "объединить",
    Act.PART: "разъединить"}


def check_state(case: Case, act: Act) -> None:
    """Raises RefusedError for an act that no case of this state takes (RQ-04)."""
    if case.state not in LEADS_TO[act][0]:
        raise RefusedError("bad_step", f"Из состояния «{STATES[case.state]}» это не делается: {ACTS[act]}.")


def stepped(case: Case, step_at: datetime, by: str, act: Act, *, why: str = "", to: str = "") -> Case:
    """The case after an act. Raises RefusedError for one that no case of this state takes (RQ-04)."""
    check_state(case, act)
    _, state = LEADS_TO[act]
    if act is Act.EXTEND and case.extended:
        raise RefusedError("bad_step", "Срок уже продлевали: второй раз нельзя (59-ФЗ ст. 12 ч. 2).")
    if act is Act.TAKE and case.state is CaseState.REGISTERED:
        state = CaseState.IN_WORK
    if act is Act.PART:
        state = case.steps[-2].state
    step = CaseStep(max(step_at, case.steps[-1].at), by, act, state or case.state, why, to)
    case = replace(case, steps=(*case.steps, step))
    match act:
        case Act.TAKE:
            return replace(case, worker=by)
        case Act.HAND:
            return replace(case, line=to, worker="")
        case Act.PASS:
            return replace(case, line=to, home=to, worker="")
        case Act.RETURN:
            return replace(case, line=case.home, worker="")
        case Act.RESUME:  # the clock stood meanwhile
            return replace(case, due=case.due + (step.at - case.steps[-2].at), worker=by)
        case _:
            return case
