"""Money of the programme by source and year (GV-15, GV-18)."""

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.programme.funding import FundingLine, FundingSum, sums
from hub.programme.sheet import SheetName
from hub.programme.sheet_book import SheetBook


@endpoint("GET", "/api/programme/funding", Permission.SEE_FIGURES)
async def programme_funding(book: SheetBook, call: Call) -> list[FundingSum]:
    """Plan and fact of each year by source, and their sums."""
    del call
    return sums(book[SheetName.FUNDING].of(FundingLine))


ENDPOINTS = (programme_funding,)
