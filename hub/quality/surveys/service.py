"""Questionnaires and surveys: planning, invitations, results (SV-01…SV-03).

A survey belongs to the centre of its supervisor. Refusals: unknown questionnaire or survey, or another centre's; no personal surveys
at the federal level (D13); already begun or ended; nobody to ask.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.identities import address_of
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.document import Document
from hub.kernel.errors import ConflictError, OknoError, RefusedError
from hub.kernel.retry import constant_pauses, retry
from hub.kernel.signal import Signal
from hub.notifications.notice import Ground, NoticeState
from hub.notifications.notifier import NotificationSender
from hub.quality.surveys.figures import SurveySum, summed
from hub.quality.surveys.sampling import SurveySampling
from hub.quality.surveys.survey import (
    Bilingual,
    FreeText,
    InvitationState,
    Invited,
    Questionnaire,
    Survey,
    SurveyKind,
    SurveyPause,
    SurveyQuestion,
    SurveyState,
    Tally,
    check,
    empty,
    folded,
    id_of,
)
from hub.quality.versioned_forms import VersionedForms

log = logging.getLogger(__name__)

YEAR = timedelta(days=366)
PAGE, EVERY = 500, 1_000_000
AGAIN_S = 5.0
INVITATION = "Оцените, пожалуйста, как вам помогли: «{title}». {link} Опрос добровольный, отвечать не обязательно. Не присылать: {stop}."
NO_SURVEY = RefusedError("no_such_survey", "Такого опроса нет.")
NO_QUESTIONNAIRE = RefusedError("no_such_questionnaire", "Такой анкеты нет.")
TAKEN = RefusedError("exists", "Анкету с этим ключом ведёт другой центр узла: возьмите другой ключ.")


class Form(Struct, frozen=True):
    """Editor's input of a questionnaire."""

    title: Bilingual
    lead: Bilingual
    questions: tuple[SurveyQuestion, ...]
    sources: tuple[str, ...] = ()


