"""Draws a fax: an operator's text and the pages of PDFs become a TIFF accepted by every fax machine (ITU-T T.4, T.30)."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from itertools import chain, count, islice
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it is annotated and does not say so
from PIL import Image, ImageDraw, ImageFont

from channels.fax.document import FaxError, Head
from channels.fax.halftone import black_and_white

WIDTH, HEIGHT = 1728, 2380
"""Pixels of A4 at 204 dpi both ways, as it is drawn (T.4, 2.1: 1728 in a line)."""
DOWN = 196
"""Lines an inch in fine resolution: 7.7 lines a millimetre."""
LINES = round(HEIGHT * DOWN / 204)
ROWS_PER_STRIP, PHOTOMETRIC, WHITE_IS_ZERO = 278, 262, 0
TAGS = {ROWS_PER_STRIP: LINES, PHOTOMETRIC: WHITE_IS_ZERO}
"""One strip a page, white is zero: senders may not support more."""
PAGES = 50
"""The maximum: a quarter of an hour of transmission."""
TEXT_LIMIT = 100_000
DEJAVU = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
)
"""Font paths of Debian, Fedora and its derivatives, Arch and Alpine. Pillow's own font has no Cyrillic."""
SMALL, NORMAL, LARGE = 24, 34, 44
"""Heights of letters in pixels: 8.5, 12 and 15.5 points."""
LEADING = 1.4
LEFT, RIGHT, TOP, BOTTOM = 160, 1600, 70, 2300
"""Receivers cut off some millimetres at every edge."""
MOST_SIGNS = 500
"""Maximum characters of a line, however narrow: measuring takes time."""
BODY = TOP + 80
"""Below the header line of every page."""


def render(text: str, head: Head, pdfs: Sequence[bytes] = ()) -> bytes:
    """The TIFF of all pages. Raises FaxError if drawing is impossible or the limit is exceeded."""
    if len(text) > TEXT_LIMIT:
        raise FaxError("Текст слишком длинный для факса")
    drawn = chain(_text_pages(text, head) if text.strip() else (), *(_pdf_pages(pdf) for pdf in pdfs))
    pages = list(islice(drawn, PAGES + 1))
    if len(pages) > PAGES:
        why = f"В факсе больше {PAGES} страниц"
        raise FaxError(why)
    if not pages:
        raise FaxError("В факсе нет ни одной страницы")
    return _tiff([_finished(page, head, number, len(pages)) for number, page in enumerate(pages, 1)])


def missing() -> str:
    """Why text cannot be drawn, in words; "" if it can."""
    return "" if any(Path(path).exists() for path in DEJAVU) else "нет шрифта DejaVu Sans (пакет fonts-dejavu-core)"


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    for path in DEJAVU:
        if Path(path).exists():
            return ImageFont.truetype(path, size)
    why = f"Факс не нарисовать: {missing()}"
    raise FaxError(why)


def _text_pages(text: str, head: Head) -> Iterator[Image.Image]:
    lines = iter(wrapped(text, NORMAL))
    for number in count(1):
        page = _blank()
        y = _letterhead(page, head) if number == 1 else BODY
        some = list(islice(lines, int((BOTTOM - y) / (NORMAL * LEADING))))
        if number > 1 and not any(some):
            return
        _write(page, y, some, NORMAL)
        yield page


def _letterhead(page: Image.Image, head: Head) -> float:
    """Draws centre, conversation and day; returns the start of the text."""
    y = _write(page, BODY, wrapped(head.centre, LARGE), LARGE)
    y = _write(page, y, wrapped(f"Обращение № {head.conversation}\n{head.date}", NORMAL), NORMAL) + NORMAL / 2
    ImageDraw.Draw(page).line([(LEFT, y), (RIGHT, y)], fill=0, width=3)
    return y + NORMAL


def _write(page: Image.Image, y: float, lines: Sequence[str], size: int) -> float:
    """Draws lines from `y` down; returns the position of the next one."""
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((LEFT, y + number * size * LEADING), line, font=font(size), fill=0)
    return y + len(lines) * size * LEADING


def wrapped(text: str, size: int) -> list[str]:
    """Lines that fit between the margins. Control characters, which fonts draw as boxes, are left out."""
    clean = ("".join(sign for sign in line.expandtabs(4) if sign.isprintable()) for line in text.splitlines())
    return [part for line in clean for part in _parts(line, size)]


def _parts(line: str, size: int) -> Iterator[str]:
    """Words that fit on a line; a wider word is split."""
    part = ""
    for word in line.split(" "):
        longer = f"{part} {word}" if part else word
        if _fits(longer, size):
            part = longer
            continue
        if part:
            yield part
        while not _fits(word, size):
            fitting = bisect(range(1, MOST_SIGNS), False, key=lambda signs: not _fits(word[:signs], size))
            yield word[:fitting]
            word = word[fitting:]  # noqa: PLW2901  # the rest of it
        part = word
    yield part


def _fits(text: str, size: int) -> bool:
    return len(text) < MOST_SIGNS and font(size).getlength(text) <= RIGHT - LEFT


def _pdf_pages(pdf: bytes) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(pdf)
        for number in range(len(document)):
            yield _pdf_page(document[number])
    except pypdfium2.PdfiumError as error:
        raise FaxError("PDF не открывается: он повреждён или защищён паролем") from error


def _pdf_page(sheet: pypdfium2.PdfPage) -> Image.Image:
    """Scaled to the page, portrait: a landscape page is rotated."""
    width, height = sheet.get_size()
    aside = width > height
    width, height = (height, width) if aside else (width, height)
    if not (width > 0 and height > 0):
        raise FaxError("В PDF есть страница без размера")
    room = (WIDTH, HEIGHT - TOP)
    scale = min(room[0] / width, room[1] / height)
    picture = sheet.render(scale=scale, rotation=90 if aside else 0, grayscale=True).to_pil().convert("L")
    page = _blank()
    page.paste(picture, ((WIDTH - picture.width) // 2, TOP))
    return page


def _blank() -> Image.Image:
    return Image.new("L", (WIDTH, HEIGHT), 255)


def _finished(page: Image.Image, head: Head, number: int, pages: int) -> Image.Image:
    """Adds the header line that identifies loose pages, and scales to a fax's line height."""
    left, right = f"{head.centre}, обращение № {head.conversation}", f"{head.date}, стр. {number} из {pages}"
    page.paste(255, (0, 0, WIDTH, TOP))
    draw = ImageDraw.Draw(page)
    room = RIGHT - LEFT - font(SMALL).getlength(right) - SMALL
    draw.text((LEFT, TOP - SMALL * LEADING), _shortened(left, room), font=font(SMALL), fill=0)
    draw.text((RIGHT, TOP - SMALL * LEADING), right, font=font(SMALL), fill=0, anchor="ra")
    return black_and_white(page.resize((WIDTH, LINES), Image.Resampling.BICUBIC))


def _shortened(text: str, room: float) -> str:
    if font(SMALL).getlength(text) <= room:
        return text
    return next((f"{text[:n]}…" for n in range(len(text), 0, -1) if font(SMALL).getlength(f"{text[:n]}…") <= room), "")


def _tiff(pages: Sequence[Image.Image]) -> bytes:
    """Group 3, as fax machines and their gateways expect it."""
    file = BytesIO()
    pages[0].save(file, "TIFF", compression="group3", dpi=(204, DOWN), save_all=True, append_images=pages[1:], tiffinfo=TAGS)
    return file.getvalue()
