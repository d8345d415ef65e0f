"""Surveys: questionnaires, planning, start, end, results (SV-01…SV-03, FD-08).

Personal ones have a path of their own, which is closed at the federal level (FD-04, D13).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.identities import address_of
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import NamedOut
from hub.desk.http.parts import Clock
from hub.desk.http.tables import Row, as_csv, as_xlsx
from hub.desk.organisation.centre import Centre
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.web.download import download_headers
from hub.quality.surveys.figures import QuestionSum, SurveySum
from hub.quality.surveys.national import NationalSurveys
from hub.quality.surveys.service import Form, SurveyService
from hub.quality.surveys.survey import (
    LEAST,
    Bilingual,
    Invited,
    Key,
    Questionnaire,
    Sample,
    Survey,
    SurveyAnswer,
    SurveyKind,
    SurveyQuestion,
    SurveyState,
)

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
HEADINGS = ("№", "Вопрос", "Вариант", "Ответов", "Доля, %", "Среднее")
FEW, HIDDEN = "менее {least}", "скрыто"
"""For a small number of answers, and for a choice that is rare or would reveal a rare one."""
Names = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(max_length=50)]
SurveyVersion = Annotated[int, Meta(ge=0, le=1_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Many = Annotated[int, Meta(ge=0, le=100_000)]


class QuestionnaireIn(Struct, frozen=True):
    """`version` is the newest that was seen, 0 for a new questionnaire."""

    version: SurveyVersion
    title: Bilingual
    lead: Bilingual
    questions: Annotated[tuple[SurveyQuestion, ...], Meta(max_length=36)]
    sources: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=20)] = ()


class QuestionnaireOut(Struct, frozen=True):
    """`centre` is its owner, "" is the whole hub; only `own` ones may be edited."""

    key: str
    version: int
    title: Bilingual
    lead: Bilingual
    questions: tuple[SurveyQuestion, ...]
    sources: tuple[str, ...]
    written_by: str
    written_name: str
    written: datetime
    centre: str
    own: bool


class QuestionnaireQuery(Struct, frozen=True):
    """0 is the newest version."""

    version: SurveyVersion = 0


class AnonymousSurveyIn(Struct, frozen=True):
    """`quota` is the number of wanted answers, 0 is unlimited; no group of fewer than `least` is ever shown."""

    questionnaire: Key
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    since: Moment
    until: Moment
    quota: Many = 0
    least: Annotated[int, Meta(ge=3, le=1000)] = LEAST


class PersonalSurveyIn(Struct, frozen=True):
    """Sampled from citizens whose conversation or case was closed in `closed_since`…`closed_until` (exclusive); empty lists take all.

    At most `size` are invited.
    """

    questionnaire: Key
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    since: Moment
    until: Moment
    closed_since: Moment
    closed_until: Moment
    size: Annotated[int, Meta(ge=1, le=100_000)]
    quota: Many = 0
    topics: Names = ()
    services: Names = ()
    channels: Names = ()


class SurveyOut(Struct, frozen=True):
    """`path` is the page of an anonymous one, "" for one with invitations."""

    key: str
    kind: SurveyKind
    state: SurveyState
    questionnaire: str
    version: int
    title: str
    since: datetime
    until: datetime
    quota: int
    least: int
    sample: Sample | None
    path: str
    written_name: str
    started: datetime | None
    ended: datetime | None


class SurveyResultsOut(Struct, frozen=True):
    survey: SurveyOut
    questions: tuple[SurveyQuestion, ...]
    sum: SurveySum


class SurveyFileQuery(Struct, frozen=True):
    form: Literal["csv", "xlsx"] = "csv"


class RespondentOut(Struct, frozen=True):
    """The respondent: address, conversation and case."""

    conversation: str
    case: str
    address: str
    topic: str
    service: str
    answered: datetime | None
    answers: tuple[SurveyAnswer, ...]


class InterviewOut(Struct, frozen=True):
    """A caller whom an operator asks by telephone; `path` is the page with the consent and the questions."""

    conversation: str
    address: str
    topic: str
    path: str


class NationalSurveyOut(Struct, frozen=True):
    """The sum of the finished surveys of all `centres` that have asked the same questions; no group of fewer than `least` is shown."""

    questionnaire: str
    title: str
    questions: tuple[SurveyQuestion, ...]
    centres: list[NamedOut]
    since: datetime
    until: datetime
    least: int
    sum: SurveySum


def _questionnaire_out(dispatch: Dispatch, authorization: Authorization, who: Operator, of: Questionnaire) -> QuestionnaireOut:
    name = dispatch.name(of.written_by) if of.written_by else ""
    return QuestionnaireOut(of.key, of.version, of.title, of.lead, of.questions, of.sources, of.written_by, name, of.written,
                            of.centre, authorization.keeps(who, of.centre))


def _survey_out(survey_service: SurveyService, dispatch: Dispatch, clock: Clock, of: Survey) -> SurveyOut:
    asked, name = survey_service.questions_of(of), dispatch.name(of.written_by)
    path = f"/survey/{of.key}" if of.kind is SurveyKind.ANONYMOUS else ""
    return SurveyOut(of.key, of.kind, of.state(clock()), of.questionnaire, of.version, asked.title.ru, of.since, of.until, of.quota,
                     of.least, of.sample, path, name, of.started, of.ended)


@endpoint("GET", "/api/questionnaires", Permission.ASK_ANONYMOUSLY)
async def questionnaires(survey_service: SurveyService, dispatch: Dispatch, authorization: Authorization,
                         call: Call) -> list[QuestionnaireOut]:
    """Those of one's own centre and those common to the hub, each in its newest version."""
    return [_questionnaire_out(dispatch, authorization, call.who, each) for each in survey_service.questionnaires.all(call.who)]