class SurveyService:
    def __init__(self, sequencer: ConversationSequencer, store: Store, notification_sender: NotificationSender,
                 authorization: Authorization, drawing: SurveySampling, *,
                 address: str, stop: str, shipped: Sequence[tuple[str, Form]]) -> None:
        """`address` is the base URL of this hub's pages, "" where it is unknown; `stop` is the opt-out word.

        `shipped` are the initial questionnaires of a hub, by key.
        """
        self._sequencer, self._store, self._notification_sender, self._authorization = sequencer, store, notification_sender, authorization
        self._drawing, self._address, self._stop, self._shipped = drawing, address.rstrip("/"), stop, shipped
        self.questionnaires = VersionedForms(store, authorization, partial(store.all, Questionnaire), missing=NO_QUESTIONNAIRE,
                                             taken=TAKEN)
        self._surveys: dict[str, Survey] = {}
        self._changing = asyncio.Lock()
        self._tasks = BackgroundTasks()
        self.on_count = Signal[[]]()
        """The visible number of answers of an anonymous survey has changed."""

    async def start(self) -> None:
        """Send the invitations that the last run left."""
        await self._drawing.start()
        self._surveys = {each.key: each for each in await self._store.all(Survey)}
        now = self._sequencer.now()
        await self.questionnaires.start((_version(key, 0, form, "", now, "") for key, form in self._shipped), "questionnaires_filled",
                                        self._sequencer.now)
        self._tasks.spawn(self._invite())

    async def close(self) -> None:
        await self._tasks.cancel()

    # Questionnaires

    async def write(self, who: Operator, key: str, version: int, form: Form) -> Questionnaire:
        """A new version after the one seen, 0 for the first. Idempotent."""
        check(form.questions)
        def made(centre: str, at: datetime) -> Questionnaire:
            return _version(key, version, form, who.login, at, centre)

        return await self.questionnaires.write(who, key, version, "questionnaire", made, self._sequencer.now())

    def questions_of(self, survey: Survey) -> Questionnaire:
        return self.questionnaires.of(id_of(survey.questionnaire, survey.version))

    # Surveys

    def all(self, who: Operator) -> list[Survey]:
        """Surveys of the operator's centre that they may conduct, newest first."""
        found = [each for each in self._surveys.values() if self._why_not(who, each) is None]
        return sorted(found, key=lambda each: each.written, reverse=True)

    def find(self, who: Operator, key: str) -> Survey:
        """One that the operator may conduct; those of other centres are reported as unknown."""
        found = self._surveys.get(key)
        if found is None:
            raise NO_SURVEY
        if (why := self._why_not(who, found)) is not None:
            raise why
        return found

    def known(self, key: str) -> Survey:
        """For citizens: any started one."""
        found = self._surveys.get(key)
        if found is None or found.started is None:
            raise NO_SURVEY
        return found

    def _why_not(self, who: Operator, survey: Survey) -> RefusedError | None:
        needed = Permission.ASK_PERSONALLY if survey.kind is SurveyKind.PERSONAL else Permission.ASK_ANONYMOUSLY
        if (refusal := self._authorization.why_not(who, needed)) is not None:
            return RefusedError(refusal.code, refusal.text)
        return None if survey.centre in self._authorization.centres(who) else NO_SURVEY

    async def plan(self, who: Operator, survey: Survey) -> Survey:
        """A new one, or one that has not begun with other terms. Twice is once."""
        questions = self.questionnaires.find(who, survey.questionnaire, survey.version).questions
        now, sample = self._sequencer.now(), survey.sample
        if not max(survey.since, now) < survey.until <= now + YEAR or (
                sample and not now - 2 * YEAR <= sample.since < sample.until <= now + YEAR):
            raise RefusedError("bad_dates", "Период задан неверно.")
        async with self._changing:
            before = self._surveys.get(survey.key)
            if before and replace(survey, written=before.written) == replace(before, started=None, started_by="", ended=None, ended_by=""):
                return before
            if before and (before.started or (before.centre, before.kind) != (survey.centre, survey.kind)):
                raise RefusedError("exists", "Опрос с этим ключом уже есть, и он начат или не ваш.")
            return await self._put(survey, AuditEntry(survey.written, survey.written_by, "survey", survey.key, survey.kind), before,
                                   Tally(survey.key, counts=empty(questions)))

    async def start_asking(self, who: Operator, key: str) -> Survey:
        """Start; a personal one is sampled now. Idempotent."""
        async with self._changing:
            before, now = self.find(who, key), self._sequencer.now()
            if before.state(now) is SurveyState.OVER:
                raise RefusedError("survey_over", "Опрос уже закончен.")
            if before.started is not None:
                return before
            after, drawn, pauses = replace(before, started=now, started_by=who.login), list[Invited](), list[SurveyPause]()
            if before.sample is not None:
                if not self._address:
                    raise RefusedError("no_address", "Не задан адрес, по которому граждане откроют опрос: surveys.address.")
                drawn, pauses = await self._drawing.drawn(before, before.sample)
                if not drawn:
                    raise RefusedError("nobody_selected", "Пригласить некого: измените выборку.")
            await self._put(after, AuditEntry(now, who.login, "survey_started", key, f"{len(drawn)}" if drawn else ""), before, *drawn,
                            *pauses)
        self._tasks.spawn(self._invite())
        return after

    async def end(self, who: Operator, key: str) -> Survey:
        """End it permanently. Idempotent."""
        async with self._changing:
            before, now = self.find(who, key), self._sequencer.now()
            if before.state(now) is SurveyState.OVER:
                return before
            return await self._put(replace(before, ended=now, ended_by=who.login), AuditEntry(now, who.login, "survey_ended", key), before)

    async def _put(self, after: Survey, audit_entry: AuditEntry, before: Survey | None, *beside: Document) -> Survey:
        await self._store.exchange((after, *beside), (), audit_entry, seen=(before,) if before else ())
        self._surveys[after.key] = after
        return after

    # Invitations

    async def _invite(self) -> None:
        """Invite all sampled citizens, with retries. One notice each: its key is the invitation's own."""
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("invitations to a survey not sent: retried", extra={"why": str(error)})

        await retry(self._invite_once, constant_pauses(AGAIN_S), OknoError, failed)

    async def _invite_once(self) -> None:
        while unsent := await self._store.marked(Invited, "unsent", limit=PAGE):
            for each in unsent:
                await self._tell(each)

    async def _tell(self, invited: Invited) -> None:
        survey = self._surveys[invited.survey]
        link = f"{self._address}/survey/p/{invited.token}"
        text = INVITATION.format(title=self.questions_of(survey).title.ru, link=link, stop=self._stop)
        barred = survey.state(self._sequencer.now()) is SurveyState.OVER
        if not barred:
            try:
                key = f"survey/{survey.key}/{invited.key[:16]}"
                told = await self._notification_sender.notify(survey.started_by, key, address_of(invited.address), text, Ground.REQUEST)
                barred = told.state is NoticeState.REFUSED
            except RefusedError as refused:
                log.warning("invitation to a survey refused: the citizen is excluded from the sample",
                            extra={"survey": survey.key, "why": refused.code})
                barred = True
        after = replace(invited, token="", state=InvitationState.BARRED if barred else invited.state)
        try:
            await self._store.exchange((after,), (), seen=(invited,))
        except ConflictError:
            return  # the citizen was faster, or was erased: it is loaded again

    # Results

    async def results(self, who: Operator, key: str) -> SurveySum:
        """Counts only; of an anonymous one none before its end, and then no group of fewer than `least`."""
        survey = self.find(who, key)
        questions, tally = self.questions_of(survey).questions, await self.counted(survey)
        if survey.kind is SurveyKind.PERSONAL:
            texts = [list[str]() for _ in questions]
            for each in await self._invitations(survey):
                for answer in each.answers:
                    if answer.text:
                        texts[answer.question].append(answer.text)
            return summed(tally, questions, texts)
        if survey.state(self._sequencer.now()) is not SurveyState.OVER:
            # Comparing the results before and after one answer must not reveal that answer.
            return summed(Tally(key, answered=tally.answered - tally.answered % survey.least), (), (), survey.least)
        said = [list[str]() for _ in questions]
        for text in await self._store.marked(FreeText, "survey", key, limit=EVERY):
            said[text.question].append(text.text)
        return summed(tally, questions, said, survey.least)

    async def answers(self, who: Operator, key: str) -> list[Invited]:
        """Answers with persons, the latest invited first: reading them is audited."""
        survey = self.find(who, key)
        if survey.kind is not SurveyKind.PERSONAL:
            raise NO_SURVEY
        await self._store.note(AuditEntry(self._sequencer.now(), who.login, "survey_answers", key, ground="duty"))
        return [each for each in reversed(await self._invitations(survey)) if each.state is InvitationState.ANSWERED]

    async def interviews(self, who: Operator, key: str) -> list[Invited]:
        """Callers whom an operator must still ask by telephone, the first drawn first (SV-04): reading them is audited."""
        survey = self.find(who, key)
        if survey.kind is not SurveyKind.PERSONAL or not survey.takes(self._sequencer.now()):
            return []
        await self._store.note(AuditEntry(self._sequencer.now(), who.login, "survey_interviews", key, ground="duty"))
        return [each for each in await self._invitations(survey) if each.aloud and each.token]

    async def _invitations(self, survey: Survey) -> list[Invited]:
        return await self._store.marked(Invited, "survey", survey.key, limit=EVERY)

    def ended(self, since: datetime | None = None) -> list[Survey]:
        """Surveys of all centres that took answers and are over, since a moment."""
        now = self._sequencer.now()
        return [each for each in self._surveys.values()
                if each.started and each.state(now) is SurveyState.OVER and (since is None or each.over >= since)]

    async def counted(self, survey: Survey) -> Tally:
        """All that was answered, without persons."""
        tally = await self._store.get(Tally, survey.key) or Tally(survey.key)
        if survey.kind is SurveyKind.PERSONAL:
            questions = self.questions_of(survey).questions
            for each in await self._invitations(survey):
                tally = folded(tally, questions, each)
        return tally


def _version(key: str, version: int, form: Form, by: str, now: datetime, centre: str) -> Questionnaire:
    return Questionnaire(id_of(key, version + 1), key, version + 1, form.title, form.lead, form.questions, by, now, form.sources, centre)
