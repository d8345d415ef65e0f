"""D14: what an operator writes or attaches becomes pages that every fax machine takes."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageSequence

from channels.fax import renderer, tiff
from channels.fax.document import FaxError, Head
from channels.fax.halftone import pictured
from channels.fax.renderer import NORMAL, render, wrapped
from tests.channels.fax.paper import LETTER, written

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("letters")]

HEAD = Head("Центр телефонного обслуживания Рязанской области", "1024", "25.11.2026")


def pdf_of(*pages: Image.Image) -> bytes:
    file = BytesIO()
    pages[0].save(file, "PDF", resolution=204, save_all=True, append_images=pages[1:])
    return file.getvalue()


def blank_pdf(width: float, height: float, pages: int = 1) -> bytes:
    document, file = pypdfium2.PdfDocument.new(), BytesIO()
    for _ in range(pages):
        document.new_page(width, height)
    document.save(file)
    return file.getvalue()


def ink(page: Image.Image) -> np.ndarray:
    return ~np.asarray(page)


def test_every_page_is_as_machines_want_it() -> None:
    pages = list(ImageSequence.Iterator(Image.open(BytesIO(render("\n".join(LETTER * 8), HEAD, [pdf_of(written())])))))
    assert len(pages) == 4
    for page in pages:
        assert (page.mode, page.size) == ("1", (1728, 2287))
        assert page.info["compression"] == "group3"
        assert page.info["dpi"] == (204, 196)
        assert page.tag_v2[262] == 0  # type: ignore[attr-defined]
        assert len(page.tag_v2[273]) == 1  # type: ignore[attr-defined]
        assert not np.asarray(page).all()


def test_what_we_draw_we_can_read() -> None:
    scans = tiff.read(render("Готово", HEAD))
    assert [(scan.across, scan.down) for scan in scans.pages] == [(204, 196)]


def test_no_line_is_lost_between_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    write = renderer._write
    monkeypatch.setattr(renderer, "_write", lambda page, y, lines, size: (drawn.extend(lines), write(page, y, lines, size))[1])
    lines = [f"Строка {number}" for number in range(120)]
    render("\n".join(lines), HEAD)
    assert [line for line in drawn if line.startswith("Строка")] == lines


def test_long_lines_and_long_words_are_broken() -> None:
    text = "Прошу выдать справку. " * 30 + "\n\n" + "х" * 500 + "\tконец\u200b\0"
    lines = wrapped(text, NORMAL)
    assert all(renderer.font(NORMAL).getlength(line) <= renderer.RIGHT - renderer.LEFT for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.replace("\u200b", "").replace("\0", "").split())
    assert "" in lines


@pytest.mark.parametrize("text", ["x" * 8_000, "ш" * 100_000 + "ы", "\n" * 40_000 + "я", "a " * 6_000])
def test_texts_without_end_are_refused(text: str) -> None:
    try:
        assert len(tiff.read(render(text, HEAD)).pages) <= renderer.PAGES
    except FaxError as error:
        assert str(error)


@pytest.mark.parametrize(("make", "words"), [
    (lambda: render("", HEAD), "ни одной страницы"),
    (lambda: render("", HEAD, [b"no pdf"]), "PDF не открывается"),
    (lambda: render("", HEAD, [pdf_of(written())[:2000]]), "PDF не открывается"),
    (lambda: render("", HEAD, [blank_pdf(595, 842, 51)]), "больше 50 страниц"),
])
def test_what_cannot_be_drawn_is_said(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(FaxError, match=words):
        make()


@pytest.mark.parametrize(("width", "height"), [(14_400, 14_400), (1, 14_400), (14_400, 1), (1, 1), (842, 595)])
def test_pages_of_any_size_fit(width: float, height: float) -> None:
    assert Image.open(BytesIO(render("", HEAD, [blank_pdf(width, height)]))).size == (1728, 2287)


def test_a_pdf_that_lies_on_its_side_is_turned() -> None:
    page = Image.open(BytesIO(render("", HEAD, [pdf_of(written().rotate(90, expand=True))])))
    rows = ink(page)[100:].any(axis=1)
    assert 10 < np.count_nonzero(np.diff(rows.astype(int)) == 1) < 40  # lines of a text, and white between them


def test_a_photograph_becomes_dots_and_letters_stay_sharp() -> None:
    page = written()
    grey = np.tile(np.linspace(60, 200, 1000).astype(np.uint8), (600, 1))
    page.paste(Image.fromarray(grey), (300, 1400))
    where = pictured(page)
    assert where[1450:1950, 350:1250].mean() > 0.95
    assert where[:1300].mean() < 0.001
    dots = ink(Image.open(BytesIO(render("", HEAD, [pdf_of(page)]))))[1400:1900, 320:1280]
    left, right = dots[:, :200].mean(), dots[:, -200:].mean()
    assert left > 0.6
    assert 0.1 < right < 0.4
