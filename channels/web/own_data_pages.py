"""The web form's page for a citizen's own data: the code gives access to the conversation (152-ФЗ ст. 9, 14)."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from channels.web.appeal import grouped
from channels.web.form_html import PageLayout
from channels.web.form_responses import html
from channels.web.own_data_html import CHANGE_WORD, END_POWER, TEXT_LIMIT, WITHDRAW, WITHDRAW_WORD, WORDY, own_page
from channels.web.own_data_phrases import OwnDataPhrases, own_phrases
from channels.web.phrases import phrases
from channels.web.posted_form import PostedForm
from hub.conversations.conversation import Conversation
from hub.conversations.message import whole
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, StoreError
from hub.privacy.subject_request import RequestKind

NOT_STORED_S = 60
STATUS = {"empty": 422, "too_long": 422, "bad_form": 400, "forbidden_origin": 403, "federal": 403, "too_fast": 429, "not_stored": 503,
          "no_such_voucher": 409, "no_proof": 403}
Behind = Callable[[web.Request], Awaitable[tuple[str, Conversation]]]
"""The code of a page, and its conversation; raises 404 or 503."""
Read = Callable[[web.Request, Conversation], Awaitable[PostedForm]]


class OwnDataPages:
    def __init__(self, layout: PageLayout, intake: Intake, behind: Behind, read: Read) -> None:
        self._layout, self._intake, self._behind, self._read = layout, intake, behind, read

    async def page(self, request: web.Request) -> web.Response:
        code, head = await self._behind(request)
        return await self._answer(request, code, head, {}, 200)

    async def post(self, request: web.Request) -> web.Response:
        """Withdraw a consent or a proof of identity, or make a request of rights.Kind; 303 to the page again, or its errors."""
        code, head = await self._behind(request)
        said = phrases(request.query.get("lang", head.citizen.language))
        try:
            await self._done(head, (await self._read(request, head)).fields, own_phrases(said.lang))
        except RefusedError as error:
            wrong = error.text or said.faults.get(error.code, said.faults["bad_form"]).format(wait_s=error.wait_s)
            return await self._answer(request, code, head, {"": wrong}, STATUS.get(error.code, 422), error.wait_s)
        except StoreError:
            return await self._answer(request, code, head, {"": said.faults["not_stored"]}, 503, NOT_STORED_S)
        there = f"/form/{grouped(code)}/data?lang={said.lang}"
        raise web.HTTPSeeOther(there)

    async def _done(self, head: Conversation, fields: Mapping[str, str], own: OwnDataPhrases) -> None:
        """Raises RefusedError, StoreError."""
        what, text = fields.get("what", ""), whole(fields.get("text", "").strip())
        subject, key = self._intake.subject, fields.get("key", "")
        deeds: Mapping[str, Callable[[], Awaitable[None]]] = {
            WITHDRAW: lambda: subject.withdraw(head.id), WITHDRAW_WORD: lambda: subject.withdraw_word(head, key),
            CHANGE_WORD: lambda: subject.change_word(head, key, text), END_POWER: lambda: subject.end_power(head, key)}
        if what in deeds:
            await deeds[what]()
            return
        if what not in set(RequestKind):
            raise RefusedError("bad_form", "")
        if len(text) > TEXT_LIMIT:
            raise RefusedError("too_long", own.text_hint)
        if what in WORDY and not text:
            raise RefusedError("empty", "")
        await subject.demand(head.id, RequestKind(what), text if what in WORDY else "")

    async def _answer(self, request: web.Request, code: str, head: Conversation, wrong: Mapping[str, str], status: int,
                      wait_s: int = 0) -> web.Response:
        said, subject = phrases(request.query.get("lang", head.citizen.language)), self._intake.subject
        try:
            consents, vouched = await subject.consents(head.id), await subject.vouched(head)
        except StoreError:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(NOT_STORED_S)}) from None
        body = own_page(self._layout, said, code, consents, subject.demands(head.id), vouched, wrong, offered=subject.offered(head),
                        known=subject.known(head))
        return html(body, status, wait_s)
