"""Complaints at the desk: whom they go to, whether they came, and what is recommended out of many of them (CM-03, CM-05…CM-07)."""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.cases.breaches import WORDS
from hub.cases.recommendation import Count, Evidence, MeasuredEffect, Recommendation, RecommendationState, Revision, Selection
from hub.cases.recommendation_document import Named, paper
from hub.cases.recommendation_service import Wording, sees
from hub.cases.referral import Referral, ReferralState, ReferralWay
from hub.desk.cases.endpoints import case_out
from hub.desk.cases.forms import CaseOut, CasesOut, Number, Short, Words
from hub.desk.cases.reports import LONGEST, page_of
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.kernel.errors import RefusedError
from hub.kernel.web.download import download_headers
from hub.knowledge.authorities import Authority
from hub.organisation.territory import Place

TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}
RecommendationId = Annotated[str, Meta(pattern=r"^[0-9]{3}-Р-[0-9]{1,9}$")]
ReferralId = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3}$")]
Prose = Annotated[str, Meta(min_length=1, max_length=8000)]


class AuthorityOut(Struct, frozen=True):
    id: str
    name: str
    short: str
    mailbox: bool
    """Whether a letter can go there."""


class ReferralOut(Struct, frozen=True):
    place: str
    """Which of the case's referrals it is."""
    case: str
    authority: AuthorityOut
    way: ReferralWay
    at: datetime
    by: str
    due: datetime
    state: ReferralState
    why: str
    receipt: str
    received: datetime | None
    overdue: bool
    superseded: datetime | None
    """Since when nobody waits for its receipt: the case went elsewhere, or was answered."""


class ReferralsOut(Struct, frozen=True):
    """`judges` may decide the complaint, the nearest first; `next` is proposed where those who have it stay silent."""

    referrals: list[ReferralOut]
    judges: list[AuthorityOut]
    next: AuthorityOut | None


class ReferIn(Struct, frozen=True):
    """`by_hand`: somebody brings it, although there is a mailbox."""

    to: Annotated[str, Meta(min_length=1, max_length=100)]
    why: Words = ""
    by_hand: bool = False


class ReceiptIn(Struct, frozen=True):
    receipt: Annotated[str, Meta(min_length=1, max_length=200)]


class SelectionIn(Struct, frozen=True):
    """Complaints registered from `since` to `until`, both included; `version` of the tree, 0 for the newest; "" is any."""

    since: date
    until: date
    version: Annotated[int, Meta(ge=0)] = 0
    topic: Short = ""
    authority: Short = ""
    service: Short = ""
    breach: Short = ""
    subject: Short = ""


class ComplaintsBehindIn(SelectionIn, frozen=True):
    """The complaints of the row `key` of a `table` of the selection; with no table of all rows."""

    table: Annotated[str, Meta(max_length=20)] = ""
    key: Short = ""
    after: Annotated[str, Meta(max_length=40)] = ""
    """The number of the last one that was shown."""


class CountOut(Struct, frozen=True):
    key: str
    name: str
    complaints: int
    late: int


class EvidenceOut(Struct, frozen=True):
    at: datetime
    complaints: int
    late: int
    series: int
    tables: dict[str, list[CountOut]]


class DraftIn(Struct, frozen=True):
    selection: SelectionIn
    title: Annotated[str, Meta(min_length=1, max_length=300)]
    cause: Prose
    proposal: Prose
    addressee: Annotated[str, Meta(min_length=1, max_length=100)]


class RecommendationIn(Struct, frozen=True):
    title: Annotated[str, Meta(min_length=1, max_length=300)]
    cause: Prose
    proposal: Prose
    addressee: Annotated[str, Meta(min_length=1, max_length=100)]


class MoveIn(Struct, frozen=True):
    state: RecommendationState
    why: Words = ""


class MoveOut(Struct, frozen=True):
    at: datetime
    by: str
    state: RecommendationState
    why: str


class RecommendationOut(Struct, frozen=True):
    """A row of the list."""

    id: str
    title: str
    state: RecommendationState
    since: date
    until: date
    complaints: int
    addressee: AuthorityOut | None
    at: datetime
    by: str


class RevisionOut(Struct, frozen=True):
    at: datetime
    by: str
    title: str
    cause: str
    proposal: str
    addressee: AuthorityOut | None
    complaints: int
    late: int


class RecommendationDetailsOut(Struct, frozen=True):
    """`gone` are cases that were erased since it was counted; `altered`: the rest does not give the same numbers any more.

    `editions` are all of them, the first one first; `next` is what may become of it by whoever asks, `draft` being another edition.
    """

    recommendation: RecommendationOut
    selection: Selection
    editions: list[RevisionOut]
    cause: str
    proposal: str
    evidence: EvidenceOut
    cases: list[str]
    moves: list[MoveOut]
    next: list[RecommendationState]
    gone: list[str]
    altered: bool
    effect: MeasuredEffect | None
    change: float | None
    """By how much the rate has changed: −0.4 is 40 % less."""