@endpoint("GET", "/api/questionnaires/{questionnaire}", Permission.ASK_ANONYMOUSLY)
async def questionnaire(survey_service: SurveyService, dispatch: Dispatch, authorization: Authorization, call: Call, questionnaire: Key,
                        query: QuestionnaireQuery) -> QuestionnaireOut:
    """One in its newest version, or in another one."""
    return _questionnaire_out(dispatch, authorization, call.who, survey_service.questionnaires.find(call.who, questionnaire, query.version))


@endpoint("PUT", "/api/questionnaires/{questionnaire}", Permission.ASK_ANONYMOUSLY)
async def put_questionnaire(survey_service: SurveyService, dispatch: Dispatch, authorization: Authorization, call: Call,
                            questionnaire: Key, body: QuestionnaireIn) -> QuestionnaireOut:
    """Write a new version; planned surveys keep their version."""
    form = Form(body.title, body.lead, body.questions, body.sources)
    return _questionnaire_out(dispatch, authorization, call.who, await survey_service.write(call.who, questionnaire, body.version, form))


@endpoint("GET", "/api/surveys", Permission.ASK_ANONYMOUSLY)
async def surveys(survey_service: SurveyService, dispatch: Dispatch, clock: Clock, call: Call) -> list[SurveyOut]:
    """Surveys of one's own centre that one may conduct, newest first."""
    return [_survey_out(survey_service, dispatch, clock, each) for each in survey_service.all(call.who)]


@endpoint("PUT", "/api/surveys/{survey}", Permission.ASK_ANONYMOUSLY)
async def put_survey(clock: Clock, authorization: Authorization, survey_service: SurveyService, dispatch: Dispatch, call: Call,
                     survey: Key, body: AnonymousSurveyIn) -> SurveyOut:
    """Plan an anonymous survey, or change it before its start."""
    made = Survey(survey, SurveyKind.ANONYMOUS, body.questionnaire, body.version, authorization.centre(call.who), body.since,
                  body.until,
                  call.who.login, clock(), body.quota, body.least)
    return _survey_out(survey_service, dispatch, clock, await survey_service.plan(call.who, made))


@endpoint("PUT", "/api/personal-surveys/{survey}", Permission.ASK_PERSONALLY)
async def put_personal_survey(clock: Clock, authorization: Authorization, survey_service: SurveyService, dispatch: Dispatch, call: Call,
                              survey: Key, body: PersonalSurveyIn) -> SurveyOut:
    """Plan a survey of served citizens; the sample is drawn at its start."""
    sample = Sample(body.closed_since, body.closed_until, body.size, body.topics, body.services, body.channels)
    made = Survey(survey, SurveyKind.PERSONAL, body.questionnaire, body.version, authorization.centre(call.who), body.since,
                  body.until,
                  call.who.login, clock(), body.quota, sample=sample)
    return _survey_out(survey_service, dispatch, clock, await survey_service.plan(call.who, made))


@endpoint("POST", "/api/surveys/{survey}/start", Permission.ASK_ANONYMOUSLY)
async def start_survey(survey_service: SurveyService, dispatch: Dispatch, clock: Clock, call: Call, survey: Key) -> SurveyOut:
    """Start it; sampled citizens are invited outside of the night at their place."""
    return _survey_out(survey_service, dispatch, clock, await survey_service.start_asking(call.who, survey))


@endpoint("POST", "/api/surveys/{survey}/end", Permission.ASK_ANONYMOUSLY)
async def end_survey(survey_service: SurveyService, dispatch: Dispatch, clock: Clock, call: Call, survey: Key) -> SurveyOut:
    """End it permanently."""
    return _survey_out(survey_service, dispatch, clock, await survey_service.end(call.who, survey))


@endpoint("GET", "/api/surveys/{survey}", Permission.ASK_ANONYMOUSLY)
async def survey_results(survey_service: SurveyService, dispatch: Dispatch, clock: Clock, call: Call, survey: Key) -> SurveyResultsOut:
    """Results: counts only, and of an anonymous one nothing before its end."""
    return await _results(survey_service, dispatch, clock, call, survey)


