"""Evaluation of language understanding on held-out examples."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from bots.dialogue.parsed import FALLBACK, Entity, Parsed, Understanding
from bots.project.examples import Example


class EvaluationScores(Struct, frozen=True):
    """Each value is from 0 to 1; 1 without examples."""

    accuracy: float
    """Share of examples with the right top intent, at any confidence."""
    macro_f1: float
    """The mean over the intents, so that rare and common ones count equally."""
    entity_f1: float
    """F1 of entities at their exact position, with role, group and value."""
    understood: float
    """Share of examples with the right intent above the threshold, without a clarification."""


def judge(examples: Iterable[Example], understanding: Understanding) -> EvaluationScores:
    """Parse each example and compare."""
    heard = [(one, understanding.parse(one.text)) for one in examples]
    pairs = [(one.intent, likeliest(parsed)) for one, parsed in heard]
    spotted = [(set(map(_place, one.entities)), set(map(_place, parsed.entities))) for one, parsed in heard]
    found = sum(len(wanted & came) for wanted, came in spotted)
    return EvaluationScores(
        accuracy=_share(sum(wanted == came for wanted, came in pairs), len(pairs)),
        macro_f1=_macro_f1(pairs),
        entity_f1=_share(2 * found, sum(len(wanted) + len(came) for wanted, came in spotted)),
        understood=_share(sum(one.intent == (parsed.selected or parsed.intent) for one, parsed in heard), len(heard)))


def likeliest(parsed: Parsed) -> str:
    """The top intent, with the question of a retrieval intent."""
    if parsed.intent != FALLBACK:
        return parsed.selected or parsed.intent
    return next((one.name for one in parsed.ranking if one.name != FALLBACK), FALLBACK)


def _macro_f1(pairs: list[tuple[str, str]]) -> float:
    right = Counter(wanted for wanted, came in pairs if wanted == came)
    wanted, came = Counter(one for one, _ in pairs), Counter(one for _, one in pairs)
    each = [_share(2 * right[intent], wanted[intent] + came[intent]) for intent in wanted]
    return _share(sum(each), len(each))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _place(entity: Entity) -> tuple[object, ...]:
    return entity.entity, entity.role, entity.group, entity.start, entity.end, str(entity.value)
