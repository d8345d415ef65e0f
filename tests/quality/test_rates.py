"""Completeness and freshness of answers are rates by sampling, out of settled reviews (SL-06)."""

from datetime import UTC, datetime
from itertools import count

from msgspec.structs import replace

from hub.quality.review import DrawCause, Review, Scoring
from hub.quality.review_figures import by_item
from hub.quality.scorecard import ItemScore, Scorecard, Verdict, id_of
from okno.quality import shipped_cards

AT = datetime(2026, 1, 1, tzinfo=UTC)
((KEY, FORM),) = shipped_cards()
CARDS = {id_of(KEY, version): Scorecard(id_of(KEY, version), KEY, version, FORM.title, FORM.items, "", AT) for version in (1, 2)}
NUMBERS = count()


def reviewed(complete: Verdict, fresh: Verdict, *, version: int = 1, before: Verdict | None = None) -> Review:
    """A talk whose other items do not apply; `before` is what was said of «fresh» before an objection."""
    def scoring(of_fresh: Verdict) -> Scoring:
        said = {"complete": complete, "fresh": of_fresh}
        return Scoring(AT, "anna", tuple(ItemScore(item.key, said.get(item.key, Verdict.NOT_APPLICABLE)) for item in FORM.items))
    scorings = (*((scoring(before),) if before else ()), scoring(fresh))
    number = next(NUMBERS)
    return Review(str(number), number, str(number), "olga", "general", "voice", "077", AT, id_of(KEY, version), DrawCause.RANDOM, AT, "w", "anna",
                  scorings, settled=AT)


def test_the_rates_of_complete_and_fresh_answers() -> None:
    # SL-06: over versions of the card; the last scoring counts; what does not apply is in no rate
    yes, part, no, none = Verdict.YES, Verdict.PART, Verdict.NO, Verdict.NOT_APPLICABLE
    reviews = [reviewed(yes, yes), reviewed(part, yes, version=2), reviewed(no, no), reviewed(none, yes, before=no)]
    found = {each.item: each for each in by_item(reviews, lambda review: CARDS[review.card])}
    assert (found["complete"].yes, found["complete"].part, found["complete"].no, found["complete"].not_applicable) == (1, 1, 1, 1)
    assert found["complete"].share == 0.5
    assert (found["fresh"].yes, found["fresh"].no, found["fresh"].share) == (3, 1, 0.75)
    assert found["timely"].share is None
    assert found["complete"].text == "Сведения полные"
    worse = [*reviews, replace(reviews[0], key="x", scorings=reviews[2].scorings)]
    assert by_item(worse, lambda review: CARDS[review.card])[0].card == KEY
    assert {each.item: each.share for each in by_item(worse, lambda review: CARDS[review.card])}["fresh"] == 0.6
