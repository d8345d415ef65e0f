"""«Стенд»: chosen people talk to a draft of the robot by a link (KB-02). The page needs no script; it is marked as a trial throughout.

A cookie tells visitors of one link apart. The link's secret is in the address alone, so the page names no referrer.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files as package_files
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from aiohttp import web

from channels.web.cors import fresh
from channels.web.form_html import page
from channels.web.form_responses import html
from channels.web.phrases import RU
from channels.web.posted_form import posted
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.robot.dialogue_version import Trial
from hub.robot.trial import Line, Trials

RATE = Rate(20, 20)
"""Requests at once, and in a minute, of one source."""
HERE = "/trial"
LONGEST = 1000
"""Characters of a message."""
COOKIE = "okno-trial"
STATUS = {"no_such_trial": 404, "too_fast": 429, "forbidden_origin": 403, "bad_form": 400, "not_stored": 503}
TITLE = "Стенд: проба робота"
FAULTS = {
    "no_such_trial": "Такой ссылки нет, или её срок истёк. Попросите новую у того, кто её прислал.",
    "too_fast": "Слишком много сообщений подряд. Подождите минуту.",
    "not_stored": "Сейчас не получилось. Повторите через минуту.",
}
OTHER_FAULT = "Сообщение не прочиталось. Вернитесь и напишите его ещё раз."
MARK = """<aside class="card trial-mark" role="note" data-test="trial-mark"><p><b>Это проба, а не приёмная.</b>
Вам отвечает черновик робота от {at}. Людей здесь нет, обращение не регистрируется, ничего никуда не отправляется.
Не пишите личных данных. Если жизни что-то угрожает, звоните 112.</p>
<p class="soft">Ссылка действует до {until}.</p></aside>"""
EMPTY = "Напишите так, как написал бы гражданин: «Здравствуйте, как получить паспорт?»"
_VISITOR = re.compile(r"[0-9A-Za-z_-]{16}")


class TrialPages:
    def __init__(self, trials: Trials, zone: ZoneInfo, *, limited: bool, secure: bool, clock: Callable[[], float] = monotonic) -> None:
        """With `secure` cookies are marked Secure."""
        self._trials, self._zone, self._secure, self._clock = trials, zone, secure, clock
        self._rate = Buckets(RATE if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        plain = Path(str(package_files("channels.web") / "plain"))
        secret = HERE + "/{secret:[0-9A-Za-z_-]{32}}"
        return [*(web.get(f"{HERE}/assets/{path.name}", fresh(path)) for path in sorted(plain.iterdir())),
                web.get(secret, self._show), web.post(secret, self._say)]

    async def _show(self, request: web.Request) -> web.Response:
        try:
            self._check(request)
            trial = await self._trials.open(request.match_info["secret"])
        except (RefusedError, StoreError) as error:
            return _told(error)
        visitor = _visitor(request)
        answer = _html(self._sheet(request.path, trial, self._trials.said(trial, visitor)))
        if not request.cookies.get(COOKIE):
            answer.set_cookie(COOKIE, visitor, path=request.path, httponly=True, secure=self._secure, samesite="Strict")
        return answer

    async def _say(self, request: web.Request) -> web.Response:
        """A message, a choice, or the beginning of a new talk; 303 to the page again."""
        try:
            self._check(request)
            trial = await self._trials.open(request.match_info["secret"])
            fields = (await posted(request, 0, 0)).fields
            visitor = _visitor(request)
            words = (fields.get("choice") or fields.get("words", "")).strip()[:LONGEST]
            if "again" in fields:
                self._trials.forget(trial, visitor)
            elif words:
                await self._trials.say(trial, visitor, words)
        except (RefusedError, StoreError) as error:
            return _told(error)
        again = web.HTTPSeeOther(f"{request.path}#words")
        again.set_cookie(COOKIE, visitor, path=request.path, httponly=True, secure=self._secure, samesite="Strict")
        return again

    def _check(self, request: web.Request) -> None:
        """Raises RefusedError above the rate limit, and for a form posted by another site."""
        origin = request.headers.get("Origin", "")
        if origin and origin.partition("://")[2] != request.host:
            raise RefusedError("forbidden_origin", "")
        if wait_s := self._rate.spend(subscriber(request.remote or ""), self._clock()):
            raise RefusedError("too_fast", "", int(wait_s) + 1)

    def _sheet(self, here: str, trial: Trial, lines: Sequence[Line]) -> str:
        mark = MARK.format(at=self._moment(trial.at), until=self._moment(trial.until))
        said = "".join(map(_bubble, lines)) or f'<li class="soft">{EMPTY}</li>'
        offered = lines[-1].choices if lines else ()
        choices = "".join(f'<button name="choice" value="{escape(each)}">{escape(each)}</button>' for each in offered)
        again = '<button name="again" value="1" data-test="trial-again">Начать заново</button>' if lines else ""
        return page(RU, TITLE, f"""<h1>{TITLE}</h1>{mark}
<ol class="talk" data-test="trial-talk">{said}</ol>
<form class="card" method="post" action="{here}" data-plain><p class="ways">{choices}</p>
<label for="words">Ваше сообщение</label><textarea id="words" name="words" rows="2" maxlength="{LONGEST}" autofocus></textarea>
<p class="ways"><button class="main" type="submit" data-test="trial-send">Отправить</button> {again}</p></form>""", HERE)

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%d.%m.%Y %H:%M}"


def _bubble(line: Line) -> str:
    if line.notice:
        return f'<li class="notice soft" data-test="trial-notice">{escape(line.text)}</li>'
    who, kind = ("Вы", "mine") if line.mine else ("Робот", "robot")
    return f'<li class="bubble {kind}" data-test="trial-{kind}"><b>{who}:</b> {escape(line.text)}</li>'.replace("\n", "<br>")


def _visitor(request: web.Request) -> str:
    known = request.cookies.get(COOKIE, "")
    return known if _VISITOR.fullmatch(known) else secrets.token_urlsafe(12)


def _told(error: RefusedError | StoreError) -> web.Response:
    code = error.code if isinstance(error, RefusedError) else "not_stored"
    words = FAULTS.get(code) or (error.text if isinstance(error, RefusedError) and error.text else OTHER_FAULT)
    body = f'<h1>{TITLE}</h1><section class="card" role="status" data-test="told"><p>{escape(words)}</p></section>'
    return _html(page(RU, TITLE, body, HERE), STATUS.get(code, 409))


def _html(text: str, status: int = 200) -> web.Response:
    answer = html(text, status)
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer
