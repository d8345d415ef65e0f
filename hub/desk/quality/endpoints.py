"""Quality control: scorecards, samples, reviews, appeals; customer satisfaction (OC-01…OC-05, MC-05, SL-06)."""

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.quality.forms import (
    CalibrationIn,
    CalibrationOut,
    CalibrationRowOut,
    CoachingIn,
    CoachingOut,
    DecisionIn,
    DrawIn,
    DrawOut,
    ObjectionIn,
    PlanningOut,
    QualityOut,
    QualityQuery,
    ReviewOut,
    ReviewPlanIn,
    ReviewPlanOut,
    ReviewRowOut,
    ScorecardIn,
    ScorecardOut,
    ScorecardQuery,
    ScoresIn,
    calibration_out,
    calibration_row,
    card_out,
    draw_out,
    note_out,
    plan_out,
    review_out,
    row_out,
    scores_of,
)
from hub.desk.quality.parts import Quality
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.quality.review import Review
from hub.quality.review_figures import by_item, scored
from hub.quality.reviews_service import CardForm
from hub.quality.sampling import LONGEST, said_in
from hub.quality.surveys.survey import Key

ReviewKey = Annotated[str, Meta(pattern=r"^\d{1,19}-\d{1,12}$")]

NoteKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@endpoint("GET", "/api/scorecards", Permission.SCORE_TALKS)
async def scorecards(authorization: Authorization, quality: Quality, dispatch: Dispatch, call: Call) -> list[ScorecardOut]:
    """Those of one's own centre and those common to the hub, each in its newest version."""
    return [card_out(dispatch, each, own=authorization.keeps(call.who, each.centre)) for each in quality.book.cards.all(call.who)]


@endpoint("GET", "/api/scorecards/{scorecard}", Permission.SCORE_TALKS)
async def scorecard(quality: Quality, authorization: Authorization, dispatch: Dispatch, call: Call, scorecard: Key,
                    query: ScorecardQuery) -> ScorecardOut:
    """One in its newest version, or in another one."""
    found = quality.book.cards.find(call.who, scorecard, query.version)
    return card_out(dispatch, found, own=authorization.keeps(call.who, found.centre))


@endpoint("PUT", "/api/scorecards/{scorecard}", Permission.DESIGN_SCORECARDS)
async def put_scorecard(quality: Quality, dispatch: Dispatch, call: Call, scorecard: Key, body: ScorecardIn) -> ScorecardOut:
    """Write a new version; talks sampled for an older one keep it."""
    form = CardForm(body.title, body.items, body.sources)
    return card_out(dispatch, await quality.book.write(call.who, scorecard, body.version, form), own=True)


@endpoint("GET", "/api/review-plans", Permission.DESIGN_SCORECARDS)
async def review_plans(quality: Quality, dispatch: Dispatch, call: Call) -> PlanningOut:
    """The sampling plans of one's own centre, and samples, newest first."""
    sampling = quality.sampling
    return PlanningOut([plan_out(dispatch, each) for each in await sampling.plans(call.who)],
                       [draw_out(dispatch, each) for each in (await sampling.draws(call.who))[:50]])


@endpoint("PUT", "/api/review-plans/{plan}", Permission.DESIGN_SCORECARDS)
async def put_review_plan(quality: Quality, dispatch: Dispatch, call: Call, plan: Key, body: ReviewPlanIn) -> ReviewPlanOut:
    """The number of talks sampled each week; a new plan, or a new version."""
    return plan_out(dispatch, await quality.sampling.plan(call.who, plan, body.version, body.card, body.criteria))


@endpoint("DELETE", "/api/review-plans/{plan}", Permission.DESIGN_SCORECARDS)
async def drop_review_plan(quality: Quality, call: Call, plan: Key) -> None:
    """Delete a plan; its samples stay."""
    await quality.sampling.drop(call.who, plan)


@endpoint("PUT", "/api/draws/{draw}", Permission.DESIGN_SCORECARDS)
async def put_draw(quality: Quality, dispatch: Dispatch, call: Call, draw: Key, body: DrawIn) -> DrawOut:
    """Sample a period once, at random or by cause. Idempotent by key."""
    return draw_out(dispatch, await quality.sampling.draw(call.who, draw, body.card, body.criteria, body.since, body.until))


