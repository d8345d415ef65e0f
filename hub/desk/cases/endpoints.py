"""Cases at the desk: registered beside a conversation, worked on, looked for by their terms."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.cases.case import Case, CaseStep, Subject, overdue
from hub.cases.due_counts import NEAR
from hub.cases.lists import in_order
from hub.cases.registration import Draft
from hub.cases.state import OUTSIDE, OWED, Act
from hub.cases.transitions import TRANSITIONS, Need, Who, moved
from hub.desk.cases.forms import (
    ActOut,
    AttachIn,
    AwayOut,
    CaseDetailsOut,
    CaseIn,
    CaseOut,
    CasesOut,
    CasesQuery,
    CodeOut,
    FilingOut,
    LinkedOut,
    LinkIn,
    MatterIn,
    MatterOut,
    NeedOut,
    NewCodeIn,
    Number,
    OriginOut,
    PassCaseIn,
    RegisteredOut,
    RulingOut,
    RulingQuery,
    SimilarOut,
    SimilarQuery,
    StepIn,
    StepOut,
    TermsOut,
    TopicIn,
)
from hub.desk.conversations.endpoints import Id
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.kernel.errors import RefusedError

PAGE = 50
EVERY = 1_000_000
SOON = timedelta(days=1)


def case_out(desk: Desk, case: Case) -> CaseOut:
    owed = case.due if case.state in OWED else None
    return CaseOut(
        case.number, case.kind, case.state, case.ruling.label, case.topic, case.channel, case.registered, owed,
        overdue(case, desk.now()), case.line, case.home, case.worker, desk.dispatch.name(case.worker) if case.worker else "",
        case.series, _named(desk, moved(case)), away_out(desk, case))


def away_out(desk: Desk, case: Case) -> AwayOut | None:
    if (away := case.away) is None:
        return None
    return AwayOut(desk.handover_sender.remote.title(away.centre), away.number, away.state, away.taken, case.elsewhere)


def _where(desk: Desk, case: Case) -> AwayOut | None:
    """Which centre has it, and no more."""
    return AwayOut(desk.handover_sender.remote.title(case.away.centre), "", "", None, waits=False) if case.away else None


def _named(desk: Desk, step: CaseStep) -> str:
    """Where a step leads, as the desk knows it; a centre afar and a body by their names."""
    match TRANSITIONS[step.act].to:
        case Need.CENTRE:
            return desk.handover_sender.remote.title(step.to)
        case Need.AUTHORITY | Need.BODY:
            body = desk.editorial.handbook().authorities.get(step.to)
            return body.name if body else step.to
        case _:
            return step.to


def seen_by(desk: Desk, who: Operator, case: Case) -> CaseOut:
    """As much as he may know: the number and the centre that has it, where it is not his to work on (D19)."""
    if desk.cases.work.sees(who, case):
        return case_out(desk, case)
    return CaseOut(case.number, case.kind, None, case.ruling.label, "", "", case.registered, None, overdue=False, line="", home=case.home,
                   worker="", worker_name="", series="", to="", away=_where(desk, case))


@endpoint("GET", "/api/conversations/{conversation}/cases", Permission.REGISTER_CASE)
async def cases_of(desk: Desk, call: Call, conversation: Id) -> list[CaseOut]:
    """The cases that a conversation is about, and those that go on in it."""
    head = (await desk.actions.read(call.who, conversation, "cases")).head
    heads = (head, *(live.head for live in await desk.merging.parts(head)))
    found = [case for each in heads for case in await desk.store.marked(Case, "conversation", str(each.id), limit=EVERY)]
    return [seen_by(desk, call.who, case) for case in found]


@endpoint("GET", "/api/conversations/{conversation}/ruling", Permission.REGISTER_CASE)
async def ruling(desk: Desk, call: Call, conversation: Id, query: RulingQuery) -> RulingOut:
    """What the law would make of it if it were registered now."""
    live = await desk.actions.seen(call.who, conversation)
    matter = Subject(query.service, refusal=query.refusal)
    made, due = desk.cases.case_registration.preview(live, query.kind, matter, shown=query.shown)
    return RulingOut(made.label, made.source, made.register_by, due, made.forward_by, made.extend_days, made.suspendable, made.offer,
                     desk.cases.case_registration.proved(live))


@endpoint("POST", "/api/conversations/{conversation}/cases", Permission.REGISTER_CASE)
async def register(desk: Desk, call: Call, conversation: Id, body: CaseIn) -> RegisteredOut:
    """Register a case under a number of its own, which the citizen is told at once."""
    draft = Draft(body.key, body.kind, body.topic, body.text.strip(), _matter(desk, body.matter), body.read_back, body.shown.strip(),
                  body.received)
    if not draft.text:
        raise RefusedError("bad_request", "Нужен текст обращения.")
    case, code = await desk.cases.case_registration.register(call.who, conversation, draft)
    return RegisteredOut(seen_by(desk, call.who, case), code)


def _matter(desk: Desk, told: MatterIn) -> Subject:
    place, handbook = desk.places.settled(told.subject, told.mfc), desk.editorial.handbook()
    service, authority = handbook.service_named(told.service.strip()), handbook.authority_named(told.authority.strip())
    return Subject(service, authority, place, told.happened, told.deviation.strip(), told.breach, told.refusal)


@endpoint("POST", "/api/conversations/{conversation}/cases/{case}/pass", Permission.REGISTER_CASE)
async def pass_case(desk: Desk, call: Call, conversation: Id, case: Number, body: PassCaseIn) -> CaseOut:
    """Pass a case on to a line of the centre that answers for it; the citizen is told."""
    return seen_by(desk, call.who, await desk.cases.work.pass_on(call.who, conversation, case, body.to, body.why))


@endpoint("PUT", "/api/conversations/{conversation}/cases/{case}", Permission.WORK_CASES)
async def attach(desk: Desk, call: Call, conversation: Id, case: Number, body: AttachIn) -> CaseOut:
    """Say that a conversation is about a case as well, or that it is not."""
    return case_out(desk, await desk.cases.work.attach(call.who, conversation, case, attached=body.attached))


@endpoint("POST", "/api/conversations/{conversation}/similar", Permission.WORK_CASES)
async def similar(desk: Desk, call: Call, conversation: Id, body: SimilarQuery) -> list[SimilarOut]:
    """Cases of the same person, of late and under the same topic, whose words are near to these."""
    await desk.actions.read(call.who, conversation, "cases")
    found = await desk.cases.work.similar(call.who, conversation, body.topic, body.text)
    return [SimilarOut(case_out(desk, case), round(likeness, 2)) for case, likeness in found]


@endpoint("GET", "/api/cases", Permission.WORK_CASES)
async def cases(desk: Desk, call: Call, query: CasesQuery) -> CasesOut:
    """Cases of one view, and of one state or topic."""
    after = await desk.store.get(Case, query.after) if query.after else None
    found: list[Case] = []
    async with aclosing(_view(desk, call.who, query.view, after)) as view:
        async for case in view:
            if query.view == "near" and case.due > desk.now() + NEAR:
                break
            if _fits(desk, call.who, query, case):
                found.append(case)
            if len(found) > PAGE:
                break
    if found and query.view in {"due", "near", "all"}:
        await desk.actions.readings.note(call.who.login, "listed", detail=f"cases: {query.view}")
    return CasesOut([case_out(desk, case) for case in found[:PAGE]], more=len(found) > PAGE)


def _view(desk: Desk, who: Operator, view: str, after: Case | None) -> AsyncGenerator[Case, None]:
    match view:
        case "mine":
            return in_order(desk.store, "worker", (who.login,), after=after)
        case "line":
            return in_order(desk.store, "line", who.queues, after=after)
        case "due" | "near":
            return in_order(desk.store, "owed", desk.lines(who), after=after)
        case _:
            return in_order(desk.store, "home", desk.lines(who), newest=True, after=after)


def _fits(desk: Desk, who: Operator, query: CasesQuery, case: Case) -> bool:
    waits = query.view != "line" or (not case.worker and case.state not in OUTSIDE)
    return waits and query.topic in {"", case.topic} and query.state in {"", case.state} and desk.cases.work.sees(who, case)


@endpoint("GET", "/api/cases/terms", Permission.WORK_CASES)
async def terms(desk: Desk, call: Call) -> TermsOut:
    """How many answers the lines that one sees owe, and how soon."""
    now = desk.now()
    spans = ((None, now), (now, now + SOON), (now + SOON, now + NEAR), (now + NEAR, None))
    lines = desk.lines(call.who)
    return TermsOut(*[
        sum([await desk.store.count(Case, "owed", line, since=since, until=until) for line in lines]) for since, until in spans])


@endpoint("GET", "/api/cases/{case}", Permission.WORK_CASES)
async def case(desk: Desk, call: Call, case: Number) -> CaseDetailsOut:
    """A case with all that was done with it."""
    return await details(desk, call.who, await desk.cases.work.find(call.who, case))


@endpoint("GET", "/api/cases/{case}/similar", Permission.WORK_CASES)
async def alike(desk: Desk, call: Call, case: Number) -> list[SimilarOut]:
    """Other cases that may be about the same: of the same person, or of late under its topic."""
    found = await desk.cases.work.alike(call.who, case)
    await desk.actions.readings.note(call.who.login, "case", case, detail="similar")
    return [SimilarOut(case_out(desk, each), round(likeness, 2)) for each, likeness in found]


@endpoint("POST", "/api/cases/{case}/steps", Permission.WORK_CASES)
async def step(desk: Desk, call: Call, case: Number, body: StepIn) -> CaseDetailsOut:
    """Do with it one of the acts that it takes, with what that act needs."""
    return await details(desk, call.who, await desk.cases.work.act(call.who, case, body.act, why=body.why.strip(), to=body.to.strip()))


@endpoint("PUT", "/api/cases/{case}/topic", Permission.WORK_CASES)
async def refile(desk: Desk, call: Call, case: Number, body: TopicIn) -> CaseDetailsOut:
    """File it under another topic."""
    return await details(desk, call.who, await desk.cases.work.refile(call.who, case, body.topic))


@endpoint("PUT", "/api/cases/{case}/matter", Permission.WORK_CASES)
async def restate(desk: Desk, call: Call, case: Number, body: MatterIn) -> CaseDetailsOut:
    """Fill in or correct what was stated of it: service, body, place, day, what deviated, what went wrong."""
    found = await desk.cases.work.find(call.who, case)
    matter = replace(_matter(desk, body), spot=found.matter.spot)
    return await details(desk, call.who, await desk.cases.work.restate(call.who, case, matter))


@endpoint("PUT", "/api/cases/{case}/series", Permission.WORK_CASES)
async def link(desk: Desk, call: Call, case: Number, body: LinkIn) -> CaseDetailsOut:
    """Put it into a series, or take it out."""
    return await details(desk, call.who, await desk.cases.work.link(call.who, case, body.series))


@endpoint("POST", "/api/cases/{case}/code", Permission.WORK_CASES)
async def renew_code(desk: Desk, call: Call, case: Number, body: NewCodeIn) -> CodeOut:
    """A new code for a citizen who has lost his and shown who he is; the old one opens nothing any more."""
    return CodeOut(await desk.cases.work.renew_code(call.who, case, body.shown.strip()))


async def details(desk: Desk, who: Operator, case: Case) -> CaseDetailsOut:
    """A case with all that was done with it, as far as he may know."""
    ruling, matter, store = case.ruling, case.matter, desk.store
    parts = await store.marked(Case, "into", case.number, limit=EVERY)
    first = case.series or case.number
    acts = desk.cases.work.possible(who, case)
    series = [each for each in (await store.get(Case, first), *await store.marked(Case, "series", first, limit=EVERY)) if each]
    return CaseDetailsOut(
        case_out(desk, case), case.text, case.received, case.read_back, case.identified, case.shown,
        MatterOut(matter.service, matter.authority, desk.places.out(matter.place), matter.happened, matter.deviation, matter.breach,
                  matter.refusal),
        RulingOut(ruling.label, ruling.source, ruling.register_by, case.due, ruling.forward_by, ruling.extend_days, ruling.suspendable,
                  ruling.offer, case.identified and not case.shown),
        [StepOut(each.at, each.by, desk.dispatch.name(each.by) if each.by else "", each.act, each.state, each.why, _named(desk, each))
         for each in case.steps],
        [FilingOut(each.at, each.by, each.topic, each.version) for each in case.filings],
        [str(each) for each in (case.conversation, *case.others) if each],
        [each.number for each in parts],
        [case_out(desk, each) for each in series if each.number != case.number and desk.cases.work.sees(who, each)],
        acts, _origin_out(desk, case), _centres(desk, case), [act_out(act) for act in acts],
        any(TRANSITIONS[act].who is Who.WORKER for act in acts))


def act_out(act: Act) -> ActOut:
    transition = TRANSITIONS[act]
    return ActOut(act, [NeedOut("why" if need.worded else "to", need) for need in transition.needs], transition.main)


def _origin_out(desk: Desk, case: Case) -> OriginOut | None:
    if (origin := case.origin) is None:
        return None
    title = desk.handover_sender.remote.title(origin.centre)
    return OriginOut(title, origin.number, origin.by, origin.why, origin.name, origin.contact, list(origin.files))


def _centres(desk: Desk, case: Case) -> list[LinkedOut]:
    """Where it may be sent over the line."""
    entrusting, been = desk.cases.entrusting, case.origin.through if case.origin else ()
    title = desk.handover_sender.remote.title
    return [LinkedOut(each, title(each), entrusting.up(each)) for each in entrusting.centres() if each not in been]


ENDPOINTS = (cases_of, ruling, register, pass_case, attach, similar, cases, terms, case, alike, step, refile, restate, link, renew_code)
