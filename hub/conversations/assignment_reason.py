"""Reason of an assignment: the facts of a choice, whether it follows from them, and a sentence for the desk. Pure."""

from enum import StrEnum

from msgspec import Struct


class AssignmentRule(StrEnum):
    """The rule that made the choice."""

    IDLE = "idle"
    """The conversation arrived, and of the free operators the longest idle was chosen; see also `spared`."""
    WAITING = "waiting"
    """The operator became free, and the longest waiting conversation was chosen."""
    PREFERRED = "preferred"
    """The operator served this citizen recently."""
    WANTED = "wanted"
    """The conversation was transferred to the operator."""
    URGENT = "urgent"
    """Danger to life and no free operator: the least busy was chosen."""


class PriorityCause(StrEnum):
    """Why a conversation counts as having waited longer (hub/dispatch/priority.py)."""

    DANGER = "danger"
    PROMISE = "promise"
    """The promised answer is nearly due, or overdue."""
    PERSONAL = "personal"
    """It was transferred to this operator."""
    RETURNED = "returned"
    """The citizen's talk broke off, or they return within hours."""
    RULE = "rule"
    """A rule of the centre."""


URGENT_S = 1e8
"""Added to the wait where life is in danger, so that it precedes every priority: about three years."""


class AssignmentReason(Struct, frozen=True, gc=False, omit_defaults=True):
    """The facts of a choice, so that it can be verified from the journal."""

    rule: AssignmentRule
    ring: int
    """How far the requirements had been widened, from 0."""
    waited_s: float
    priority_s: float
    idle_s: float
    """How long the operator had received nothing new."""
    rival: str = ""
    """The next best candidate: an operator's login (IDLE), or a conversation's id (WAITING)."""
    rival_s: float = 0
    """Idle time of the rival, or its wait including its priority."""
    spared: bool = False
    """IDLE: few operators had no conversation and were spared for calls; of the others the busiest with room was chosen."""
    cause: str = ""
    """Of the priority: a PriorityCause, or the title of a centre's rule."""


CAUSES: dict[str, str] = {
    PriorityCause.PROMISE: "подходит или прошёл срок обещанного ответа", PriorityCause.PERSONAL: "передано лично",
    PriorityCause.RETURNED: "гражданин вернулся, или его разговор прервался"}
"""Of causes that need words."""


def is_right(why: AssignmentReason) -> bool:
    """Whether the choice follows from its own facts: no better candidate was passed over (CH-08)."""
    match why.rule:
        case AssignmentRule.IDLE:
            return not why.rival or why.idle_s >= why.rival_s
        case AssignmentRule.WAITING:
            return not why.rival or why.waited_s + why.priority_s >= why.rival_s
        case _:
            return True


def sentence(why: AssignmentReason, operator: str, rival: str) -> str:
    """The choice in one Russian sentence for the desk; `operator` and `rival` are names, or the rival's conversation number."""
    ring = f" Требования расширены (круг {why.ring + 1})." if why.ring else ""
    if why.cause and 0 < why.priority_s < URGENT_S:
        ring += f" Приоритет: {CAUSES.get(why.cause, why.cause)}, считается за {_span(why.priority_s)} ожидания."
    waited = f"гражданин ждал {_span(why.waited_s)}"
    if why.priority_s >= URGENT_S and why.rule is not AssignmentRule.URGENT:
        return f"Опасность для жизни: обращение впереди всех, предложено оператору {operator}; {waited}.{ring}"
    match why.rule:
        case AssignmentRule.WANTED:
            return f"Обращение передано лично оператору {operator}; {waited}.{ring}"
        case AssignmentRule.URGENT:
            return f"Опасность для жизни, а свободных нет: оператор {operator} занят меньше всех; {waited}.{ring}"
        case AssignmentRule.PREFERRED:
            return f"Оператор {operator} недавно отвечал этому гражданину, поэтому предложено ему первому; {waited}."
        case AssignmentRule.IDLE:
            other = f", следующий — {rival}: {_span(why.rival_s)}" if rival else ""
            idle = f"Оператор {operator} свободен дольше всех подходящих: {_span(why.idle_s)}{other}"
            spared = f"У оператора {operator} есть место рядом с его обращениями, а немногие свободные остаются для звонков"
            return f"{spared if why.spared else idle}; {waited}.{ring}"
        case AssignmentRule.WAITING:
            counted = f" (с приоритетом считается {_span(why.waited_s + why.priority_s)})" if why.priority_s > 0 else ""
            other = f", следующее — {rival}: {_span(why.rival_s)}" if rival else ""
            longest = f"это обращение ждало дольше всех подходящих: {_span(why.waited_s)}{counted}{other}"
            return f"Оператор {operator} освободился, и {longest}.{ring}"


def _span(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} с"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} мин {rest} с" if minutes < 60 else f"{minutes // 60} ч {minutes % 60} мин"  # noqa: PLR2004 - an hour
