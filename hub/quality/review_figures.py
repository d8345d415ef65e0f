"""Statistics of settled reviews: by operator, by line and by item (SL-06, MC-05). Pure."""

from collections.abc import Callable, Iterable, Sequence
from statistics import mean

from msgspec import Struct

from hub.quality.review import Review
from hub.quality.scorecard import WORTH, Scorecard, Verdict, total


class ScoreSum(Struct, frozen=True):
    """Of an operator, a line, or all (""): `percent` is the mean of its reviews, None where nothing applied in any of them."""

    of: str
    reviews: int
    percent: float | None
    failed: int
    objected: int
    changed: int
    """Number of those that were scored again."""


class ItemSum(Struct, frozen=True):
    """Frequency of each verdict on an item; `share` is the mean where it applied, None where it never did."""

    card: str
    item: str
    text: str
    yes: int
    part: int
    no: int
    not_applicable: int
    share: float | None


def scored(reviews: Sequence[Review], card_of: Callable[[Review], Scorecard]) -> tuple[ScoreSum, list[ScoreSum], list[ScoreSum]]:
    """All, by operator and by line. Of each review its last scoring counts."""
    return (_sum("", reviews, card_of), _by(reviews, lambda each: each.operator, card_of), _by(reviews, lambda each: each.queue, card_of))


def _by(reviews: Iterable[Review], of: Callable[[Review], str], card_of: Callable[[Review], Scorecard]) -> list[ScoreSum]:
    groups: dict[str, list[Review]] = {}
    for each in reviews:
        groups.setdefault(of(each), []).append(each)
    return [_sum(name, group, card_of) for name, group in sorted(groups.items())]


def _sum(of: str, reviews: Sequence[Review], card_of: Callable[[Review], Scorecard]) -> ScoreSum:
    totals = [total(card_of(each), each.scorings[-1].scores) for each in reviews]
    percents = [each.percent for each in totals if each.percent is not None]
    objections = [each.objection for each in reviews if each.objection]
    return ScoreSum(of, len(reviews), mean(percents) if percents else None, sum(bool(each.failed) for each in totals), len(objections),
                    sum(not each.upheld for each in objections))


def by_item(reviews: Iterable[Review], card_of: Callable[[Review], Scorecard]) -> list[ItemSum]:
    """Items of cards in their order; versions of a card count together, with the newest texts."""
    given: dict[tuple[str, str], list[Verdict]] = {}
    words: dict[tuple[str, str], tuple[int, str]] = {}
    for each in reviews:
        card = card_of(each)
        texts = {item.key: item.text.ru for item in card.items}
        for score in each.scorings[-1].scores:
            given.setdefault((card.key, score.item), []).append(score.verdict)
            words[card.key, score.item] = max(words.get((card.key, score.item), (0, "")), (card.version, texts[score.item]))
    return [_item(card, item, words[card, item][1], verdicts) for (card, item), verdicts in given.items()]


def _item(card: str, item: str, text: str, verdicts: Sequence[Verdict]) -> ItemSum:
    worth = [WORTH[each] for each in verdicts if each in WORTH]
    yes, part, no, not_applicable = (verdicts.count(each) for each in Verdict)
    return ItemSum(card, item, text, yes, part, no, not_applicable, mean(worth) if worth else None)