def authority_out(authority: Authority) -> AuthorityOut:
    return AuthorityOut(authority.id, authority.name, authority.short or authority.name, bool(authority.contacts.email))


def _known(desk: Desk, id_: str) -> Authority | None:
    return desk.complaints.authorities().get(id_)


def referral_out(desk: Desk, referral: Referral) -> ReferralOut:
    authority = _known(desk, referral.authority)
    id_ = referral.authority
    told = authority_out(authority) if authority else AuthorityOut(id_, id_, id_, mailbox=False)
    overdue = referral.waits and desk.now() >= referral.due
    return ReferralOut(referral.id.partition("/")[2], referral.case, told, referral.way, referral.at, referral.by, referral.due,
                       referral.state, referral.why, referral.receipt, referral.received, overdue, referral.superseded)


@endpoint("GET", "/api/cases/{case}/referrals", Permission.WORK_CASES)
async def referrals_of(desk: Desk, call: Call, case: Number) -> ReferralsOut:
    """Where a case was sent, whether it came, and whom a complaint may go to."""
    found, following = await desk.complaints.referring.of(call.who, case)
    judges = desk.complaints.referring.judges(await desk.cases.work.find(call.who, case))
    return ReferralsOut([referral_out(desk, each) for each in found], [authority_out(each) for each in judges],
                        authority_out(following) if following else None)


@endpoint("POST", "/api/cases/{case}/referrals", Permission.WORK_CASES)
async def refer(desk: Desk, call: Call, case: Number, body: ReferIn) -> CaseOut:
    """Send it to an authority of the knowledge base: a complaint to one above, never to the one complained of."""
    return case_out(desk, await desk.complaints.referring.refer(call.who, case, body.to, body.why.strip(), by_hand=body.by_hand))


@endpoint("POST", "/api/cases/{case}/referrals/{place}/receipt", Permission.WORK_CASES)
async def receipt(desk: Desk, call: Call, case: Number, place: ReferralId, body: ReceiptIn) -> ReferralOut:
    """Write down that it came: the number it has with them."""
    return referral_out(desk, await desk.complaints.referring.receipt(call.who, f"{case}/{place}", body.receipt.strip()))


@endpoint("GET", "/api/referrals", Permission.WORK_CASES)
async def waiting(desk: Desk, call: Call) -> list[ReferralOut]:
    """Those of one's lines that no receipt has come for, the longest overdue first."""
    return [referral_out(desk, each) for each in await desk.complaints.referring.waiting(desk.lines(call.who))]


def _selection(desk: Desk, who: Operator, given: SelectionIn) -> Selection:
    if not given.since <= given.until <= given.since + LONGEST:
        raise RefusedError("bad_dates", "Период задан неверно.")
    topic_tree = desk.cases.topic_tree
    version = given.version or topic_tree.current.version
    if version not in topic_tree.trees:
        raise RefusedError("bad_tree", "Такой версии дерева тем нет.")
    return Selection(given.since, given.until, tuple(desk.lines(who)), version, given.topic, given.authority, given.service, given.breach,
                     given.subject)


def named(desk: Desk, version: int) -> Named:
    tree = desk.cases.topic_tree.trees.get(version)
    topics = {topic.id: topic.title for topic in tree.topics} if tree else {}
    breaches = {str(breach): words for breach, words in WORDS.items()}

    def name(table: str, key: str) -> str:
        if key in {"", "="}:
            return {"": "не указано", "=": "остальные"}[key]
        match table:
            case "authority":
                found = _known(desk, key)
                return (found.short or found.name) if found else key
            case "service":
                service = desk.editorial.handbook().services.get(key)
                return service.title if service else key
            case "territory":
                return desk.places.title(Place(key))
            case "channel":
                return desk.sequencer.traits.named(key).title
        return {"topic": topics, "breach": breaches}.get(table, {}).get(key, key)
    return name


def evidence_out(desk: Desk, evidence: Evidence, version: int) -> EvidenceOut:
    name = named(desk, version)

    def rows(table: str, counts: tuple[Count, ...]) -> list[CountOut]:
        return [CountOut(each.key, name(table, each.key), each.complaints, each.late) for each in counts]
    return EvidenceOut(evidence.at, len(evidence.cases), evidence.late, evidence.series,
                       {table: rows(table, counts) for table, counts in evidence.tables.items()})


@endpoint("GET", "/api/complaints", Permission.SEE_FIGURES)
async def complaints(desk: Desk, call: Call, query: SelectionIn) -> EvidenceOut:
    """What the complaints of the lines that one sees come to, by all that they are told apart by. No names, no texts."""
    selection = _selection(desk, call.who, query)
    return evidence_out(desk, await desk.complaints.advising.evidence(selection), selection.version)


@endpoint("GET", "/api/complaints/cases", Permission.WORK_CASES)
async def complaints_behind(desk: Desk, call: Call, query: ComplaintsBehindIn) -> CasesOut:
    """The complaints that a figure counts, the newest first, 50 at once: those that one may work on."""
    found = await desk.complaints.advising.behind(_selection(desk, call.who, query), query.table, query.key)
    mine = [case for case in found if desk.cases.work.sees(call.who, case)]
    await desk.actions.readings.note(call.who.login, "listed", detail=f"complaints: {query.table} {query.key}".strip())
    return page_of(desk, mine, query.after)


