"""D14, CH-01: what tesseract reads on pages as telephones bring them, and the PDF in which it is found."""

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from channels.fax import recognition
from channels.fax.document import Fax, FaxError, Page
from channels.fax.recognition import Tesseract
from tests.channels.fax.paper import LETTER, SERIF, askew, bordered, error_rate, sent, sprinkled, written

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("reader")]

MEANT = " ".join(LETTER)


def read(*pages: Image.Image, down: int = 196, tesseract: Tesseract | None = None) -> Fax:
    return recognition.read(sent(*pages, down=down), tesseract or Tesseract())


@pytest.mark.smoke
@pytest.mark.parametrize("down", [98, 196])
def test_clean_pages_are_read_to_the_letter(down: int) -> None:
    for page in read(written(), written(font=SERIF, size=30), down=down).pages:
        assert error_rate(page.text, MEANT) <= 0.01
        assert page.confidence > 90


@pytest.mark.parametrize(("degrees", "noise"), [(0.7, 0.03), (-1.5, 0.02), (3, 0.02)])
def test_noisy_pages_that_lie_askew_are_read(degrees: float, noise: float) -> None:
    fax = read(sprinkled(askew(written(), degrees), noise))
    assert error_rate(fax.pages[0].text, MEANT) <= 0.05


def test_black_borders_hide_no_letters() -> None:
    assert error_rate(read(sprinkled(bordered(askew(written(), 2)), 0.01)).pages[0].text, MEANT) <= 0.02


@pytest.mark.parametrize("degrees", [180, 90])
def test_pages_on_their_head_and_sideways_are_turned(degrees: int) -> None:
    fax = read(written().rotate(degrees, expand=True))
    assert error_rate(fax.pages[0].text, MEANT) <= 0.01
    width, height = pypdfium2.PdfDocument(fax.pdf)[0].get_size()
    assert width < height


def test_the_pdf_has_the_pages_and_their_words() -> None:
    fax = read(written(LETTER[:3]), written(LETTER[3:7]), down=98)
    pdf = pypdfium2.PdfDocument(fax.pdf)
    assert len(pdf) == 2
    for number, lines in enumerate((LETTER[:3], LETTER[3:7])):
        assert error_rate(pdf[number].get_textpage().get_text_range(), " ".join(lines)) <= 0.01
    assert pdf[0].get_size() == (pytest.approx(1728 / 204 * 72, abs=1), pytest.approx(2380 / 204 * 72, abs=1))
    assert len(fax.pdf) < 100_000
    found = pdf[1].get_textpage().search("справку о составе семьи").get_next()
    assert found
    assert fax.message.startswith("Факс, 2 стр.\n\nВ многофункциональный центр города Рязани\n")


def test_an_empty_page_has_no_text() -> None:
    fax = read(Image.new("L", (1728, 2380), 255))
    assert fax.pages == (Page("", 0),)
    assert fax.message == "Факс, 1 стр. Текст не распознан: откройте изображение."


@pytest.mark.parametrize(("fax", "words"), [
    (Fax(b"", (Page("Прошу", 91.0),)), "Прошу"),
    (Fax(b"", (Page("Прошу", 91.0), Page("Прщу", 48.0))), "Факс, 2 стр. Распознано неуверенно: сверьтесь с изображением.\n\nПрошу\n\nПрщу"),
    (Fax(b"", (Page("Прошу", 91.0),), lost=True), "Факс, 1 стр. Прочитаны не все страницы: попросите повторить факс.\n\nПрошу"),
    (Fax(b"", (Page("", 0),), trouble="tesseract не запускается"), "Факс, 1 стр. Текст не распознан: tesseract не запускается."),
])
def test_what_an_operator_is_told(fax: Fax, words: str) -> None:
    assert fax.message == words


@pytest.mark.parametrize(("tesseract", "trouble"), [
    (Tesseract(program="tesseract-that-is-not-there"), "tesseract не запускается: No such file or directory"),
    (Tesseract(language="rus+xyz"), "у tesseract нет языка xyz"),
])
def test_without_recognition_pages_are_pictures(tesseract: Tesseract, trouble: str) -> None:
    fax = read(written(), written(), tesseract=tesseract)
    assert fax.trouble == trouble == recognition.missing(tesseract)
    assert len(pypdfium2.PdfDocument(fax.pdf)) == 2
    assert fax.message == f"Факс, 2 стр. Текст не распознан: {trouble}."


def test_a_page_that_takes_too_long_stays_a_picture(tmp_path: Path) -> None:
    slow = tmp_path / "tesseract"
    slow.write_text('#!/bin/sh\ntest "$1" = --list-langs && echo rus && exit\nexec sleep 60\n')
    slow.chmod(0o755)
    fax = read(written(), tesseract=Tesseract(program=str(slow), page_s=1))
    assert fax.pages == (Page("", 0),)
    assert len(pypdfium2.PdfDocument(fax.pdf)) == 1


def test_what_is_no_fax_is_not_recognised() -> None:
    with pytest.raises(FaxError):
        recognition.read(b"%PDF-1.7", Tesseract())
