"""Reads Asterisk's TIFF files: 1-bit pages in T.4 or T.6 code, including truncated and damaged ones."""

import struct
import warnings
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from msgspec import Struct
from PIL import Image, TiffImagePlugin

from channels.fax.document import FaxError

BYTES = 50 << 20
PAGES = 100
PIXELS = 50_000_000
"""A page of A3 at 400 dpi has 33 million; at 204×196 dpi this is a strip of one metre and a half, enlarged for recognition."""
CODES = frozenset({"group3", "group4", "tiff_ccitt", "raw"})
BROKEN = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, ZeroDivisionError, RuntimeError,
          struct.error, Image.DecompressionBombError)
"""Pillow's errors for malicious files."""
STRIP_AT, STRIP_BYTES = 273, 279
DPI = 300
"""The best resolution for tesseract (its documentation, "Improving the quality of the output")."""
LOWEST_DPI, HIGHEST_DPI = 50.0, 600.0
STANDARD, FINE, ACROSS = 98.0, 196.0, 204.0


class Scan(Struct, frozen=True):
    """A received page: black is False. Its pixels are not square: `across` and `down` are in dots an inch."""

    image: Image.Image
    across: float
    down: float


class Scans(Struct, frozen=True):
    pages: tuple[Scan, ...]
    lost: bool
    """The file contains unreadable pages, or more than the limit."""


def read(content: bytes) -> Scans:
    """The readable pages of a file. Raises FaxError where there are none."""
    if len(content) > BYTES:
        raise FaxError("Файл факса слишком велик")
    with warnings.catch_warnings(action="ignore"):  # Pillow's warnings on damage: the operator gets our own text
        scans = _scans(content)
    if not scans.pages:
        raise FaxError("Это не факс, или ни одна его страница не читается")
    return scans


def _scans(content: bytes) -> Scans:
    padded = content + bytes(_torn_off(content))
    pages = list(islice(_frames(padded), PAGES + 1))
    readable = [page for page in pages[:PAGES] if page is not None]
    return Scans(tuple(readable), lost=len(padded) > len(content) or len(readable) < len(pages))


def _torn_off(content: bytes) -> int:
    """Missing bytes of the pages' code after the end of the file. libtiff reads the rest of a page if they are zeros."""
    ends = [at + size for file in _files(content) if file for at, size in _strips(file)]
    missing = max(ends, default=0) - len(content)
    return missing if 0 < missing <= BYTES else 0


def _strips(file: TiffImagePlugin.TiffImageFile) -> Iterator[tuple[int, int]]:
    try:
        yield from zip(file.tag_v2[STRIP_AT], file.tag_v2[STRIP_BYTES], strict=False)
    except BROKEN:
        return


def _files(content: bytes) -> Iterator[TiffImagePlugin.TiffImageFile | None]:
    """The file at each of its pages; None is an unreachable page, after which there are no more."""
    try:
        file = TiffImagePlugin.TiffImageFile(BytesIO(content))
        for number in range(PAGES + 1):
            file.seek(number)
            yield file
    except EOFError:
        return
    except BROKEN:
        yield None


def _frames(content: bytes) -> Iterator[Scan | None]:
    """Page by page; None is an unreadable one."""
    for file in _files(content):
        yield _scan(file) if file else None


def _scan(file: TiffImagePlugin.TiffImageFile) -> Scan | None:
    try:
        across, down = _resolution(file)
        inches = file.width / across * file.height / down
        largest = max(file.width * file.height, inches * across**2, inches * DPI**2)
        if file.mode == "1" and file.info.get("compression") in CODES and 0 < largest <= PIXELS:
            return Scan(file.copy(), across, down)
    except BROKEN:
        pass  # treated as no fax page
    return None


def _resolution(file: TiffImagePlugin.TiffImageFile) -> tuple[float, float]:
    """The file's resolution, if plausible; otherwise that of pages of such a size (ITU-T T.4, 2 and 4.5)."""
    said = file.info.get("dpi", (0, 0))
    if all(LOWEST_DPI <= one <= HIGHEST_DPI for one in said):
        return float(said[0]), float(said[1])
    return ACROSS, STANDARD if file.height < file.width else FINE