@endpoint("GET", "/api/reviews", Permission.SCORE_TALKS, Permission.SEE_OWN_SCORES)
async def reviews(authorization: Authorization, quality: Quality, dispatch: Dispatch, call: Call) -> list[ReviewRowOut]:
    """Open reviews and appeals of one's own centre, the oldest first, without own talks."""
    if not authorization.may(call.who, Permission.SCORE_TALKS):
        return []
    return [row_out(quality, dispatch, call.who.login, each) for each in await quality.book.queue(call.who)]


@endpoint("GET", "/api/own-reviews", Permission.SEE_OWN_SCORES)
async def own_reviews(quality: Quality, dispatch: Dispatch, call: Call) -> list[ReviewRowOut]:
    """One's own scored talks, newest first."""
    return [row_out(quality, dispatch, call.who.login, each) for each in await quality.book.own(call.who)]


@endpoint("GET", "/api/reviews/{review}", Permission.SCORE_TALKS, Permission.SEE_OWN_SCORES)
async def review(quality: Quality, store: Store, dispatch: Dispatch, call: Call, review: ReviewKey) -> ReviewOut:
    """A review with card and scores; its reviewer gets hints to offensive words."""
    return await _out(quality, store, dispatch, call, await quality.book.find(call.who, review))


@endpoint("POST", "/api/reviews/{review}/take", Permission.SCORE_TALKS)
async def take_review(quality: Quality, store: Store, dispatch: Dispatch, call: Call, review: ReviewKey) -> ReviewOut:
    """Take a review or an appeal: this is the ground to read and hear the talk."""
    return await _out(quality, store, dispatch, call, await quality.book.take(call.who, review))


@endpoint("POST", "/api/reviews/{review}/return", Permission.SCORE_TALKS)
async def return_review(quality: Quality, store: Store, dispatch: Dispatch, call: Call, review: ReviewKey) -> ReviewOut:
    """Give it back for others."""
    return await _out(quality, store, dispatch, call, await quality.book.take(call.who, review, back=True))


@endpoint("POST", "/api/reviews/{review}/score", Permission.SCORE_TALKS)
async def score_review(quality: Quality, store: Store, dispatch: Dispatch, call: Call, review: ReviewKey, body: ScoresIn) -> ReviewOut:
    """A verdict on each item; its operator sees it, and may appeal for some working days."""
    return await _out(quality, store, dispatch, call, await quality.book.score(call.who, review, scores_of(body.scores), body.words))


@endpoint("POST", "/api/reviews/{review}/decide", Permission.SCORE_TALKS)
async def decide_review(quality: Quality, store: Store, dispatch: Dispatch, call: Call, review: ReviewKey, body: DecisionIn) -> ReviewOut:
    """Decide another reviewer's appeal: the score stays, or is replaced."""
    scores = scores_of(body.scores) if body.scores else None
    return await _out(quality, store, dispatch, call, await quality.book.decide(call.who, review, body.answer, scores))


@endpoint("POST", "/api/reviews/{review}/agree", Permission.SEE_OWN_SCORES)
async def agree_review(quality: Quality, store: Store, dispatch: Dispatch, call: Call, review: ReviewKey) -> ReviewOut:
    """Accept one's score: it counts from now on."""
    return await _out(quality, store, dispatch, call, await quality.book.agree(call.who, review))


@endpoint("POST", "/api/reviews/{review}/object", Permission.SEE_OWN_SCORES)
async def object_review(quality: Quality, store: Store, dispatch: Dispatch, call: Call, review: ReviewKey, body: ObjectionIn) -> ReviewOut:
    """Appeal against one's score: another reviewer decides."""
    return await _out(quality, store, dispatch, call, await quality.book.object(call.who, review, body.words))


@endpoint("GET", "/api/reviews/{review}/notes", Permission.SCORE_TALKS, Permission.SEE_OWN_SCORES)
async def review_notes(quality: Quality, dispatch: Dispatch, call: Call, review: ReviewKey) -> list[CoachingOut]:
    """Coaching notes of a review: for its operator, its reviewers and supervisors."""
    return [note_out(dispatch, call.who.login, each) for each in await quality.coaching_notes.of(call.who, review)]


@endpoint("PUT", "/api/reviews/{review}/notes/{note}", Permission.SCORE_TALKS)
async def put_review_note(quality: Quality, dispatch: Dispatch, call: Call, review: ReviewKey, note: NoteKey,
                          body: CoachingIn) -> CoachingOut:
    """Write to its operator about a moment of a talk that one has scored. Idempotent by key."""
    made = await quality.coaching_notes.write(call.who, review, note, body.text, int(body.record), body.at_ms)
    return note_out(dispatch, call.who.login, made)


