"""Survey pages: a personal survey by the link of an invitation, an anonymous one by its name (SV-01, SV-02).

A personal survey begins with the consent. An anonymous one sets a cookie, which says only that this browser has answered.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files as package_files
from pathlib import Path
from time import monotonic

from aiohttp import web

from channels.web.cors import fresh
from channels.web.form_responses import html
from channels.web.phrases import Phrases, phrases
from channels.web.posted_form import posted
from channels.web.survey_html import UNDER, answers_in, consent_sheet, questions_sheet, refused_sheet, thanks_sheet, told_sheet
from channels.web.survey_words import survey_words
from hub.kernel.errors import ConflictError, RefusedError, StoreError
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.quality.surveys.responses import ResponseForm, SurveyResponses
from hub.quality.surveys.survey import InvitationState, SurveyAnswer, unfit

RATE = Rate(20, 20)
STATUS = {"no_such_survey": 404, "too_fast": 429, "forbidden_origin": 403, "bad_form": 400, "unfit": 422, "no_consent": 409,
          "other_version": 409, "conflict": 409, "not_stored": 503}
"""Statuses of refusals; 200 for the others, which are nobody's fault."""
NOT_STORED_S = 60
INTERVIEW = "interview"
"""An operator asks callers one after the other: a sheet each, and no cookie (FD-08, SV-04)."""


