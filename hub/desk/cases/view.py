"""Cases in the desk's form."""


from hub.access.operator import Operator
from hub.cases.case import Case, CaseStep, Subject, overdue
from hub.cases.state import OWED, Act
from hub.cases.transitions import TRANSITIONS, Need, Who, moved
from hub.conversations.ports import Store
from hub.desk.cases.forms import (
    ActOut,
    AwayOut,
    CaseDetailsOut,
    CaseOut,
    FilingOut,
    LinkedOut,
    MatterIn,
    MatterOut,
    NeedOut,
    OriginOut,
    RulingOut,
    StepOut,
)
from hub.desk.cases.parts import Cases
from hub.desk.http.parts import Clock
from hub.desk.organisation.places import Places
from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender
from hub.knowledge.editorial import Editorial

EVERY = 1_000_000


class CaseView:
    def __init__(self, clock: Clock, dispatch: Dispatch, handover_sender: HandoverSender, editorial: Editorial, cases: Cases,
                 places: Places, store: Store) -> None:
        self._clock, self._dispatch, self._handover_sender, self._editorial = clock, dispatch, handover_sender, editorial
        self._cases, self._places, self._store = cases, places, store

    def out(self, case: Case) -> CaseOut:
        owed = case.due if case.state in OWED else None
        return CaseOut(
            case.number, case.kind, case.state, case.ruling.label, case.topic, case.channel, case.registered, owed,
            overdue(case, self._clock()), case.line, case.home, case.worker, self._dispatch.name(case.worker) if case.worker else "",
            case.series, self._named(moved(case)), self._away(case), case.matter.ongoing and owed is not None)

    def _away(self, case: Case) -> AwayOut | None:
        if (away := case.away) is None:
            return None
        return AwayOut(self._handover_sender.remote.title(away.centre), away.number, away.state, away.taken, case.elsewhere)

    def _where(self, case: Case) -> AwayOut | None:
        """Only the centre that has it."""
        return AwayOut(self._handover_sender.remote.title(case.away.centre), "", "", None, waits=False) if case.away else None

    def _named(self, step: CaseStep) -> str:
        """The target of a step, with names for remote centres and bodies."""
        match TRANSITIONS[step.act].to:
            case Need.CENTRE:
                return self._handover_sender.remote.title(step.to)
            case Need.AUTHORITY | Need.BODY:
                body = self._editorial.handbook().authorities.get(step.to)
                return body.name if body else step.to
            case _:
                return step.to

    def seen_by(self, who: Operator, case: Case) -> CaseOut:
        """The visible part: only the number and the centre, where one may not work on it (D19)."""
        if self._cases.work.sees(who, case):
            return self.out(case)
        return CaseOut(case.number, case.kind, None, case.ruling.label, "", "", case.registered, None, overdue=False, line="",
                       home=case.home, worker="", worker_name="", series="", to="", away=self._where(case))

    def matter(self, told: MatterIn) -> Subject:
        place, handbook = self._places.settled(told.subject, told.mfc, told.municipality), self._editorial.handbook()
        service, authority = handbook.service_named(told.service.strip()), handbook.authority_named(told.authority.strip())
        return Subject(service, authority, place, told.happened, told.deviation.strip(), told.breach, told.refusal,
                       ongoing=told.ongoing)

    async def details(self, who: Operator, case: Case) -> CaseDetailsOut:
        """The visible part of a case with its steps."""
        ruling, matter, store = case.ruling, case.matter, self._store
        parts = await store.marked(Case, "into", case.number, limit=EVERY)
        first = case.series or case.number
        acts = self._cases.work.possible(who, case)
        series = [each for each in (await store.get(Case, first), *await store.marked(Case, "series", first, limit=EVERY)) if each]
        return CaseDetailsOut(
            self.out(case), case.text, case.received, case.read_back, case.identified, case.shown,
            MatterOut(matter.service, matter.authority, self._places.out(matter.place), matter.happened, matter.deviation, matter.breach,
                      matter.refusal, matter.ongoing),
            RulingOut(ruling.label, ruling.source, ruling.register_by, case.due, ruling.forward_by, ruling.extend_days, ruling.suspendable,
                      ruling.offer, case.identified and not case.shown),
            [StepOut(each.at, each.by, self._dispatch.name(each.by) if each.by else "", each.act, each.state, each.why, self._named(each))
             for each in case.steps],
            [FilingOut(each.at, each.by, each.topic, each.version) for each in case.filings],
            [str(each) for each in (case.conversation, *case.others) if each],
            [each.number for each in parts],
            [self.out(each) for each in series if each.number != case.number and self._cases.work.sees(who, each)],
            acts, self._origin(case), self._centres(case), [act_out(act) for act in acts],
            any(TRANSITIONS[act].who is Who.WORKER for act in acts))

    def _origin(self, case: Case) -> OriginOut | None:
        if (origin := case.origin) is None:
            return None
        title = self._handover_sender.remote.title(origin.centre)
        return OriginOut(title, origin.number, origin.by, origin.why, origin.name, origin.contact, list(origin.files))

    def _centres(self, case: Case) -> list[LinkedOut]:
        """Centres on other deployments that it may be sent to."""
        entrusting, been = self._cases.entrusting, case.origin.through if case.origin else ()
        return [LinkedOut(each, self._handover_sender.remote.title(each), entrusting.up(each))
                for each in entrusting.centres() if each not in been]


def act_out(act: Act) -> ActOut:
    transition = TRANSITIONS[act]
    return ActOut(act, [NeedOut("why" if need.worded else "to", need) for need in transition.needs], transition.main)
