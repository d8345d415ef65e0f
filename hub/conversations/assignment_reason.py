"""Why it was this operator: the facts of a choice, whether it follows from them, and the choice in one sentence. Pure."""

from enum import StrEnum

from msgspec import Struct


class AssignmentRule(StrEnum):
    """Which side the choice fell on."""

    IDLE = "idle"
    """The conversation came, and of those who were free the longest idle was chosen."""
    WAITING = "waiting"
    """The operator became free, and of what waited the longest waiting was chosen."""
    PREFERRED = "preferred"
    """He served this citizen lately."""
    WANTED = "wanted"
    """It was transferred to him."""
    URGENT = "urgent"
    """Life is in danger and nobody was free: he was the least busy."""


URGENT_S = 1e8
"""Whoever is in danger goes before all others, whatever their priority: as if he had come three years sooner."""


class AssignmentReason(Struct, frozen=True, gc=False, omit_defaults=True):
    """The facts a choice was made by, so that it can be checked again from the journal."""

    rule: AssignmentRule
    ring: int
    """How far the requirements had been widened, from 0."""
    waited_s: float
    priority_s: float
    idle_s: float
    """How long the operator had had nothing new to do."""
    rival: str = ""
    """The next best: an operator's login (IDLE), or a conversation's id (WAITING)."""
    rival_s: float = 0
    """How long that one had been idle, or what its wait counted with its priority."""


def is_right(why: AssignmentReason) -> bool:
    """Whether the choice follows from its own facts: nobody with a better claim was passed over (CH-08)."""
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
    waited = f"гражданин ждал {_span(why.waited_s)}"
    if why.priority_s >= URGENT_S and why.rule is not AssignmentRule.URGENT:
        return f"Опасность для жизни: обращение впереди всех, предложено оператору {operator}; {waited}.{ring}"
    match why.rule:
        case AssignmentRule.WANTED:
            return f"Обращение передано лично оператору {operator}; {waited}."
        case AssignmentRule.URGENT:
            return f"Опасность для жизни, а свободных нет: оператор {operator} занят меньше всех; {waited}.{ring}"
        case AssignmentRule.PREFERRED:
            return f"Оператор {operator} недавно отвечал этому гражданину, поэтому предложено ему первому; {waited}."
        case AssignmentRule.IDLE:
            other = f", следующий — {rival}: {_span(why.rival_s)}" if rival else ""
            return f"Оператор {operator} свободен дольше всех подходящих: {_span(why.idle_s)}{other}; {waited}.{ring}"
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
