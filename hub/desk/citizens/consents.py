"""Consent texts: written by administrators, approved by another supervisor, with all versions kept (152-ФЗ ст. 9)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.citizens.consent import ConsentText, Phrasing
from hub.citizens.consent_service import ConsentService
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Slug
from hub.dispatch.dispatcher import Dispatch


class WordingIn(Struct, frozen=True):
    """An empty line in the text separates paragraphs; `{keeper}` is the data controller, `{edition}` the version."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=10_000)]


class ConsentTextIn(Struct, frozen=True):
    """`version` is the newest that was seen, 0 for a new purpose."""

    version: Annotated[int, Meta(ge=0)]
    ru: WordingIn
    en: WordingIn


class ConsentTextOut(Struct, frozen=True):
    """`since` is when it became valid, null for a draft; of each purpose the newest valid one is presented (`asked`)."""

    purpose: str
    version: int
    ru: Phrasing
    en: Phrasing
    written_by: str
    written_name: str
    written: datetime
    approved_by: str
    approved_name: str
    since: datetime | None
    asked: bool


class ConsentVersionIn(Struct, frozen=True):
    version: int


def consent_text_out(dispatch: Dispatch, consent_service: ConsentService, text: ConsentText) -> ConsentTextOut:
    name, approval = dispatch.name, text.approval
    return ConsentTextOut(
        text.purpose, text.version, text.ru, text.en, text.written_by, name(text.written_by), text.written, approval.by if approval else "",
        name(approval.by) if approval else "", text.since, consent_service.text(text.purpose) == text)


@endpoint("GET", "/api/consents", Permission.EDIT_CONSENTS, Permission.APPROVE)
async def consent_texts(consent_service: ConsentService, dispatch: Dispatch, call: Call) -> list[ConsentTextOut]:
    """All versions of all consent texts, newest first."""
    del call
    texts = sorted(consent_service.all(), key=lambda each: (each.purpose, -each.version))
    return [consent_text_out(dispatch, consent_service, each) for each in texts]


@endpoint("PUT", "/api/consents/{purpose}", Permission.EDIT_CONSENTS)
async def put_consent_text(consent_service: ConsentService, dispatch: Dispatch, call: Call, purpose: Slug,
                           body: ConsentTextIn) -> ConsentTextOut:
    """Write a new version for approval; the current one stays valid until then."""
    ru, en = (Phrasing(each.title.strip(), each.text.strip()) for each in (body.ru, body.en))
    return consent_text_out(dispatch, consent_service, await consent_service.write(call.who, purpose, body.version, ru, en))


@endpoint("POST", "/api/consents/{purpose}/approve", Permission.APPROVE)
async def approve_consent_text(consent_service: ConsentService, dispatch: Dispatch, call: Call, purpose: Slug,
                               body: ConsentVersionIn) -> ConsentTextOut:
    """Approve the version that one has read, unless one is its author."""
    return consent_text_out(dispatch, consent_service, await consent_service.approve(call.who, purpose, body.version))


ENDPOINTS = (consent_texts, put_consent_text, approve_consent_text)