@endpoint("GET", "/api/recommendations", Permission.ADVISE)
async def recommendations(desk: Desk, call: Call) -> list[RecommendationOut]:
    """Newest first, of those whose figures one may see."""
    lines = desk.lines(call.who)
    return [_row(desk, each) for each in await desk.complaints.advising.all() if sees(each.selection, lines)]


def _row(desk: Desk, made: Recommendation) -> RecommendationOut:
    edition, addressee = made.edition, _known(desk, made.edition.addressee)
    return RecommendationOut(made.id, edition.title, made.state, made.selection.since, made.selection.until, len(edition.evidence.cases),
                             authority_out(addressee) if addressee else None, made.moves[-1].at, edition.by)


async def _found(desk: Desk, call: Call, id_: str) -> Recommendation:
    made = await desk.complaints.advising.find(id_)
    if not sees(made.selection, desk.lines(call.who)):
        raise RefusedError("no_such_recommendation", "Такой рекомендации нет.")
    return made


def _revision(desk: Desk, edition: Revision) -> RevisionOut:
    addressee, evidence = _known(desk, edition.addressee), edition.evidence
    return RevisionOut(edition.at, edition.by, edition.title, edition.cause, edition.proposal,
                       authority_out(addressee) if addressee else None, len(evidence.cases), evidence.late)


async def _details(desk: Desk, who: Operator, made: Recommendation) -> RecommendationDetailsOut:
    gone, altered = await desk.complaints.advising.checked(made)
    effect = await desk.complaints.advising.effect(made)
    edition = made.edition
    return RecommendationDetailsOut(
        _row(desk, made), made.selection, [_revision(desk, each) for each in made.editions], edition.cause, edition.proposal,
        evidence_out(desk, edition.evidence, made.selection.version), list(edition.evidence.cases),
        [MoveOut(each.at, each.by, each.state, each.why) for each in made.moves],
        desk.complaints.advising.steps(who, made), gone, altered, effect, effect.change if effect else None)


@endpoint("POST", "/api/recommendations", Permission.ADVISE)
async def draft(desk: Desk, call: Call, body: DraftIn) -> RecommendationDetailsOut:
    """Draft one out of a selection of complaints; its numbers are counted now and kept."""
    selection = _selection(desk, call.who, body.selection)
    wording = Wording(body.title.strip(), body.cause.strip(), body.proposal.strip(), body.addressee)
    return await _details(desk, call.who, await desk.complaints.advising.draft(call.who, selection, wording))


@endpoint("GET", "/api/recommendations/{recommendation}", Permission.ADVISE)
async def recommendation(desk: Desk, call: Call, recommendation: RecommendationId) -> RecommendationDetailsOut:
    """One of them: its numbers, counted again as of the same moment, and its effect."""
    return await _details(desk, call.who, await _found(desk, call, recommendation))


@endpoint("PUT", "/api/recommendations/{recommendation}", Permission.ADVISE)
async def revise(desk: Desk, call: Call, recommendation: RecommendationId, body: RecommendationIn) -> RecommendationDetailsOut:
    """Another edition, with the numbers of now; a second person approves it anew."""
    made = await _found(desk, call, recommendation)
    wording = Wording(body.title.strip(), body.cause.strip(), body.proposal.strip(), body.addressee)
    return await _details(desk, call.who, await desk.complaints.advising.revise(call.who, made.id, wording))


@endpoint("POST", "/api/recommendations/{recommendation}/moves", Permission.ADVISE)
async def move(desk: Desk, call: Call, recommendation: RecommendationId, body: MoveIn) -> RecommendationDetailsOut:
    """Approve it (by another than its author), or say that it was sent, accepted, rejected, done."""
    made = await _found(desk, call, recommendation)
    return await _details(desk, call.who, await desk.complaints.advising.move(call.who, made.id, body.state, body.why.strip()))


class FormQuery(Struct, frozen=True):
    form: Annotated[str, Meta(pattern="^(docx|pdf)$")] = "pdf"


@endpoint("GET", "/api/recommendations/{recommendation}/file", Permission.ADVISE)
async def recommendation_file(desk: Desk, call: Call, recommendation: RecommendationId, query: FormQuery) -> web.Response:
    """The document, as DOCX or PDF: the same bytes each time."""
    made = await _found(desk, call, recommendation)
    printed = paper(made, named(desk, made.selection.version), desk.centre.name, ZoneInfo(desk.centre.timezone),
                    await desk.complaints.advising.effect(made))
    body = await desk.complaints.press(printed, query.form)
    return web.Response(body=body, content_type=TYPES[query.form], headers=download_headers(f"{made.id}.{query.form}", len(body)))


ENDPOINTS = (
    referrals_of, refer, receipt, waiting, complaints, complaints_behind, recommendations, draft, recommendation, revise, move,
    recommendation_file)
