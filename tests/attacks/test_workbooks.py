"""A workbook that is made to cost much stops nobody, and leaves nothing behind (F19 of the security review)."""

import base64
import re
from io import BytesIO
from pathlib import Path
from time import process_time
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from hub.knowledge.catalogue.columns import RECORDS_LIMIT
from hub.knowledge.catalogue.formats import read_file
from hub.knowledge.catalogue.toml_format import CatalogueError
from tests.attacks.test_uploads import HEALTHY_S, slowed, watched
from tests.channels.noise import unharmed
from tests.house import House, People

LIMIT_S = 15.0
"""Of processor time for 20,000 rows, on a slow machine; the process has a minute."""
MEGABYTES = 50
"""That a hub may grow by, whatever it is brought."""


def workbook(rows: bytes, count: int) -> bytes:
    """A sheet of services with so many rows of this XML, well packed."""
    made, out = BytesIO(), BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet("services").write_row(0, 0, ["id", "title"])
    with ZipFile(made) as plain, ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for name in plain.namelist():
            content = plain.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(rb"<dimension [^>]*>", b"", content)  # else no more is read than it says
                content = content.replace(b"</sheetData>", rows * count + b"</sheetData>")
            packed.writestr(name, content)
    return out.getvalue()


RECORD = b'<row><c t="inlineStr"><is><t>licence</t></is></c><c t="inlineStr"><is><t>a</t></is></c></row>'
HOSTILE = {
    "100,000 records": lambda: workbook(RECORD, 100_000),
    "four million empty rows": lambda: workbook(b"<row></row>", 4_000_000),  # the most XML that may be unpacked
    "the last row alone": lambda: workbook(b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>licence</t></is></c></row>', 1),
    "rows as wide as can be": lambda: workbook(b'<row><c r="XFD2"/></row>', 40_000)}


@pytest.mark.parametrize("how", HOSTILE)
def test_reading_stops_at_the_limit(how: str) -> None:
    content = HOSTILE[how]()
    begun = process_time()
    with pytest.raises(CatalogueError, match=str(RECORDS_LIMIT)):
        read_file("x.xlsx", content)
    assert process_time() - begun < LIMIT_S


def test_a_table_is_read_to_the_limit_as_well() -> None:
    begun = process_time()
    with pytest.raises(CatalogueError, match=str(RECORDS_LIMIT)):
        read_file("x.csv", b"id,title\n" + b"a,b\n" * 2_000_000)
    assert process_time() - begun < LIMIT_S


def resident_mb(house: House) -> float:
    return int(Path(f"/proc/{house.pid}/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.journeys
async def test_the_hub_serves_meanwhile_and_is_as_small_afterwards(house: House, at: People) -> None:
    admin = await at.admin()
    content = workbook(RECORD, 400_000)
    body = {"name": "x.xlsx", "content": base64.b64encode(content).decode(), "source": "", "whole": False}
    before, took = resident_mb(house), list[float]()
    for _ in range(3):
        async with watched(house) as slowest:
            status, answer = await admin.call("POST", "/api/catalogue/look", body)
        took.append(slowest[0] / slowed())
        assert (status, answer["error"], str(RECORDS_LIMIT) in answer["text"]) == (400, "bad_file", True)
    assert min(took) < HEALTHY_S
    assert resident_mb(house) - before < MEGABYTES
    unharmed(house)
