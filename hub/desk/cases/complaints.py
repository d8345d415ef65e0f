"""Complaints: referrals with receipts, and recommendations (CM-03, CM-05…CM-07)."""

from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.cases.recommendation import Recommendation, Selection
from hub.cases.recommendation_document import paper
from hub.cases.recommendation_service import Wording, sees
from hub.cases.referral import Referral
from hub.desk.cases.complaint_forms import (
    AuthorityOut,
    ComplaintsBehindIn,
    DraftIn,
    EvidenceOut,
    MoveIn,
    ReceiptIn,
    RecommendationDetailsOut,
    RecommendationId,
    RecommendationIn,
    RecommendationOut,
    ReferIn,
    ReferralId,
    ReferralOut,
    ReferralsOut,
    SelectionIn,
    authority_out,
)
from hub.desk.cases.forms import CaseOut, CasesOut
from hub.desk.cases.parts import Cases, Complaints
from hub.desk.cases.recommendation_view import RecommendationView
from hub.desk.cases.reports import page_of
from hub.desk.cases.view import CaseView
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Number
from hub.desk.http.papers import paper_response
from hub.desk.http.parts import Clock
from hub.desk.http.tables import LONGEST
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.scope import CentreScope
from hub.kernel.errors import RefusedError


def referral_out(clock: Clock, recommendation_view: RecommendationView, referral: Referral) -> ReferralOut:
    authority = recommendation_view.known(referral.authority)
    id_ = referral.authority
    told = authority_out(authority) if authority else AuthorityOut(id_, id_, id_, mailbox=False)
    overdue = referral.waits and clock() >= referral.due
    return ReferralOut(referral.id.partition("/")[2], referral.case, told, referral.way, referral.at, referral.by, referral.due,
                       referral.state, referral.why, referral.receipt, referral.received, overdue, referral.superseded)


@endpoint("GET", "/api/cases/{case}/referrals", Permission.WORK_CASES)
async def referrals_of(complaints: Complaints, cases: Cases, clock: Clock, recommendation_view: RecommendationView, call: Call,
                       case: Number) -> ReferralsOut:
    """Referrals of a case with receipts, and the possible deciding bodies."""
    found, following = await complaints.referring.of(call.who, case)
    judges = complaints.referring.judges(await cases.work.find(call.who, case))
    return ReferralsOut([referral_out(clock, recommendation_view, each) for each in found], [authority_out(each) for each in judges],
                        authority_out(following) if following else None)


@endpoint("POST", "/api/cases/{case}/referrals", Permission.WORK_CASES)
async def refer(complaints: Complaints, case_view: CaseView, call: Call, case: Number, body: ReferIn) -> CaseOut:
    """Send it to an authority of the knowledge base: a complaint to a superior one, never to the one complained of."""
    return case_view.out(await complaints.referring.refer(call.who, case, body.to, body.why.strip(), by_hand=body.by_hand))


@endpoint("POST", "/api/cases/{case}/referrals/{place}/receipt", Permission.WORK_CASES)
async def receipt(complaints: Complaints, clock: Clock, recommendation_view: RecommendationView, call: Call, case: Number,
                  place: ReferralId, body: ReceiptIn) -> ReferralOut:
    """Record the authority's receipt number."""
    return referral_out(clock, recommendation_view, await complaints.referring.receipt(call.who, f"{case}/{place}", body.receipt.strip()))


@endpoint("GET", "/api/referrals", Permission.WORK_CASES)
async def waiting(scope: CentreScope, complaints: Complaints, clock: Clock, recommendation_view: RecommendationView,
                  call: Call) -> list[ReferralOut]:
    """Referrals of one's lines without a receipt, the longest overdue first."""
    return [referral_out(clock, recommendation_view, each) for each in await complaints.referring.waiting(scope.lines(call.who))]


def _selection(cases: Cases, scope: CentreScope, who: Operator, given: SelectionIn) -> Selection:
    if not given.since <= given.until <= given.since + LONGEST:
        raise RefusedError("bad_dates", "Период задан неверно.")
    topic_tree = cases.topic_tree
    version = given.version or topic_tree.current.version
    if version not in topic_tree.trees:
        raise RefusedError("bad_tree", "Такой версии дерева тем нет.")
    return Selection(given.since, given.until, tuple(scope.lines(who)), version, given.topic, given.authority, given.service, given.breach,
                     given.subject)


@endpoint("GET", "/api/complaints", Permission.SEE_FIGURES)
async def complaints(complaints: Complaints, cases: Cases, scope: CentreScope, recommendation_view: RecommendationView, call: Call,
                     query: SelectionIn) -> EvidenceOut:
    """Statistics of complaints in visible lines, in all groupings. No names, no texts."""
    selection = _selection(cases, scope, call.who, query)
    return recommendation_view.evidence(await complaints.advising.evidence(selection), selection.version)


