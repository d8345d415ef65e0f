"""CH-01, D14: files of faxes, whole, torn, damaged and hostile."""

import struct
from contextlib import suppress
from io import BytesIO
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from channels.fax import tiff
from channels.fax.document import FaxError
from tests.channels.fax.paper import sent, written

LETTER = written()
WHITE = b"\xff" * 20_000
"""White lines of any width, eight in a byte (ITU-T T.6, V0)."""
ENTRY = struct.Struct("<HHII")


def same(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that agree."""
    return float((np.asarray(one) == np.asarray(other)).mean())


def handmade(code: bytes, width: int, height: int, down: int = 196, compression: int = 4, strip: int | None = None, following: int = 0) -> bytes:
    """A file whose directory stands before its one strip, as it does with writers that know beforehand what they will write."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, compression), (262, 3, 1, 0), (273, 4, 1, 200),
               (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(code) if strip is None else strip), (282, 5, 1, 180), (283, 5, 1, 188), (296, 3, 1, 2)]
    directory = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(ENTRY.pack(*entry) for entry in entries) + struct.pack("<I", following)
    return directory.ljust(180, b"\0") + struct.pack("<IIII", 204, 1, down, 1) + b"\0" * 4 + code


def code_of(page: Image.Image, compression: str = "group4") -> tuple[bytes, Image.Image]:
    """The bare code of a page, and the page."""
    file = BytesIO()
    page.convert("1").save(file, "TIFF", compression=compression, tiffinfo={278: page.height, 262: 0})
    image = Image.open(file)
    at, size = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
    return file.getvalue()[at:at + size], image


@pytest.mark.parametrize("code", ["group3", "group4"])
@pytest.mark.parametrize("down", [98, 196])
def test_every_page_with_its_resolution(code: str, down: int) -> None:
    scans = tiff.read(sent(LETTER, LETTER, down=down, code=code))
    assert [(scan.across, scan.down, scan.image.width) for scan in scans.pages] == [(204, down, 1728)] * 2
    assert scans.pages[0].image.height == round(2380 * down / 204)
    assert not scans.lost


@pytest.mark.parametrize(("said", "lines", "believed"), [(0, 1100, 98), (0, 2287, 196), (100_000, 2287, 196)])
def test_a_resolution_that_cannot_be_is_guessed(said: int, lines: int, believed: int) -> None:
    code, _ = code_of(LETTER.resize((1728, lines)))
    assert tiff.read(handmade(code, 1728, lines, said)).pages[0].down == believed


# A line that the telephone has garbled costs a few lines and not the page.
def test_broken_lines_leave_the_others() -> None:
    code, page = code_of(LETTER, "group3")
    whole = tiff.read(handmade(code, *page.size, compression=3)).pages[0].image
    garbled = bytearray(code)
    for at in range(1000, len(code), 4000):
        garbled[at:at + 20] = bytes(20)
    read = tiff.read(handmade(bytes(garbled), *page.size, compression=3))
    assert 0.98 < same(read.pages[0].image, whole) < 1


@pytest.mark.parametrize("compression", [3, 4])
def test_what_there_is_of_a_torn_page_is_read(compression: int) -> None:
    code, page = code_of(LETTER, f"group{compression}")
    whole = handmade(code, *page.size, compression=compression)
    read = tiff.read(whole[:200 + len(code) // 2])
    assert read.lost
    upper = (0, 0, 1728, 400)
    assert same(read.pages[0].image.crop(upper), tiff.read(whole).pages[0].image.crop(upper)) == 1
    assert not np.asarray(read.pages[0].image.crop(upper)).all()


def test_pages_before_the_tear_are_kept() -> None:
    two = sent(LETTER, LETTER)
    read = tiff.read(two[:len(two) - 300])  # within the second directory or what it speaks of
    assert len(read.pages) == 1
    assert read.lost


def test_a_directory_that_leads_to_itself_ends() -> None:
    code, page = code_of(LETTER)
    assert len(tiff.read(handmade(code, *page.size, following=8)).pages) == 1


def test_so_many_pages_are_taken_and_not_more() -> None:
    small = Image.new("L", (64, 64), 255)
    read = tiff.read(sent(*[small] * (tiff.PAGES + 1)))
    assert len(read.pages) == tiff.PAGES
    assert read.lost


@pytest.mark.parametrize(("width", "height", "down"), [(100_000, 100_000, 196), (1728, 2**31, 196), (2**32 - 1, 2**32 - 1, 196), (0, 0, 196), (4000, 12_000, 50)])
def test_bombs_are_refused_at_once(width: int, height: int, down: int) -> None:
    started = process_time()
    with pytest.raises(FaxError):
        tiff.read(handmade(WHITE, width, height, down))
    assert process_time() - started < 1


def test_the_bombs_would_go_off() -> None:
    assert np.asarray(tiff.read(handmade(WHITE, 1728, 10_000)).pages[0].image).all()


def test_a_strip_that_claims_gigabytes_is_not_awaited() -> None:
    code, page = code_of(LETTER)
    started = process_time()
    with suppress(FaxError):
        assert tiff.read(handmade(code, *page.size, strip=2**32 - 1)).lost
    assert process_time() - started < 1


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(FaxError, match="велик"):
        tiff.read(bytes(tiff.BYTES + 1))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG"])
def test_what_is_no_fax_is_refused(mode: str, kind: str) -> None:
    file = BytesIO()
    Image.new(mode, (100, 100)).save(file, kind)
    with pytest.raises(FaxError):
        tiff.read(file.getvalue())


SMALL = sent(LETTER.resize((216, 286)), LETTER.resize((216, 286)), code="group3")


@settings(max_examples=400, deadline=2000)
@given(st.data())
def test_damaged_bytes_are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        directories = st.integers(len(content) * 9 // 10, len(content))
        at = data.draw(st.one_of(st.integers(0, 8), directories, st.integers(0, len(content))))
        content[at:at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    read_or_refused(bytes(content))


@settings(max_examples=200, deadline=2000)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"II*\0\x08\0\0\0\x03\0"):
        read_or_refused(start + content)


def read_or_refused(content: bytes) -> None:
    with suppress(FaxError):
        assert all(scan.image.width * scan.image.height <= tiff.PIXELS for scan in tiff.read(content).pages)
