"""Pages as telephones bring them: text that is drawn, laid askew, sprinkled, bordered, turned, thinned out."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.missing_programs import need_file

SIZE = (1728, 2380)
"""A4 at 204 dpi, square."""
LETTER = (
    "В многофункциональный центр города Рязани",
    "от Ивановой Марии Петровны, проживающей по адресу:",
    "улица Ленина, дом 25, квартира 17.",
    "Заявление",
    "Прошу выдать справку о составе семьи для предоставления",
    "в управление социальной защиты населения. Ранее я уже",
    "обращалась с таким заявлением 12 октября 2026 года,",
    "однако ответа не получила. Документы прилагаю: копию",
    "паспорта, свидетельство о рождении ребёнка и выписку",
    "из домовой книги. Прошу сообщить о готовности справки",
    "по телефону 8 (4912) 55-17-89 в рабочее время с 9 до 18.",
    "Если справка не может быть выдана, прошу объяснить",
    "причину отказа в письменной форме со ссылкой на закон.",
    "Дата: 25 ноября 2026 года. Подпись заявителя.",
)
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
FONTS = "fonts-dejavu-core"
SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"


def written(lines: tuple[str, ...] = LETTER, font: str = FONT, size: int = 34, gap: int = 62) -> Image.Image:
    need_file(Path(font), FONTS)
    page = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((200, 220 + number * gap), line, font=ImageFont.truetype(font, size), fill=0)
    return page


def askew(page: Image.Image, degrees: float) -> Image.Image:
    """Turned clockwise."""
    return page.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=255)


def sprinkled(page: Image.Image, share: float, seed: int = 1) -> Image.Image:
    """So many of the pixels turn black or white."""
    pixels = np.array(page)
    dice = np.random.default_rng(seed).random(pixels.shape)
    pixels[dice < share / 2] = 0
    pixels[dice > 1 - share / 2] = 255
    return Image.fromarray(pixels)


def bordered(page: Image.Image, width: int = 70) -> Image.Image:
    """Black around, thicker to one end, as where a lid stood open."""
    draw = ImageDraw.Draw(page)
    draw.polygon([(0, 0), (width, 0), (width * 2, page.height), (0, page.height)], fill=0)
    draw.polygon([(0, 0), (page.width, 0), (page.width, width), (0, width // 2)], fill=0)
    draw.rectangle([page.width - width, 0, page.width, page.height], fill=0)
    return page


def sent(*pages: Image.Image, down: int = 196, code: str = "group4") -> bytes:
    """The TIFF of a fax, with the lines an inch of its resolution."""
    lines = [page.resize((page.width, round(page.height * down / 204))).point(lambda value: 255 * (value > 128)).convert("1") for page in pages]
    file = BytesIO()
    lines[0].save(file, "TIFF", compression=code, dpi=(204, down), save_all=True, append_images=lines[1:])
    return file.getvalue()


def error_rate(read: str, meant: str) -> float:
    """Characters that were misread, left out or put in, as a share of those that were meant; white space counts once."""
    read, meant = " ".join(read.split()), " ".join(meant.split())
    row = list(range(len(read) + 1))
    for i, right in enumerate(meant, 1):
        before, row[0] = row[0], i
        for j, seen in enumerate(read, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (seen != right))
    return row[-1] / len(meant)
