"""Local text recognition by tesseract: a searchable PDF, and each page's text with its confidence."""

import csv
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from io import BytesIO, StringIO
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pypdfium2  # type: ignore[import-untyped]  # it is annotated and does not say so
from msgspec import Struct
from PIL import Image

from channels.fax import tiff
from channels.fax.document import Fax, FaxError, Page
from channels.fax.pages import cleaned
from channels.fax.tiff import DPI

UPRIGHT = 50.0
"""Confidence below which a page may be upside down: such pages reach 27."""
READING_S = 900
"""Time limit for all pages of a fax. The remaining ones stay pictures."""
HALF = 127
ON_ITS_HEAD = 180
WORD = "5"
"""The level of a word in tesseract's table."""
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
"""More threads make a page no faster, and everything else slower."""


class Tesseract(Struct, frozen=True):
    """`program` is its name or path, `language` as it calls it ("rus", "rus+eng"), `page_s` the seconds that a page may take."""

    program: str = "tesseract"
    language: str = "rus"
    page_s: float = 60


class Sheet(Struct, frozen=True):
    """A recognised page: a PDF of its own, and its text."""

    pdf: bytes
    page: Page


def read(content: bytes, tesseract: Tesseract) -> Fax:
    """A received TIFF. Without tesseract its pages are pictures. Raises FaxError for an invalid file."""
    scans = tiff.read(content)
    trouble = missing(tesseract)
    until = monotonic() + READING_S
    sheets = [_sheet(cleaned(scan), tesseract, recognise=not trouble and monotonic() < until) for scan in scans.pages]
    return Fax(bound([sheet.pdf for sheet in sheets]), tuple(sheet.page for sheet in sheets), scans.lost, trouble)


def missing(tesseract: Tesseract) -> str:
    """Why recognition is impossible, in words; "" if it works."""
    try:
        listed = _run(tesseract, ["--list-langs"], Path()).split()
    except FaxError as error:
        return str(error)
    lacking = [language for language in tesseract.language.split("+") if language not in listed]
    return f"у tesseract нет языка {', '.join(lacking)}" if lacking else ""


def _sheet(grey: Image.Image, tesseract: Tesseract, *, recognise: bool) -> Sheet:
    image = grey.point(lambda value: 255 * (value > HALF)).convert("1")
    if not recognise:
        return Sheet(_picture(image), Page("", 0))
    with TemporaryDirectory(prefix="okno-fax-") as folder:
        try:
            return _upright(image, tesseract, Path(folder))
        except FaxError:  # too slow, or crashed by the page
            return Sheet(_picture(image), Page("", 0))


def _upright(image: Image.Image, tesseract: Tesseract, folder: Path) -> Sheet:
    """The page in reading orientation: it may be upside down or sideways."""
    sheet = _recognised(image, tesseract, folder)
    if not sheet.page.text or sheet.page.confidence >= UPRIGHT:
        return sheet
    turned = _recognised(image.rotate(-_turn(tesseract, folder), expand=True), tesseract, folder)
    return max(sheet, turned, key=lambda one: one.page.confidence)


def _recognised(image: Image.Image, tesseract: Tesseract, folder: Path) -> Sheet:
    image.save(folder / "page.png", dpi=(DPI, DPI))
    _run(tesseract, ["page.png", "page", "-l", tesseract.language, "pdf", "tsv"], folder)
    return Sheet((folder / "page.pdf").read_bytes(), page((folder / "page.tsv").read_text("utf8")))


def _turn(tesseract: Tesseract, folder: Path) -> int:
    """Degrees to rotate the page clockwise; 180 where tesseract cannot tell."""
    try:
        said = re.search(r"^Rotate: (\d+)$", _run(tesseract, ["page.png", "-", "--psm", "0"], folder), re.MULTILINE)
    except FaxError:  # too few letters, or no data of orientation
        return ON_ITS_HEAD
    return int(said[1]) if said and said[1] != "0" else ON_ITS_HEAD


def page(table: str) -> Page:
    """The words of tesseract's table in lines and blocks; long words weigh more in the confidence."""
    rows = csv.DictReader(StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in rows if row["level"] == WORD and row["text"].strip()]
    letters = sum(len(row["text"]) for row in words)
    confidence = sum(float(row["conf"]) * len(row["text"]) for row in words) / (letters or 1)
    return Page("\n\n".join(_blocks(words)), round(confidence, 1))


def _blocks(words: Sequence[dict[str, str]]) -> Iterator[str]:
    for _, block in groupby(words, key=lambda row: row["block_num"]):
        lines = groupby(block, key=lambda row: (row["par_num"], row["line_num"]))
        yield "\n".join(" ".join(row["text"] for row in line) for _, line in lines)


def _picture(image: Image.Image) -> bytes:
    """A PDF of one page without text."""
    file = BytesIO()
    image.save(file, "PDF", resolution=DPI)
    return file.getvalue()


def bound(pdfs: Sequence[bytes]) -> bytes:
    """All pages in one PDF."""
    whole, file = pypdfium2.PdfDocument.new(), BytesIO()
    for pdf in pdfs:
        whole.import_pages(pypdfium2.PdfDocument(pdf))
    whole.save(file)
    return file.getvalue()


def _run(tesseract: Tesseract, arguments: Sequence[str], folder: Path) -> str:
    command = [tesseract.program, *arguments]
    try:
        done = subprocess.run(command, cwd=folder, env=os.environ | ONE_THREAD, timeout=tesseract.page_s, capture_output=True, check=True)  # noqa: S603  # the operator of the hub names the program, nobody else adds a word
    except OSError as error:
        why = f"tesseract не запускается: {error.strerror}"
        raise FaxError(why) from error
    except subprocess.SubprocessError as error:
        raise FaxError("tesseract не справился") from error
    return done.stdout.decode("utf8", "replace")
