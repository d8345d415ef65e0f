"""The page that tells whether a certificate is valid: whoever has its code sees what is printed on it (TR-04)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from importlib.resources import files as package_files
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from aiohttp import web

from channels.web.cors import fresh
from channels.web.form_html import page
from channels.web.phrases import phrases
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.training.certificate import Certificate, CertificateState
from hub.training.certificate_registry import CertificateRegistry

RATE = Rate(10, 10)
"""For each source: codes are not to be guessed."""
HERE = "/certificate"
TITLE = "Проверка сертификата"
STATES = {
    CertificateState.VALID: "Сертификат действует.", CertificateState.ENDING: "Сертификат действует.",
    CertificateState.EXPIRED: "Срок сертификата закончился.", CertificateState.REVOKED: "Сертификат отозван.",
}
NOT_FOUND = "Сертификата с таким кодом нет. Проверьте код: в нём 12 знаков, нули и единицы не встречаются."
TOO_FAST = "Слишком много проверок подряд. Попробуйте через минуту."
FORM = f"""<form class="card" action="{HERE}" method="get"><p><label for="code">Код сертификата</label>
<input id="code" name="code" maxlength="20" required autocomplete="off" spellcheck="false"></p>
<p class="ways"><button class="main">Проверить</button></p></form>"""


class CertificatePages:
    def __init__(self, registry: CertificateRegistry, now: Callable[[], datetime], zone: ZoneInfo, *, limited: bool) -> None:
        self._registry, self._now, self._zone = registry, now, zone
        self._rate = Buckets(RATE if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        plain = Path(str(package_files("channels.web") / "plain"))
        return [*(web.get(f"{HERE}/assets/{path.name}", fresh(path)) for path in sorted(plain.iterdir())),
                web.get(HERE, self._asked), web.get(HERE + "/{code:[0-9A-Za-z-]{1,20}}", self._one)]

    async def _asked(self, request: web.Request) -> web.Response:
        code = request.query.get("code", "")
        return self._told(request, code) if code else _page(TITLE, f"<h1>{TITLE}</h1>{FORM}")

    async def _one(self, request: web.Request) -> web.Response:
        return self._told(request, request.match_info["code"])

    def _told(self, request: web.Request, code: str) -> web.Response:
        if self._rate.spend(subscriber(request.remote or ""), monotonic()):
            return _page(TITLE, _alone(TOO_FAST), 429)
        found = self._registry.find(code)
        if found is None:
            return _page(TITLE, _alone(NOT_FOUND), 404)
        return _page(TITLE, f"<h1>{TITLE}</h1>{self._card(found)}{FORM}")

    def _card(self, of: Certificate) -> str:
        last = of.until.astimezone(self._zone) - timedelta(microseconds=1)
        rows = (("Кому выдан", of.name), ("Курс", f"{of.title}, {of.hours:.0f} ч"), ("Кто выдал", f"{of.provider}, лицензия {of.licence}"),
                ("Выдан", f"{of.issued.astimezone(self._zone):%d.%m.%Y}"), ("Действует по", f"{last:%d.%m.%Y}"), ("Код", of.code))
        told = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
        state = of.state(self._now())
        return (f'<section class="card" role="status" data-test="certificate" data-state="{state}">'
                f"<p><b>{STATES[state]}</b></p><dl>{told}</dl></section>")


def _alone(words: str) -> str:
    return f'<h1>{TITLE}</h1><section class="card" role="status" data-test="told"><p>{words}</p></section>{FORM}'


def _page(title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(text=page(phrases(""), title, body, HERE), status=status, content_type="text/html",
                        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
