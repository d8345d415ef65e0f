"""Scorecards for reviews, in immutable versions, and the total of a sheet (OC-01…OC-05, MC-05). Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.quality.surveys.survey import Bilingual, Key

MOST_ITEMS, WORDS_LIMIT = 40, 1000


class Verdict(StrEnum):
    YES = "yes"
    PART = "part"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    """Does not count."""


WORTH = {Verdict.YES: 1.0, Verdict.PART: 0.5, Verdict.NO: 0.0}


class ScoreItem(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`hint` tells reviewers what «yes» means. A «no» to a `critical` item fails the whole talk."""

    key: Key
    text: Bilingual
    weight: Annotated[int, Meta(ge=1, le=100)] = 1
    critical: bool = False
    hint: Bilingual = Bilingual("")


class Scorecard(Document, frozen=True, omit_defaults=True, tag="scorecard"):
    """One version. `sources` are the origins of its items; `written_by` is a login, "" is Okno."""

    id: str
    key: str
    version: int
    title: Bilingual
    items: tuple[ScoreItem, ...]
    written_by: str
    written: datetime
    sources: tuple[str, ...] = ()
    centre: str = ""
    """Its owner; "" is common to the hub: shipped ones, and those from before decision 0098."""


class ItemScore(Struct, frozen=True, omit_defaults=True):
    """A verdict with its place: the `record` of the conversation, `at_ms` after the beginning of its recording; 0 is none."""

    item: str
    verdict: Verdict
    comment: str = ""
    record: int = 0
    at_ms: int = 0


class ScoreTotal(Struct, frozen=True):
    """`percent` of the attainable points, None where nothing applied; `failed` names failed critical items."""

    percent: float | None
    failed: tuple[str, ...]


def id_of(key: str, version: int) -> str:
    return f"{key}/{version}"


def check(items: Sequence[ScoreItem]) -> None:
    """Raises RefusedError for an unusable card."""
    if not 0 < len(items) <= MOST_ITEMS:
        raise RefusedError("bad_scorecard", f"В листе от 1 до {MOST_ITEMS} пунктов.")
    if len({each.key for each in items}) < len(items):
        raise RefusedError("bad_scorecard", "Ключи пунктов повторяются.")
    if not all(each.text.ru.strip() for each in items):
        raise RefusedError("bad_scorecard", "У каждого пункта должен быть текст.")


def check_scores(card: Scorecard, scores: Sequence[ItemScore]) -> None:
    """Raises RefusedError unless each item has exactly one verdict, and each «no» or «in part» a reason."""
    if [each.item for each in scores] != [each.key for each in card.items]:
        raise RefusedError("bad_scores", "Оцените каждый пункт листа.")
    if any(each.verdict in {Verdict.NO, Verdict.PART} and not each.comment.strip() for each in scores):
        raise RefusedError("bad_scores", "К «нет» и «частично» напишите, почему.")


def total(card: Scorecard, scores: Sequence[ItemScore]) -> ScoreTotal:
    """The weighted mean of the applicable items in per cent: yes 1, in part ½, no 0; 0 where a critical item failed."""
    items = {each.key: each for each in card.items}
    failed = tuple(each.item for each in scores if each.verdict is Verdict.NO and items[each.item].critical)
    counted = [(items[each.item].weight, WORTH[each.verdict]) for each in scores if each.verdict in WORTH]
    if not counted:
        return ScoreTotal(None, failed)
    percent = 100 * sum(weight * worth for weight, worth in counted) / sum(weight for weight, _ in counted)
    return ScoreTotal(0.0 if failed else percent, failed)
