"""Data of quality control."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.desk.quality.parts import Quality
from hub.dispatch.dispatcher import Dispatch
from hub.quality.calibration import Agreement, Calibration, compared
from hub.quality.csat import GradeSum
from hub.quality.offensive_words import Remark
from hub.quality.review import CoachingNote, Criteria, DrawCause, Review, ReviewPlan, ReviewSample, ReviewState, ScoreAppeal, Scoring
from hub.quality.review_figures import ItemSum, ScoreSum
from hub.quality.scorecard import WORDS_LIMIT, ItemScore, Scorecard, ScoreItem, Verdict, total
from hub.quality.surveys.survey import Bilingual, Key

CardVersion = Annotated[int, Meta(ge=0, le=1_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
RecordId = Annotated[str, Meta(pattern=r"^\d{1,19}$")]
Words = Annotated[str, Meta(max_length=WORDS_LIMIT)]
Said = Annotated[str, Meta(min_length=1, max_length=WORDS_LIMIT)]


class ScorecardIn(Struct, frozen=True):
    """`version` is the newest that was seen, 0 for a new card."""

    version: CardVersion
    title: Bilingual
    items: Annotated[tuple[ScoreItem, ...], Meta(max_length=40)]
    sources: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=20)] = ()


class ScorecardOut(Struct, frozen=True):
    """`centre` is its owner, "" is the whole hub; in lists, `own` ones may be edited."""

    id: str
    key: str
    version: int
    title: Bilingual
    items: tuple[ScoreItem, ...]
    sources: tuple[str, ...]
    written_name: str
    written: datetime
    centre: str
    own: bool


class ScorecardQuery(Struct, frozen=True):
    """0 is the newest version."""

    version: CardVersion = 0


class ReviewPlanIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new plan; `card` is used in its newest version."""

    version: CardVersion
    card: Key
    criteria: Criteria


class ReviewPlanOut(Struct, frozen=True):
    key: str
    version: int
    card: str
    criteria: Criteria
    written_name: str
    written: datetime
    due: datetime


class DrawIn(Struct, frozen=True):
    """A sample of talks ended from `since` to `until` (exclusive)."""

    card: Key
    criteria: Criteria
    since: Moment
    until: Moment


class DrawOut(Struct, frozen=True):
    """`seed` reproduces the order of the talks."""

    key: str
    plan: str
    seed: str
    criteria: Criteria
    since: datetime
    until: datetime
    at: datetime
    by_name: str
    fitting: int
    drawn: int


class PlanningOut(Struct, frozen=True):
    plans: list[ReviewPlanOut]
    draws: list[DrawOut]


class ItemScoreForm(Struct, frozen=True):
    """`record` is the place in the timeline, "0" for none; `at_ms` the moment of its recording."""

    item: Key
    verdict: Verdict
    comment: Words = ""
    record: RecordId = "0"
    at_ms: Annotated[int, Meta(ge=0, le=86_400_000)] = 0


class ScoresIn(Struct, frozen=True):
    scores: Annotated[tuple[ItemScoreForm, ...], Meta(max_length=40)]
    words: Words = ""


class ObjectionIn(Struct, frozen=True):
    words: Said


class DecisionIn(Struct, frozen=True):
    """Without `scores` the score stays."""

    answer: Said
    scores: Annotated[tuple[ItemScoreForm, ...], Meta(max_length=40)] = ()


class CoachingIn(Struct, frozen=True):
    """`record` is the place in the timeline, "0" for the whole talk; `at_ms` the moment of its recording."""

    text: Said
    record: RecordId = "0"
    at_ms: Annotated[int, Meta(ge=0, le=86_400_000)] = 0


class CoachingOut(Struct, frozen=True):
    """`mine` is to be acknowledged by the caller."""

    key: str
    by_name: str
    at: datetime
    text: str
    record: str
    at_ms: int
    read: datetime | None
    mine: bool


class ScoringOut(Struct, frozen=True):
    """`failed` are the items that failed the whole."""

    at: datetime
    by_name: str
    scores: list[ItemScoreForm]
    words: str
    percent: float | None
    failed: tuple[str, ...]


class ObjectionOut(Struct, frozen=True):
    at: datetime
    words: str
    judge: str
    judge_name: str
    decided: datetime | None
    upheld: bool
    answer: str


class ReviewRowOut(Struct, frozen=True):
    """`mine` is to be scored or decided by the caller, `wrote` they have scored it, `can` they may take it.

    The cause is hidden from operators.
    """

    key: str
    conversation: str
    number: str
    operator_name: str
    queue: str
    channel: str
    closed: datetime
    cause: DrawCause | None
    state: ReviewState
    reviewer_name: str
    mine: bool
    wrote: bool
    can: bool
    until: datetime | None
    percent: float | None
    failed: bool


class RemarkOut(Struct, frozen=True):
    words: str
    record: str
    at_ms: int
    text: str


class ReviewOut(Struct, frozen=True):
    """`remarks` are hints to places; the reviewer judges them."""

    row: ReviewRowOut
    card: ScorecardOut
    scorings: list[ScoringOut]
    objection: ObjectionOut | None
    remarks: list[RemarkOut]


class CalibrationIn(Struct, frozen=True):
    """The review of the talk."""

    review: Annotated[str, Meta(pattern=r"^\d{1,19}-\d{1,12}$")]