@endpoint("GET", "/api/complaints/cases", Permission.WORK_CASES)
async def complaints_behind(complaints: Complaints, actions: Actions, cases: Cases, case_view: CaseView, scope: CentreScope, call: Call,
                            query: ComplaintsBehindIn) -> CasesOut:
    """The complaints behind a figure, newest first, 50 a page: those that one may work on."""
    found = await complaints.advising.behind(_selection(cases, scope, call.who, query), query.table, query.key)
    mine = [case for case in found if cases.work.sees(call.who, case)]
    await actions.readings.note(call.who.login, "listed", detail=f"complaints: {query.table} {query.key}".strip())
    return page_of(case_view, mine, query.after)


@endpoint("GET", "/api/recommendations", Permission.ADVISE)
async def recommendations(scope: CentreScope, complaints: Complaints, recommendation_view: RecommendationView,
                          call: Call) -> list[RecommendationOut]:
    """Recommendations whose figures are visible, newest first."""
    lines = scope.lines(call.who)
    return [recommendation_view.row(each) for each in await complaints.advising.all() if sees(each.selection, lines)]


async def _found(scope: CentreScope, complaints: Complaints, call: Call, id_: str) -> Recommendation:
    made = await complaints.advising.find(id_)
    if not sees(made.selection, scope.lines(call.who)):
        raise RefusedError("no_such_recommendation", "Такой рекомендации нет.")
    return made


@endpoint("POST", "/api/recommendations", Permission.ADVISE)
async def draft(complaints: Complaints, cases: Cases, scope: CentreScope, recommendation_view: RecommendationView, call: Call,
                body: DraftIn) -> RecommendationDetailsOut:
    """Draft a recommendation from a selection of complaints; its figures are computed now and stored."""
    selection = _selection(cases, scope, call.who, body.selection)
    wording = Wording(body.title.strip(), body.cause.strip(), body.proposal.strip(), body.addressee)
    return await recommendation_view.details(call.who, await complaints.advising.draft(call.who, selection, wording))


@endpoint("GET", "/api/recommendations/{recommendation}", Permission.ADVISE)
async def recommendation(recommendation_view: RecommendationView, scope: CentreScope, complaints: Complaints, call: Call,
                         recommendation: RecommendationId) -> RecommendationDetailsOut:
    """One recommendation: its figures, verified for the same moment, and its effect."""
    return await recommendation_view.details(call.who, await _found(scope, complaints, call, recommendation))


@endpoint("PUT", "/api/recommendations/{recommendation}", Permission.ADVISE)
async def revise(complaints: Complaints, scope: CentreScope, recommendation_view: RecommendationView, call: Call,
                 recommendation: RecommendationId, body: RecommendationIn) -> RecommendationDetailsOut:
    """A new edition with current figures, for approval by a second person."""
    made = await _found(scope, complaints, call, recommendation)
    wording = Wording(body.title.strip(), body.cause.strip(), body.proposal.strip(), body.addressee)
    return await recommendation_view.details(call.who, await complaints.advising.revise(call.who, made.id, wording))


@endpoint("POST", "/api/recommendations/{recommendation}/moves", Permission.ADVISE)
async def move(complaints: Complaints, scope: CentreScope, recommendation_view: RecommendationView, call: Call,
               recommendation: RecommendationId, body: MoveIn) -> RecommendationDetailsOut:
    """Approve it (not by its author), or record that it was sent, accepted, rejected, done."""
    made = await _found(scope, complaints, call, recommendation)
    return await recommendation_view.details(call.who, await complaints.advising.move(call.who, made.id, body.state, body.why.strip()))


class FormQuery(Struct, frozen=True):
    form: Annotated[str, Meta(pattern="^(docx|pdf)$")] = "pdf"


@endpoint("GET", "/api/recommendations/{recommendation}/file", Permission.ADVISE)
async def recommendation_file(centre: Centre, complaints: Complaints, scope: CentreScope, recommendation_view: RecommendationView,
                              call: Call, recommendation: RecommendationId, query: FormQuery) -> web.Response:
    """The document, as DOCX or PDF: the same bytes each time."""
    made = await _found(scope, complaints, call, recommendation)
    printed = paper(made, recommendation_view.named(made.selection.version), centre.name, ZoneInfo(centre.timezone),
                    await complaints.advising.effect(made))
    body = await complaints.press(printed, query.form)
    return paper_response(made.id, query.form, body)


ENDPOINTS = (
    referrals_of, refer, receipt, waiting, complaints, complaints_behind, recommendations, draft, recommendation, revise, move,
    recommendation_file)