class SurveyPages:
    def __init__(self, survey_responses: SurveyResponses, *, keeper: str, limited: bool, secure: bool) -> None:
        """`keeper` is the operator of the personal data in the consent; with `secure` cookies are marked Secure."""
        self._survey_responses, self._keeper, self._secure = survey_responses, keeper, secure
        self._rate = Buckets(RATE if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        plain = Path(str(package_files("channels.web") / "plain"))
        token, key = "{token:[0-9A-Za-z_-]{24}}", "{survey:[a-z0-9][a-z0-9-]{1,39}}"
        return [*(web.get(f"{UNDER}/assets/{path.name}", fresh(path)) for path in sorted(plain.iterdir())),
                web.get(f"{UNDER}/p/{token}", self._personal), web.post(f"{UNDER}/p/{token}", self._done),
                web.get(f"{UNDER}/{key}", self._anonymous), web.post(f"{UNDER}/{key}", self._counted)]

    # Personal

    async def _personal(self, request: web.Request) -> web.Response:
        said = phrases(request.query.get("lang", ""))
        try:
            self._check(request)
            return await self._looked(request, said)
        except (RefusedError, StoreError) as error:
            return _told(said, error)

    async def _looked(self, request: web.Request, said: Phrases) -> web.Response:
        token = request.match_info["token"]
        try:
            sheet = await self._survey_responses.invitation(token)
        except RefusedError as error:
            if error.code != "survey_over" or not await self._survey_responses.agreed(token):
                raise
            return _told(said, error, request.path)
        return self._shown(request, said, sheet)

    def _shown(self, request: web.Request, said: Phrases, sheet: ResponseForm) -> web.Response:
        here, asked, invited, text = request.path, sheet.questionnaire, sheet.invited, self._survey_responses.consent()
        assert invited is not None  # noqa: S101 - of an invitation there is one
        if invited.state is InvitationState.REFUSED and "again" not in request.query:
            return html(refused_sheet(said, here, asked))
        if invited.state is InvitationState.ANSWERED and "correct" not in request.query:
            return html(thanks_sheet(said, here, asked, personal=True))
        if invited.state in {InvitationState.AGREED, InvitationState.ANSWERED}:
            return html(questions_sheet(said, here, asked, invited.answers, {}))
        if text is None:
            return _told(said, RefusedError("no_such_survey", ""))
        return html(consent_sheet(said, here, asked, text, self._keeper))

    async def _done(self, request: web.Request) -> web.Response:
        """Agree, refuse, answer or withdraw; 303 to the page again, or its errors."""
        said = phrases(request.query.get("lang", ""))
        try:
            self._check(request)
            return await self._act(request, said, (await posted(request, 0, 0)).fields)
        except (RefusedError, StoreError) as error:
            return _told(said, error)

    async def _act(self, request: web.Request, said: Phrases, fields: Mapping[str, str]) -> web.Response:
        token = request.match_info["token"]
        match fields.get("what"):
            case "agree":
                await self._survey_responses.agree(token, _number(fields.get("version", "")), said.lang)
            case "refuse":
                await self._survey_responses.refuse(token)
            case "withdraw":
                await self._survey_responses.withdraw(token)
                return html(told_sheet(said, survey_words(said.lang).withdrawn))
            case "answer":
                sheet = await self._survey_responses.invitation(token)
                answers = answers_in(sheet.questionnaire.questions, fields)
                if wrong := _wrong(said, sheet, answers):
                    return html(questions_sheet(said, request.path, sheet.questionnaire, answers, wrong), STATUS["unfit"])
                await self._survey_responses.answer(token, answers)
            case _:
                raise RefusedError("bad_form", "")
        return web.HTTPSeeOther(f"{request.path}?lang={said.lang}")

    # Anonymous

    async def _anonymous(self, request: web.Request) -> web.Response:
        said, key = phrases(request.query.get("lang", "")), request.match_info["survey"]
        try:
            self._check(request)
            sheet = await self._survey_responses.public(key)
        except (RefusedError, StoreError) as error:
            return _told(said, error)
        interview = INTERVIEW in request.query
        if request.cookies.get(_cookie(key)) and not interview:
            return html(thanks_sheet(said, request.path, sheet.questionnaire, personal=False))
        return html(questions_sheet(said, request.path, sheet.questionnaire, (), {}, key=secrets.token_urlsafe(12), interview=interview))

    async def _counted(self, request: web.Request) -> web.Response:
        """Count the answers; 303 to the page again, with the cookie that says so, or to an empty one for the next caller."""
        said = phrases(request.query.get("lang", ""))
        try:
            self._check(request)
            return await self._count(request, said)
        except (RefusedError, StoreError) as error:
            return _told(said, error)

    async def _count(self, request: web.Request, said: Phrases) -> web.Response:
        key, again = request.match_info["survey"], web.HTTPSeeOther(f"{request.path}?lang={said.lang}")
        sheet, fields = await self._survey_responses.public(key), (await posted(request, 0, 0)).fields
        interview = INTERVIEW in fields
        if request.cookies.get(_cookie(key)) and not interview:
            return again
        if not (once := fields.get("key", "")[:50]):
            raise RefusedError("bad_form", "")
        answers = answers_in(sheet.questionnaire.questions, fields)
        if wrong := _wrong(said, sheet, answers):
            return html(questions_sheet(said, request.path, sheet.questionnaire, answers, wrong, key=once, interview=interview),
                         STATUS["unfit"])
        await self._survey_responses.count(key, once, answers)
        if interview:
            return web.HTTPSeeOther(f"{request.path}?lang={said.lang}&{INTERVIEW}=1")
        left_s = max(int((sheet.survey.until - datetime.now(UTC)).total_seconds()), 1)
        again.set_cookie(_cookie(key), "1", max_age=left_s, path=request.path, httponly=True, secure=self._secure, samesite="Strict")
        return again

    def _check(self, request: web.Request) -> None:
        """Raises RefusedError above the rate limit, and for a form posted by another site."""
        origin = request.headers.get("Origin", "")
        if origin and origin.partition("://")[2] != request.host:
            raise RefusedError("forbidden_origin", "")
        asker = subscriber(request.remote or "")
        if wait_s := self._rate.spend(asker, monotonic()):
            raise RefusedError("too_fast", "", int(wait_s) + 1)


def _cookie(key: str) -> str:
    """The cookie says «answered», and nothing else: the same one for everybody."""
    return f"okno-survey-{key}"


def _wrong(said: Phrases, sheet: ResponseForm, answers: list[SurveyAnswer]) -> dict[str, str]:
    return {f"q{number}": survey_words(said.lang).unanswered for number in unfit(sheet.questionnaire.questions, answers)}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else -1  # noqa: PLR2004 - as a version is written


def _told(said: Phrases, error: RefusedError | StoreError, here: str = "") -> web.Response:
    """With `here` a consent can be withdrawn there."""
    code = error.code if isinstance(error, RefusedError) else "conflict" if isinstance(error, ConflictError) else "not_stored"
    wait_s = error.wait_s if isinstance(error, RefusedError) else NOT_STORED_S if code == "not_stored" else 0
    faults = survey_words(said.lang).faults
    return html(told_sheet(said, faults.get(code, faults["bad_form"]), here), STATUS.get(code, 200), wait_s)