class CalibrationRowOut(Struct, frozen=True):
    """`scored`: the caller has scored it, `sheets` is the number of sheets."""

    key: str
    conversation: str
    number: str
    at: datetime
    by_name: str
    sheets: int
    scored: bool
    ended: datetime | None


class CalibrationOut(Struct, frozen=True):
    """`sheets` are all of them after the end, before it only the caller's, without agreement; `names` are those of the reviewers."""

    row: CalibrationRowOut
    card: ScorecardOut
    sheets: list[ScoringOut]
    agreement: Agreement | None
    names: list[str]


class QualityQuery(Struct, frozen=True):
    since: Moment
    until: Moment


class QualityOut(Struct, frozen=True):
    """Settled scores, and grades in large enough groups; `names` are those of operators."""

    total: ScoreSum
    operators: list[ScoreSum]
    lines: list[ScoreSum]
    items: list[ItemSum]
    grades: GradeSum
    grades_of_operators: list[GradeSum]
    grades_of_lines: list[GradeSum]
    words: list[str]
    least: int
    names: dict[str, str]


def card_out(dispatch: Dispatch, of: Scorecard, *, own: bool = False) -> ScorecardOut:
    by_name = _name(dispatch, of.written_by)
    return ScorecardOut(of.id, of.key, of.version, of.title, of.items, of.sources, by_name, of.written, of.centre, own)


def plan_out(dispatch: Dispatch, of: ReviewPlan) -> ReviewPlanOut:
    return ReviewPlanOut(of.key, of.version, of.card, of.criteria, _name(dispatch, of.written_by), of.written, of.due)


def draw_out(dispatch: Dispatch, of: ReviewSample) -> DrawOut:
    return DrawOut(of.key, of.plan, of.seed, of.criteria, of.since, of.until, of.at, _name(dispatch, of.by), of.fitting, of.drawn)


def scores_of(forms: tuple[ItemScoreForm, ...]) -> tuple[ItemScore, ...]:
    return tuple(ItemScore(each.item, each.verdict, each.comment.strip(), int(each.record), each.at_ms) for each in forms)


def row_out(quality: Quality, dispatch: Dispatch, login: str, of: Review) -> ReviewRowOut:
    """In the form for the reviewer or operator with that login."""
    last = total(quality.book.card_of(of), of.scorings[-1].scores) if of.scorings else None
    own, objection = of.operator == login, of.objection
    holds = objection.judge if objection else of.reviewer
    open_ = of.state in {ReviewState.DRAWN, ReviewState.TAKEN, ReviewState.APPEALED}
    judged = bool(objection) and of.scorings[0].by == login
    return ReviewRowOut(
        of.key, str(of.conversation), of.number, _name(dispatch, of.operator), of.queue, of.channel, of.closed, None if own else of.cause,
        of.state, _name(dispatch, holds), open_ and holds == login, any(each.by == login for each in of.scorings),
        open_ and not own and not holds and not judged, of.until, last.percent if last else None, bool(last and last.failed))


def review_out(quality: Quality, dispatch: Dispatch, login: str, of: Review, remarks: list[Remark]) -> ReviewOut:
    card, objection = quality.book.card_of(of), of.objection
    return ReviewOut(
        row_out(quality, dispatch, login, of), card_out(dispatch, card), [_scoring(dispatch, card, each) for each in of.scorings],
        _objection(dispatch, objection) if objection else None,
        [RemarkOut(each.words, str(each.record), each.at_ms, each.text) for each in remarks])


def note_out(dispatch: Dispatch, login: str, of: CoachingNote) -> CoachingOut:
    return CoachingOut(of.key.rpartition("/")[2], _name(dispatch, of.by), of.at, of.text, str(of.record), of.at_ms, of.read,
                       of.operator == login and of.read is None)


def calibration_row(dispatch: Dispatch, login: str, of: Calibration) -> CalibrationRowOut:
    return CalibrationRowOut(of.key, str(of.conversation), of.number, of.at, _name(dispatch, of.by), len(of.sheets),
                             any(each.by == login for each in of.sheets), of.ended)


def calibration_out(quality: Quality, dispatch: Dispatch, login: str, of: Calibration) -> CalibrationOut:
    card = quality.book.cards.of(of.card)
    seen = [each for each in of.sheets if of.ended or each.by == login]
    agreement = compared(card, of.sheets, [total(card, each.scores).percent for each in of.sheets]) if of.ended else None
    return CalibrationOut(calibration_row(dispatch, login, of), card_out(dispatch, card),
                          [_scoring(dispatch, card, each) for each in seen], agreement,
                          [_name(dispatch, each.by) for each in seen])


def _scoring(dispatch: Dispatch, card: Scorecard, of: Scoring) -> ScoringOut:
    whole = total(card, of.scores)
    forms = [ItemScoreForm(each.item, each.verdict, each.comment, str(each.record), each.at_ms) for each in of.scores]
    return ScoringOut(of.at, _name(dispatch, of.by), forms, of.words, whole.percent, whole.failed)


def _objection(dispatch: Dispatch, of: ScoreAppeal) -> ObjectionOut:
    return ObjectionOut(of.at, of.words, of.judge, _name(dispatch, of.judge), of.decided, of.upheld, of.answer)


def _name(dispatch: Dispatch, login: str) -> str:
    return dispatch.name(login) if login else ""