@endpoint("GET", "/api/survey-files/{survey}", Permission.ASK_ANONYMOUSLY)
async def survey_file(survey_service: SurveyService, dispatch: Dispatch, clock: Clock, call: Call, survey: Key,
                      query: SurveyFileQuery) -> web.Response:
    """The same as a file for Russian spreadsheets."""
    rows = list(_rows(await _results(survey_service, dispatch, clock, call, survey)))
    body = as_csv(rows, HEADINGS) if query.form == "csv" else as_xlsx("Итоги опроса", rows, HEADINGS, whole=False)
    headers = download_headers(f"survey-{survey}.{query.form}", len(body))
    return web.Response(body=body, headers=headers | {"Content-Type": TYPES[query.form]})


@endpoint("GET", "/api/personal-surveys/{survey}/answers", Permission.ASK_PERSONALLY)
async def survey_answers(survey_service: SurveyService, traits: TraitRegistry, call: Call, survey: Key) -> list[RespondentOut]:
    """Answers with respondents. Each read is audited."""
    return [_respondent(traits, each) for each in await survey_service.answers(call.who, survey)]


@endpoint("GET", "/api/personal-surveys/{survey}/interviews", Permission.ASK_PERSONALLY)
async def survey_interviews(survey_service: SurveyService, traits: TraitRegistry, call: Call, survey: Key) -> list[InterviewOut]:
    """Drawn callers without a mobile number, who are asked by telephone. Each read is audited."""
    return [InterviewOut(str(each.conversation), traits.readable(address_of(each.address)), each.topic, f"/survey/p/{each.token}")
            for each in await survey_service.interviews(call.who, survey)]


@endpoint("GET", "/api/national-surveys", Permission.ASK_ANONYMOUSLY)
async def national_surveys(national: NationalSurveys, centre: Centre, clock: Clock, call: Call) -> list[NationalSurveyOut]:
    """Sums over all centres whose counts are here: no person, no text, no single centre."""
    del call
    names = centre.centres(clock().date())
    return [NationalSurveyOut(each.questionnaire, each.title.ru, each.questions,
                              [NamedOut(code, names.get(code, code)) for code in each.centres],
                              each.since, each.until, each.least, each.sum)
            for each in await national.sums()]


async def _results(survey_service: SurveyService, dispatch: Dispatch, clock: Clock, call: Call, key: str) -> SurveyResultsOut:
    survey = survey_service.find(call.who, key)
    counted = await survey_service.results(call.who, key)
    return SurveyResultsOut(_survey_out(survey_service, dispatch, clock, survey), survey_service.questions_of(survey).questions, counted)


def _respondent(traits: TraitRegistry, of: Invited) -> RespondentOut:
    address = traits.readable(address_of(of.address))
    return RespondentOut(str(of.conversation), of.case, address, of.topic, of.service, of.answered, of.answers)


def _rows(out: SurveyResultsOut) -> Iterator[Row]:
    few, total = FEW.format(least=out.survey.least), out.sum
    yield "", "Ответили", "", _cell(total.answered, few), "", ""
    if out.survey.kind is SurveyKind.PERSONAL:
        told = total.invited - total.barred
        yield "", "Приглашены", "", total.invited, "", ""
        yield "", "Не сообщено: отказ от уведомлений", "", total.barred, "", ""
        yield "", "Отказались отвечать", "", total.refused, _percent(total.refused, told), ""
        yield "", "Не ответили", "", total.silent, _percent(total.silent, told), ""
        yield "", "Пришли после квоты", "", total.late, _percent(total.late, told), ""
        yield "", "Отозвали согласие", "", total.withdrawn, "", ""
    for number, (question, counted) in enumerate(zip(out.questions, total.questions, strict=False), 1):
        mean = f"{counted.mean:.2f}".replace(".", ",") if counted.mean is not None else ""
        yield number, question.text.ru, "", _cell(counted.answered, few), "", mean
        yield from _options(question, counted)


def _options(question: SurveyQuestion, counted: QuestionSum) -> Iterator[Row]:
    for words, count in zip(question.words(), counted.counts, strict=False):
        yield "", "", words, _cell(count, HIDDEN), _percent(count, counted.answered), ""
    for text in counted.texts:
        yield "", "", text, "", "", ""


def _cell(count: int | None, few: str) -> int | str:
    return few if count is None else count


def _percent(count: int | None, whole: int | None) -> str:
    return f"{100 * count / whole:.1f}".replace(".", ",") if count is not None and whole else ""


ENDPOINTS = (questionnaires, questionnaire, put_questionnaire, surveys, put_survey, put_personal_survey, start_survey, end_survey,
             survey_results, survey_file, survey_answers, survey_interviews,
             national_surveys)
