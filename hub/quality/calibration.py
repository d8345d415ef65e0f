"""Calibration: several reviewers score the same talk independently, and are compared item by item (MC-05). Pure."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from datetime import datetime
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.quality.review import Scoring, silent
from hub.quality.scorecard import Scorecard, Verdict


class Calibration(Document, frozen=True, omit_defaults=True, tag="calibration"):
    """`key` is its own; until it is `ended` each reviewer sees only their own sheet."""

    key: str
    centre: str
    conversation: int
    number: str
    operator: str
    card: str
    by: str
    at: datetime
    sheets: tuple[Scoring, ...] = ()
    ended: datetime | None = None

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("centre", self.centre, self.at)
        if self.conversation:
            yield IndexEntry("conversation", str(self.conversation))


def left_of(calibration: Calibration) -> Calibration:
    """What remains when its conversation is erased: verdicts, and no texts that could be the citizen's."""
    return replace(calibration, conversation=0, number="", sheets=silent(calibration.sheets))


class ItemAgreement(Struct, frozen=True):
    """Verdicts of the reviewers on one item; `pairs` is the share of agreeing pairs of reviewers."""

    item: str
    verdicts: list[Verdict]
    pairs: float


class Agreement(Struct, frozen=True):
    """`pairs` over all items; `alpha` is Krippendorff's for nominal data, None where all values are the same."""

    reviewers: list[str]
    percents: list[float | None]
    items: list[ItemAgreement]
    pairs: float
    alpha: float | None


def pairs_alike(values: Sequence[Hashable]) -> float:
    """Share of equal pairs; fewer than two values have no pairs."""
    pairs = list(combinations(values, 2))
    return sum(a == b for a, b in pairs) / len(pairs)


def alpha(units: Sequence[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal data: 1 - D_o / D_e, where each unit has the values of its reviewers.

    1 is full agreement, 0 is chance; units with one value do not count. None where no two values differ: disagreement was
    impossible. Krippendorff, Content Analysis (2004), ch. 11: D_o is the mean disagreement within units, each pair weighted by
    1/(m-1), D_e that of all values paired with each other.
    """
    paired = [unit for unit in units if len(unit) > 1]
    counts = Counter(value for unit in paired for value in unit)
    whole = sum(counts.values())
    expected = whole * whole - sum(count * count for count in counts.values())
    if not expected:
        return None
    observed = sum((len(unit) ** 2 - sum(count * count for count in Counter(unit).values())) / (len(unit) - 1) for unit in paired)
    return 1 - (whole - 1) * observed / expected


def compared(card: Scorecard, sheets: Sequence[Scoring], percents: Sequence[float | None]) -> Agreement:
    """Comparison of two or more sheets of one card."""
    units = [[sheet.scores[place].verdict for sheet in sheets] for place in range(len(card.items))]
    items = [ItemAgreement(item.key, unit, pairs_alike(unit)) for item, unit in zip(card.items, units, strict=True)]
    return Agreement([each.by for each in sheets], list(percents), items, sum(each.pairs for each in items) / len(items), alpha(units))
