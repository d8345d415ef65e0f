"""The page for tracking a case by its number and code (RQ-04, ST-04).

It needs no script, no cookie and no conversation. An unknown number and a wrong code get the same answer.
"""

from collections.abc import Callable
from datetime import datetime
from html import escape
from importlib.resources import files as package_files
from pathlib import Path
from time import monotonic

from aiohttp import web
from msgspec import Struct

from channels.web.case_words import CaseWords, case_words
from channels.web.cors import fresh
from channels.web.form_html import page
from channels.web.form_responses import html
from channels.web.phrases import Phrases, phrases
from channels.web.posted_form import posted
from hub.cases.case import Case
from hub.cases.state import OWED, CaseState
from hub.cases.tracking import CaseTracking
from hub.cases.transitions import authority_of
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.rate_limits import Buckets, Rate, subscriber

RATE = Rate(10, 10)
STATUS = {"no_such_case": 404, "code_lost": 422, "case_locked": 429, "too_fast": 429, "forbidden_origin": 403, "bad_form": 400}
UNFIT = 422
"""RFC 9110 §15.5.21: refusals without a status of their own."""
UNDER = "/case"


class CaseAsked(Struct, frozen=True):
    number: str
    wrong: str = ""


class CasePages:
    def __init__(self, following: CaseTracking, *, day: Callable[[datetime], str], named: Callable[[str], str], federal: bool,
                 limited: bool) -> None:
        """`day` formats a deadline, `named` returns the title of a line or centre; the `federal` one only shows where a case is (FD-04)."""
        self._following, self._day, self._named, self._federal = following, day, named, federal
        self._looks = Buckets(RATE if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        plain = Path(str(package_files("channels.web") / "plain"))
        return [web.get("/case", self._empty), web.post("/case", self._asked),
                *(web.get(f"{UNDER}/assets/{path.name}", fresh(path)) for path in sorted(plain.iterdir()))]

    async def _empty(self, request: web.Request) -> web.Response:
        said = phrases(request.query.get("lang", ""))
        return html(self._form(said, case_words(said.lang), CaseAsked("")))

    async def _asked(self, request: web.Request) -> web.Response:
        said = phrases(request.query.get("lang", ""))
        told, number = case_words(said.lang), ""
        asker = subscriber(request.remote or "")
        try:
            self._check(request, asker)
            fields = (await posted(request, 0, 0)).fields
            number = fields.get("number", "")[:50]
            case = await self._following.look(number, fields.get("code", "")[:50], home := f"web:{asker}", home)
        except RefusedError as refused:
            asked = CaseAsked(number, told.faults.get(refused.code, refused.text))
            return html(self._form(said, told, asked), STATUS.get(refused.code, UNFIT), refused.wait_s)
        except StoreError:
            return html(self._form(said, told, CaseAsked(number, told.faults["not_stored"])), 503, 60)
        return html(self._page(said, told, case))

    def _check(self, request: web.Request, asker: str) -> None:
        """Raises RefusedError above the rate limit, and for a form posted by another site."""
        origin = request.headers.get("Origin", "")
        if origin and origin.partition("://")[2] != request.host:
            raise RefusedError("forbidden_origin", "")
        if wait_s := self._looks.spend(asker, monotonic()):
            raise RefusedError("too_fast", "", int(wait_s) + 1)

    def _form(self, said: Phrases, told: CaseWords, asked: CaseAsked) -> str:
        fault = f'<p class="fault" id="fault" role="alert" data-test="fault">{escape(asked.wrong)}</p>' if asked.wrong else ""
        by = ' aria-invalid="true" aria-describedby="fault"' if asked.wrong else ""
        return page(said, told.title, f"""
<h1>{told.title}</h1>
<p class="lead">{told.lead}</p>
<form class="card" method="post" action="/case?lang={said.lang}" novalidate>
{fault}
<div class="field"><label for="number">{told.number}</label>
<input id="number" name="number" value="{escape(asked.number)}" maxlength="50" autocomplete="off" inputmode="numeric"{by}></div>
<div class="field"><label for="code">{told.code}</label>
<input id="code" name="code" maxlength="50" autocomplete="off" inputmode="numeric"{by}></div>
<button class="main" type="submit">{told.look}</button>
</form>
<p class="soft">{told.reception}</p>
""", UNDER)

    def _page(self, said: Phrases, told: CaseWords, case: Case) -> str:
        rows = [(told.number, case.number)]
        if self._federal:
            rows.append((told.where, f"{told.passed}: {self._named(case.away.centre if case.away else case.home)}"))
        else:
            rows += [(told.kind, told.kinds[case.kind]), (told.state, told.states[case.state]),
                     (told.registered, self._day(case.registered))]
            if case.state in OWED:
                rows.append((told.due, self._day(case.due)))
            if case.elsewhere and case.away is not None:
                rows.append((told.where, self._named(case.away.centre)))
                if case.away.number:
                    rows.append((told.there, f"№ {case.away.number}, {told.states[CaseState(case.away.state)]}"))
            elif authority := authority_of(case):
                rows.append((told.where, self._named(authority)))
            if case.state in told.next:
                rows.append((told.then, told.next[case.state]))
        listed = "".join(f"<div><dt>{label}</dt><dd>{escape(value)}</dd></div>" for label, value in rows)
        return page(said, told.title, f'<h1>{told.title}</h1>\n'
                    f'<section class="card kept case" data-test="case"><dl>{listed}</dl></section>\n'
                    f'<p><a href="/case?lang={said.lang}">{told.another}</a></p>', UNDER)
