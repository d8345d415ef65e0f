"""Responses of the web form's pages: statuses, refusals in the page's own words, and uncacheable HTML."""

from aiohttp import web

from channels.web.appeal import grouped
from channels.web.form_html import PageLayout
from channels.web.phrases import Phrases
from hub.kernel.errors import RefusedError

NOT_STORED_S = 60
NOT_STORED = RefusedError("not_stored", "", NOT_STORED_S)
STATUS = {"blocked": 403, "too_large": 413, "too_many_files": 413, "bad_type": 415, "forbidden_origin": 403, "bad_form": 400,
          "no_such_session": 404, "too_fast": 429, "not_stored": 503}
UNFIT = 422
"""RFC 9110 §15.5.21: the form was understood and has errors."""


def refusal_text(layout: PageLayout, said: Phrases, error: RefusedError) -> str:
    """The refusal in the page's own words, or in its own text."""
    if error.code not in said.faults and error.text:
        return error.text
    return fault_text(layout, said, error.code if error.code in said.faults else "bad_form", error.wait_s)


def fault_text(layout: PageLayout, said: Phrases, fault: str, wait_s: int = 0) -> str:
    return said.faults[fault].format(count=layout.files, size=f"{layout.files_mb:.3g}", wait_s=wait_s)


def status(error: RefusedError) -> int:
    return STATUS.get(error.code, UNFIT)


def see(code: str, said: Phrases, fragment: str = "") -> web.HTTPSeeOther:
    """A redirect to the page of a conversation: reloading that posts nothing again (RFC 9110 §15.4.4)."""
    return web.HTTPSeeOther(f"/form/{grouped(code)}?lang={said.lang}{fragment}")


def retry_after(wait_s: int) -> dict[str, str]:
    return {"Retry-After": str(wait_s)} if wait_s else {}


def html(page: str, status: int = 200, wait_s: int = 0) -> web.Response:
    """An uncacheable page: it contains a code, and a citizen's text."""
    return web.Response(text=page, status=status, content_type="text/html", headers={"Cache-Control": "no-store"} | retry_after(wait_s))