@endpoint("POST", "/api/reviews/{review}/notes/{note}/read", Permission.SEE_OWN_SCORES)
async def read_review_note(quality: Quality, dispatch: Dispatch, call: Call, review: ReviewKey, note: NoteKey) -> CoachingOut:
    """Confirm reading a note."""
    return note_out(dispatch, call.who.login, await quality.coaching_notes.read(call.who, review, note))


@endpoint("GET", "/api/calibrations", Permission.SCORE_TALKS)
async def calibrations(quality: Quality, dispatch: Dispatch, call: Call) -> list[CalibrationRowOut]:
    """Calibrations of one's own centre, newest first."""
    return [calibration_row(dispatch, call.who.login, each) for each in await quality.calibrating.all(call.who)]


@endpoint("GET", "/api/calibrations/{calibration}", Permission.SCORE_TALKS)
async def calibration(quality: Quality, dispatch: Dispatch, call: Call, calibration: NoteKey) -> CalibrationOut:
    """A calibration with one's own sheet; after its end with all sheets and their agreement."""
    return calibration_out(quality, dispatch, call.who.login, await quality.calibrating.find(call.who, calibration))


@endpoint("PUT", "/api/calibrations/{calibration}", Permission.DESIGN_SCORECARDS)
async def put_calibration(quality: Quality, dispatch: Dispatch, call: Call, calibration: NoteKey, body: CalibrationIn) -> CalibrationOut:
    """Start a calibration with a sampled and unscored talk, scored by several reviewers independently. Idempotent by key."""
    return calibration_out(quality, dispatch, call.who.login, await quality.calibrating.begin(call.who, calibration, body.review))


@endpoint("POST", "/api/calibrations/{calibration}/score", Permission.SCORE_TALKS)
async def score_calibration(quality: Quality, dispatch: Dispatch, call: Call, calibration: NoteKey, body: ScoresIn) -> CalibrationOut:
    """One's own sheet, final; it does not affect the operator's score."""
    made = await quality.calibrating.score(call.who, calibration, scores_of(body.scores), body.words)
    return calibration_out(quality, dispatch, call.who.login, made)


@endpoint("POST", "/api/calibrations/{calibration}/end", Permission.DESIGN_SCORECARDS)
async def end_calibration(quality: Quality, dispatch: Dispatch, call: Call, calibration: NoteKey) -> CalibrationOut:
    """End it: all see all sheets, item by item."""
    return calibration_out(quality, dispatch, call.who.login, await quality.calibrating.end(call.who, calibration))


@endpoint("GET", "/api/quality", Permission.SCORE_TALKS)
async def quality(quality: Quality, authorization: Authorization, dispatch: Dispatch, call: Call, query: QualityQuery) -> QualityOut:
    """Settled scores and grades of a period in one's own centre; without small groups of grades."""
    if not query.since < query.until <= query.since + LONGEST * 4:
        raise RefusedError("bad_dates", "Период задан неверно: не больше года.")
    book, csat_service, centres = quality.book, quality.csat_service, authorization.centres(call.who)
    settled = await book.settled(centres, query.since, query.until)
    total, operators, lines = scored(settled, book.card_of)
    grades, by_operator, by_line = await csat_service.sums(centres, query.since, query.until)
    logins = {each.of for each in operators} | {each.of for each in by_operator}
    names = {login: dispatch.name(login) for login in logins}
    return QualityOut(total, operators, lines, by_item(settled, book.card_of), grades, by_operator, by_line,
                      list(await csat_service.words(centres, query.since, query.until)), csat_service.least, names)


async def _out(quality: Quality, store: Store, dispatch: Dispatch, call: Call, of: Review) -> ReviewOut:
    row = row_out(quality, dispatch, call.who.login, of)
    if quality.calibrating.ground(call.who, of.conversation) and not row.wrote:
        of = replace(of, scorings=(), objection=None)  # other scores would influence the reviewer's own sheet
    remarks = quality.sampling.lexicon.found(await said_in(store, of.conversation)) if row.mine and of.conversation else []
    return review_out(quality, dispatch, call.who.login, of, remarks)


ENDPOINTS = (scorecards, scorecard, put_scorecard, review_plans, put_review_plan, drop_review_plan, put_draw, reviews, own_reviews, review,
             take_review, return_review, score_review, decide_review, agree_review, object_review, review_notes, put_review_note,
             read_review_note, calibrations, calibration, put_calibration, score_calibration, end_calibration, quality)
