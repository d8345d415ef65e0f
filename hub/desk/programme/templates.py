"""Standard provision and regulation of a centre: versions, approval, papers (GV-06)."""

from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import NamedOut
from hub.desk.http.papers import paper_response
from hub.kernel.approval import Approval
from hub.kernel.ports import Printer
from hub.programme.task import Words
from hub.programme.template import FIELDS, TemplateKind, TemplateText, TemplateVersion
from hub.programme.template_book import TemplateBook

TemplateNumber = Annotated[int, Meta(ge=0)]


class TemplateVersionOut(Struct, frozen=True):
    """`own` ones wait for the approval of somebody else."""

    version: int
    title: str
    text: str
    written_by: str
    written: datetime
    approval: Approval | None
    own: bool


class TemplateOut(Struct, frozen=True):
    """The newest version first; version 0 comes with Okno."""

    template: TemplateKind
    versions: list[TemplateVersionOut]


class TemplatesOut(Struct, frozen=True):
    """`fields` are what a text may have in braces, `centres` those of today that papers are made for."""

    templates: list[TemplateOut]
    fields: tuple[str, ...]
    centres: list[NamedOut]


class TemplateIn(Struct, frozen=True):
    """`version` is the newest that was seen."""

    version: TemplateNumber
    title: Words
    text: TemplateText


class TemplateApprovalIn(Struct, frozen=True):
    version: TemplateNumber


class TemplatePaperQuery(Struct, frozen=True):
    """Version 0 is the newest one that is approved."""

    centre: Annotated[str, Meta(pattern="^[0-9]{3}$")]
    version: TemplateNumber = 0
    form: Literal["docx", "pdf"] = "pdf"


@endpoint("GET", "/api/programme/templates", Permission.SEE_FIGURES)
async def programme_templates(book: TemplateBook, call: Call) -> TemplatesOut:
    """Both texts with their versions."""
    return TemplatesOut([TemplateOut(kind, [_out(each, call) for each in book.versions(kind)]) for kind in TemplateKind], FIELDS,
                        [NamedOut(each.id, each.name) for each in book.centres()])


@endpoint("PUT", "/api/programme/templates/{template}", Permission.EDIT_PROGRAMME)
async def write_template(book: TemplateBook, call: Call, template: TemplateKind, body: TemplateIn) -> TemplateVersionOut:
    """The next version, which waits for somebody else's approval."""
    return _out(await book.write(call.who, template, body.version, body.title, body.text), call)


@endpoint("POST", "/api/programme/templates/{template}/approve", Permission.EDIT_PROGRAMME)
async def approve_template(book: TemplateBook, call: Call, template: TemplateKind, body: TemplateApprovalIn) -> TemplateVersionOut:
    """Approve the newest version of somebody else."""
    return _out(await book.approve(call.who, template, body.version), call)


@endpoint("GET", "/api/programme/templates/{template}/file", Permission.SEE_FIGURES)
async def template_file(book: TemplateBook, press: Printer, call: Call, template: TemplateKind, query: TemplatePaperQuery) -> web.Response:
    """The paper of a centre by the register of today, as DOCX or PDF; one that nobody has approved says so on each page."""
    del call
    body = await press(book.paper(template, query.version, query.centre), query.form)
    return paper_response(f"{template}-{query.centre}", query.form, body)


def _out(of: TemplateVersion, call: Call) -> TemplateVersionOut:
    return TemplateVersionOut(of.version, of.title, of.text, of.written_by, of.written, of.approval, own=of.written_by == call.who.login)


ENDPOINTS = (programme_templates, write_template, approve_template, template_file)
