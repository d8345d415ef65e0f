"""The pack of a council's meeting (GV-09)."""

from datetime import date
from typing import Literal

from aiohttp import web
from msgspec import Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.papers import paper_response
from hub.kernel.ports import Printer
from hub.programme.council import AgendaItem, CouncilDecision, CouncilMember, pack
from hub.programme.coverage import total
from hub.programme.coverage_service import CoverageService
from hub.programme.sheet import SheetName
from hub.programme.sheet_book import SheetBook
from hub.programme.task import PlanItem


class CouncilPackQuery(Struct, frozen=True):
    meeting: date
    form: Literal["docx", "pdf"] = "pdf"


@endpoint("GET", "/api/programme/council/pack", Permission.SEE_FIGURES)
async def council_pack(book: SheetBook, coverage: CoverageService, press: Printer, call: Call, query: CouncilPackQuery) -> web.Response:
    """What the members get before a meeting, as DOCX or PDF."""
    del call
    rows = await coverage.on(coverage.today)
    paper = pack(
        query.meeting, book.today, f"{total(rows)} из {len(rows)}",
        book[SheetName.MEMBERS].of(CouncilMember), book[SheetName.AGENDA].of(AgendaItem), book[SheetName.DECISIONS].of(CouncilDecision),
        book[SheetName.PLAN].of(PlanItem) if book[SheetName.PLAN].version else [])
    return paper_response(f"council-{query.meeting}", query.form, await press(paper, query.form))


ENDPOINTS = (council_pack,)
