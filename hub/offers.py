"""What the router is told of, and what it decides. Times are seconds since 1970, waits are seconds."""

from enum import StrEnum

from msgspec import Struct

from hub.skills import Skills


class Waiting(Struct, frozen=True, gc=False):
    """A conversation that waits for an operator, as the router sees it."""

    conversation: int
    queue: str
    since: float
    """When the citizen began to wait; goes along from queue to queue (D3)."""
    cost: int
    rings: tuple[Skills, ...] = ((),)
    """What it needs of an operator, from the best to the least that will do; one ring more comes into force after each pause."""
    priority_s: float = 0
    """Counts as if it had waited so much longer."""
    patience_s: float = 30
    """How long an offer of it may be left unanswered."""
    wanted: str = ""
    """Login of the colleague it was transferred to."""
    shunned: str = ""
    """Login of whoever has just given it away: it does not come straight back to him."""
    preferred: str = ""
    """Login of whoever served the citizen lately: he is asked first, if he is free."""


class Rule(StrEnum):
    """Which side the choice fell on."""

    IDLE = "idle"
    """The conversation came, and of those who were free the longest idle was chosen."""
    WAITING = "waiting"
    """The operator became free, and of what waited the longest waiting was chosen."""
    PREFERRED = "preferred"
    """He served this citizen lately."""
    WANTED = "wanted"
    """It was transferred to him."""


class Why(Struct, frozen=True, gc=False, omit_defaults=True):
    """The facts a choice was made by, so that it can be checked again from the journal."""

    rule: Rule
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


class Offer(Struct, frozen=True, gc=False):
    """A reservation of a waiting conversation for an operator, until it runs out."""

    conversation: int
    operator: str
    until: float
    why: Why


class Lapsed(Struct, frozen=True, gc=False):
    """An offer that ran out; the operator is paused and the conversation is the next to be offered."""

    conversation: int
    operator: str


def is_right(why: Why) -> bool:
    """Whether the choice follows from its own facts: nobody with a better claim was passed over (CH-08)."""
    match why.rule:
        case Rule.IDLE:
            return not why.rival or why.idle_s >= why.rival_s
        case Rule.WAITING:
            return not why.rival or why.waited_s + why.priority_s >= why.rival_s
        case _:
            return True


def sentence(why: Why, operator: str, rival: str) -> str:
    """The choice in one Russian sentence for the desk; `operator` and `rival` are names, or the rival's conversation number."""
    ring = f" Требования расширены (круг {why.ring + 1})." if why.ring else ""
    waited = f"гражданин ждал {_span(why.waited_s)}"
    match why.rule:
        case Rule.WANTED:
            return f"Обращение передано лично: {operator}; {waited}."
        case Rule.PREFERRED:
            return f"{operator} недавно отвечает этому гражданину, поэтому предложено ему первым; {waited}."
        case Rule.IDLE:
            other = f", следующий — {rival}: {_span(why.rival_s)}" if rival else ""
            return f"{operator} свободен дольше всех подходящих: {_span(why.idle_s)}{other}; {waited}.{ring}"
        case Rule.WAITING:
            counted = f" (с приоритетом считается {_span(why.waited_s + why.priority_s)})" if why.priority_s else ""
            other = f", следующее — {rival}: {_span(why.rival_s)}" if rival else ""
            return f"{operator} освободился, и это обращение ждало дольше всех подходящих: {_span(why.waited_s)}{counted}{other}.{ring}"


def _span(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} с"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} мин {rest} с" if minutes < 60 else f"{minutes // 60} ч {minutes % 60} мин"  # noqa: PLR2004 - an hour
