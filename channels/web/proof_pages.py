"""Pages between a conversation and Госуслуги: what will be requested, and the result (ST-04).

A channel sends the citizen's browser here with a cookie, never with a link. With a link the holder of a conversation could lure a
stranger into proving their identity for that conversation. The cookie is valid once (hub/citizens/esia_verification.py).
"""

from html import escape
from importlib.resources import files as package_files
from pathlib import Path
from time import monotonic

from aiohttp import web

from channels.web.cors import fresh
from channels.web.form_html import page
from channels.web.phrases import phrases
from channels.web.proof_words import Words, words
from hub.citizens.esia_verification import WITHIN, Begun, EsiaVerification
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.rate_limits import Buckets, Rate
from hub.kernel.web.cookies import for_this_host

RATE = Rate(5, 5)
"""For each conversation: an external program signs every request to Госуслуги."""
COOKIE, HERE = "okno_verify", "/verify"


def sent_along(ticket: str, *, secure: bool) -> web.Response:
    """A redirect from a conversation to these pages."""
    response = web.Response(status=303, headers={"Location": HERE, "Cache-Control": "no-store"})  # RFC 9110 §15.4.4
    return _with(response, ticket, secure=secure)


class ProofPages:
    def __init__(self, esia: EsiaVerification, *, limited: bool) -> None:
        self._esia = esia
        self._rates = Buckets(RATE if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        plain = Path(str(package_files("channels.web") / "plain"))
        return [web.get(HERE, self._about), web.get(f"{HERE}/begin", self._begin), web.get(f"{HERE}/end", self._end),
                *(web.get(f"{HERE}/assets/{path.name}", fresh(path)) for path in sorted(plain.iterdir()))]

    async def _about(self, request: web.Request) -> web.Response:
        try:
            begun, head = await self._esia.begun(self._ticket(request))
        except (RefusedError, StoreError) as error:
            return self._outcome(None, error)
        said = words(begun.lang)
        return _page(begun.lang, said.title, f"""<h1>{said.title}</h1>
<div class="card"><p><b>{said.case.format(number=escape(head.number))}</b></p>
{"".join(f"<p>{each}</p>" for each in said.told)}
<p class="ways"><a class="main" href="{HERE}/begin" data-test="go">{said.go}</a>
<a class="other" href="{HERE}/begin?name=yes" data-test="go-named">{said.go_named}</a></p></div>
{_way_back(begun, said) if begun.back else ""}""")

    async def _begin(self, request: web.Request) -> web.Response:
        begun = None
        try:
            begun, _ = await self._esia.begun(self._ticket(request))
            self._spend(begun)
            address, ticket = await self._esia.begin(self._ticket(request), named=request.query.get("name") == "yes")
        except (RefusedError, StoreError) as error:
            return self._outcome(begun, error)
        response = web.Response(status=302, headers={"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        return _with(response, ticket, secure=self._esia.secure)

    def _ticket(self, request: web.Request) -> str:
        return request.cookies.get(for_this_host(COOKIE, secure=self._esia.secure), "")

    def _spend(self, begun: Begun) -> None:
        """Raises RefusedError."""
        if self._rates.spend(str(begun.conversation), monotonic()):
            raise RefusedError("too_fast", "")

    async def _end(self, request: web.Request) -> web.Response:
        """The return from Госуслуги; the cookie is used up, with any outcome."""
        begun = None
        try:
            begun, _ = await self._esia.begun(self._ticket(request))
            await self._esia.finish(self._ticket(request), request.query)
        except (RefusedError, StoreError) as error:
            return self._outcome(begun, error)
        return self._outcome(begun, None)

    def _outcome(self, begun: Begun | None, error: RefusedError | StoreError | None) -> web.Response:
        code = error.code if isinstance(error, RefusedError) else "misconfigured" if error else "done"
        lang = begun.lang if begun else ""
        said = words(lang)
        title, text = said.outcomes[code]
        leave = f'<p><a href="{escape(self._esia.leave)}" rel="noreferrer" data-test="leave">{said.leave}</a></p>' if begun else ""
        response = _page(lang, title, f"""<h1 data-test="outcome" data-outcome="{code}">{title}</h1>
<div class="card" role="status"><p>{text}</p></div>{_way_back(begun, said) if begun else ""}{leave}""", 200 if error is None else 403)
        return _with(response, "", secure=self._esia.secure)


def _way_back(begun: Begun, said: Words) -> str:
    return f'<p><a href="{escape(begun.back)}" data-test="back">{said.back}</a></p>' if begun.back else f"<p>{said.in_chat}</p>"


def _page(lang: str, title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(text=page(phrases(lang), title, body, HERE), status=status, content_type="text/html",
                        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _with(response: web.Response, ticket: str, *, secure: bool) -> web.Response:
    """The ticket's cookie; "" deletes it."""
    # Lax: the return begins at Госуслуги, and the start at an embedding site; a strict cookie would not be sent.
    response.set_cookie(for_this_host(COOKIE, secure=secure), ticket, max_age=int(WITHIN.total_seconds()) if ticket else 0, path="/",
                        httponly=True, samesite="Lax", secure=secure)
    return response
