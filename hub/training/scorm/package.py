"""The package: a page for each lesson, a final test, and the script that tells the other system what was done."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from msgspec import Struct

from hub.kernel.web.inline_json import inline_json
from hub.training.course import Course, ExamQuestion, Lesson
from hub.training.scorm.manifest import SHARED, TEST, ScormEdition, manifest, page_of


class QuotedCard(Struct, frozen=True):
    """A card of the handbook as it is told on the day of the package."""

    title: str
    text: str


def package(course: Course, cards: Mapping[str, QuotedCard], day: str, edition: ScormEdition) -> bytes:
    """A ZIP file. `cards` are those that lessons name, by their names, as they are told on the `day`."""
    content, needed = BytesIO(), course.exam.pass_percent
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", manifest(course, edition))
        for name in SHARED:
            archive.writestr(name, (files("hub") / "data" / "scorm" / name).read_bytes())
        for lesson in course.lessons():
            archive.writestr(f"{page_of(lesson)}.html", _page(lesson.title, _lesson(lesson, cards, day), lesson.questions, needed))
        asked = list(course.questions())
        drawn = min(course.exam.questions, len(asked))
        words = f"<p>Вопросов: {drawn}. Нужно верных ответов: {needed} %. При каждой попытке вопросы другие.</p>"
        archive.writestr(f"{TEST}.html", _page("Итоговая проверка", words, asked, needed, drawn))
    return content.getvalue()


def _page(title: str, told: str, questions: Sequence[ExamQuestion], needed: int, drawn: int = 0) -> str:
    """`drawn` of the questions are asked, 0 for all."""
    answers = [{"key": each.key, "right": each.right, "why": each.why} for each in questions]
    data = inline_json({"needed": needed, "drawn": drawn, "questions": answers})
    asked = "".join(map(_question, questions))
    send = "Ответить" if questions else "Прочитано"
    return f"""<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="lesson.css">
<script type="application/json" id="lesson">{data}</script>
<script src="runtime.js" defer></script>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{told}
<form id="questions">
{asked}<p id="result" role="status"></p>
<button>{send}</button>
</form>
</main>
</body>
</html>
"""


def _lesson(lesson: Lesson, cards: Mapping[str, QuotedCard], day: str) -> str:
    told = _paragraphs(lesson.text)
    quoted = [card for name in lesson.cards if (card := cards.get(name)) is not None and card.title]
    if quoted:
        told += f"<h2>Из справочника на {escape(day)}</h2>" + "".join(
            f"<details><summary>{escape(card.title)}</summary>{_paragraphs(card.text)}</details>" for card in quoted)
    return told + (f"<aside><h2>Практика</h2>{_paragraphs(lesson.practice)}</aside>" if lesson.practice else "")


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(each.strip())}</p>" for each in text.strip().split("\n\n") if each.strip())


def _question(of: ExamQuestion) -> str:
    kind = "checkbox" if len(of.right) > 1 else "radio"
    options = "".join(f'<label><input type="{kind}" name="{of.key}" value="{number}"> {escape(option)}</label>'
                      for number, option in enumerate(of.options))
    return f'<fieldset data-key="{of.key}"><legend>{escape(of.text)}</legend>{options}<p class="why" hidden></p></fieldset>\n'
