"""Cases: registration beside a conversation, actions, lists by deadline."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.cases.case import Case, Subject
from hub.cases.due_counts import NEAR
from hub.cases.lists import in_order
from hub.cases.registration import Draft
from hub.cases.state import OUTSIDE
from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.ports import Store
from hub.desk.cases.forms import (
    AttachIn,
    CaseDetailsOut,
    CaseIn,
    CaseOut,
    CasesOut,
    CasesQuery,
    CodeOut,
    LinkIn,
    MatterIn,
    NewCodeIn,
    PassCaseIn,
    RegisteredOut,
    RulingOut,
    RulingQuery,
    SimilarOut,
    SimilarQuery,
    StepIn,
    TermsOut,
    TopicIn,
)
from hub.desk.cases.parts import Cases
from hub.desk.cases.view import EVERY, CaseView
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id, Number
from hub.desk.http.parts import Clock
from hub.desk.organisation.scope import CentreScope
from hub.kernel.errors import RefusedError

PAGE = 50
SOON = timedelta(days=1)


@endpoint("GET", "/api/conversations/{conversation}/cases", Permission.REGISTER_CASE)
async def cases_of(actions: Actions, store: Store, merging: ConversationMerging, case_view: CaseView, call: Call,
                   conversation: Id) -> list[CaseOut]:
    """The cases of a conversation, and of those merged into it."""
    head = (await actions.read(call.who, conversation, "cases")).head
    heads = (head, *(live.head for live in await merging.parts(head)))
    found = [case for each in heads for case in await store.marked(Case, "conversation", str(each.id), limit=EVERY)]
    return [case_view.seen_by(call.who, case) for case in found]


@endpoint("GET", "/api/conversations/{conversation}/ruling", Permission.REGISTER_CASE)
async def ruling(actions: Actions, cases: Cases, call: Call, conversation: Id, query: RulingQuery) -> RulingOut:
    """The legal terms of a case if it were registered now."""
    live = await actions.seen(call.who, conversation)
    matter = Subject(query.service, refusal=query.refusal)
    made, due = cases.case_registration.preview(live, query.kind, matter, shown=query.shown)
    return RulingOut(made.label, made.source, made.register_by, due, made.forward_by, made.extend_days, made.suspendable, made.offer,
                     cases.case_registration.proved(live))


@endpoint("POST", "/api/conversations/{conversation}/cases", Permission.REGISTER_CASE)
async def register(cases: Cases, case_view: CaseView, call: Call, conversation: Id, body: CaseIn) -> RegisteredOut:
    """Register a case under a number of its own, which the citizen is told at once."""
    draft = Draft(body.key, body.kind, body.topic, body.text.strip(), case_view.matter(body.matter), body.read_back, body.shown.strip(),
                  body.received)
    if not draft.text:
        raise RefusedError("bad_request", "Нужен текст обращения.")
    case, code = await cases.case_registration.register(call.who, conversation, draft)
    return RegisteredOut(case_view.seen_by(call.who, case), code)


@endpoint("POST", "/api/conversations/{conversation}/cases/{case}/pass", Permission.REGISTER_CASE)
async def pass_case(cases: Cases, case_view: CaseView, call: Call, conversation: Id, case: Number, body: PassCaseIn) -> CaseOut:
    """Pass a case on to a line of the responsible centre; the citizen is notified."""
    return case_view.seen_by(call.who, await cases.work.pass_on(call.who, conversation, case, body.to, body.why))


@endpoint("PUT", "/api/conversations/{conversation}/cases/{case}", Permission.WORK_CASES)
async def attach(cases: Cases, case_view: CaseView, call: Call, conversation: Id, case: Number, body: AttachIn) -> CaseOut:
    """Attach a conversation to a case, or detach it."""
    return case_view.out(await cases.work.attach(call.who, conversation, case, attached=body.attached))


@endpoint("POST", "/api/conversations/{conversation}/similar", Permission.WORK_CASES)
async def similar(actions: Actions, cases: Cases, case_view: CaseView, call: Call, conversation: Id,
                  body: SimilarQuery) -> list[SimilarOut]:
    """Recent cases of the same person and under the same topic with similar texts."""
    await actions.read(call.who, conversation, "cases")
    found = await cases.work.similar(call.who, conversation, body.topic, body.text)
    return [SimilarOut(case_view.out(case), round(likeness, 2)) for case, likeness in found]


@endpoint("GET", "/api/cases", Permission.WORK_CASES)
async def cases(store: Store, actions: Actions, clock: Clock, scope: CentreScope, cases: Cases, case_view: CaseView, call: Call,
                query: CasesQuery) -> CasesOut:
    """Cases of one view, optionally of one state or topic."""
    after = await store.get(Case, query.after) if query.after else None
    found: list[Case] = []
    async with aclosing(_view(store, scope, call.who, query.view, after)) as view:
        async for case in view:
            if query.view == "near" and case.due > clock() + NEAR:
                break
            if _fits(cases, call.who, query, case):
                found.append(case)
            if len(found) > PAGE:
                break
    if found and query.view in {"due", "near", "all"}:
        await actions.readings.note(call.who.login, "listed", detail=f"cases: {query.view}")
    return CasesOut([case_view.out(case) for case in found[:PAGE]], more=len(found) > PAGE)


def _view(store: Store, scope: CentreScope, who: Operator, view: str, after: Case | None) -> AsyncGenerator[Case, None]:
    match view:
        case "mine":
            return in_order(store, "worker", (who.login,), after=after)
        case "line":
            return in_order(store, "line", who.queues, after=after)
        case "due" | "near":
            return in_order(store, "owed", scope.lines(who), after=after)
        case _:
            return in_order(store, "home", scope.lines(who), newest=True, after=after)


def _fits(cases: Cases, who: Operator, query: CasesQuery, case: Case) -> bool:
    waits = query.view != "line" or (not case.worker and case.state not in OUTSIDE)
    return waits and query.topic in {"", case.topic} and query.state in {"", case.state} and cases.work.sees(who, case)


@endpoint("GET", "/api/cases/terms", Permission.WORK_CASES)
async def terms(clock: Clock, scope: CentreScope, store: Store, call: Call) -> TermsOut:
    """Numbers of owed answers in visible lines, by urgency."""
    now = clock()
    spans = ((None, now), (now, now + SOON), (now + SOON, now + NEAR), (now + NEAR, None))
    lines = scope.lines(call.who)
    return TermsOut(*[
        sum([await store.count(Case, "owed", line, since=since, until=until) for line in lines]) for since, until in spans])


@endpoint("GET", "/api/cases/{case}", Permission.WORK_CASES)
async def case(cases: Cases, case_view: CaseView, call: Call, case: Number) -> CaseDetailsOut:
    """A case with its steps."""
    return await case_view.details(call.who, await cases.work.find(call.who, case))


@endpoint("GET", "/api/cases/{case}/similar", Permission.WORK_CASES)
async def alike(cases: Cases, actions: Actions, case_view: CaseView, call: Call, case: Number) -> list[SimilarOut]:
    """Other cases that may have the same subject: of the same person, or recent ones of its topic."""
    found = await cases.work.alike(call.who, case)
    await actions.readings.note(call.who.login, "case", case, detail="similar")
    return [SimilarOut(case_view.out(each), round(likeness, 2)) for each, likeness in found]


@endpoint("POST", "/api/cases/{case}/steps", Permission.WORK_CASES)
async def step(cases: Cases, case_view: CaseView, call: Call, case: Number, body: StepIn) -> CaseDetailsOut:
    """Perform one of the possible actions, with its required input."""
    return await case_view.details(call.who, await cases.work.act(call.who, case, body.act, why=body.why.strip(), to=body.to.strip()))


@endpoint("PUT", "/api/cases/{case}/topic", Permission.WORK_CASES)
async def refile(cases: Cases, case_view: CaseView, call: Call, case: Number, body: TopicIn) -> CaseDetailsOut:
    """Put it under another topic."""
    return await case_view.details(call.who, await cases.work.refile(call.who, case, body.topic))


@endpoint("PUT", "/api/cases/{case}/matter", Permission.WORK_CASES)
async def restate(cases: Cases, case_view: CaseView, call: Call, case: Number, body: MatterIn) -> CaseDetailsOut:
    """Complete or correct its subject: service, body, place, day, deviation, breach."""
    found = await cases.work.find(call.who, case)
    matter = replace(case_view.matter(body), spot=found.matter.spot)
    return await case_view.details(call.who, await cases.work.restate(call.who, case, matter))


@endpoint("PUT", "/api/cases/{case}/series", Permission.WORK_CASES)
async def link(cases: Cases, case_view: CaseView, call: Call, case: Number, body: LinkIn) -> CaseDetailsOut:
    """Add it to a series, or remove it."""
    return await case_view.details(call.who, await cases.work.link(call.who, case, body.series))


@endpoint("POST", "/api/cases/{case}/code", Permission.WORK_CASES)
async def renew_code(cases: Cases, call: Call, case: Number, body: NewCodeIn) -> CodeOut:
    """A new code for a citizen who lost it and was identified; the old one becomes invalid."""
    return CodeOut(await cases.work.renew_code(call.who, case, body.shown.strip()))


ENDPOINTS = (cases_of, ruling, register, pass_case, attach, similar, cases, terms, case, alike, step, refile, restate, link, renew_code)
