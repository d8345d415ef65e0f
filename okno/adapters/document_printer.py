"""Prints documents as DOCX and as PDF, deterministically, where okno[papers] is installed. hub.kernel.ports.Printer."""

import asyncio
from datetime import UTC, datetime, time
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from hub.kernel.errors import RefusedError
from hub.kernel.printable import Facts, Heading, PrintableDocument, Table, Text
from okno.extras import has

if TYPE_CHECKING:
    from docx.document import Document


class DocumentPrinter:
    def __init__(self) -> None:
        self._template = (files("okno") / "data" / "paper.typ").read_bytes()

    async def __call__(self, paper: PrintableDocument, form: str) -> bytes:
        if not has("papers"):
            raise RefusedError("not_installed", "Печать в PDF и DOCX не установлена: администратору нужен пакет okno[papers].")
        return await asyncio.to_thread({"pdf": self.pdf, "docx": self.docx}[form], paper)

    def pdf(self, paper: PrintableDocument) -> bytes:
        """By Typst, with its built-in fonts; PDF/A-2b, the format for archives (ISO 19005-2)."""
        import typst  # noqa: PLC0415 - 8 MB, needed only for printing

        made = typst.compile(self._template, sys_inputs={"paper": msgspec.json.encode(paper).decode()}, ignore_system_fonts=True,
                             pdf_standards="a-2b", timestamp=int(_moment(paper).timestamp()))
        if not isinstance(made, bytes):
            raise TypeError("a paper is one document")
        return made

    def docx(self, paper: PrintableDocument) -> bytes:
        from docx import Document  # noqa: PLC0415 - as above
        from docx.shared import Pt  # noqa: PLC0415 - as above

        document = Document()
        properties = document.core_properties
        properties.title, properties.author, properties.language = paper.title, paper.author, "ru-RU"
        properties.created = properties.modified = _moment(paper)
        document.styles["Normal"].font.size = Pt(11)
        document.add_heading(paper.title, 0)
        for part in paper.parts:
            _add(document, part)
        document.sections[0].footer.paragraphs[0].text = paper.foot
        out = BytesIO()
        document.save(out)
        return _timeless(out)


def _timeless(made: BytesIO) -> bytes:
    """The same package without its creation time."""
    out = BytesIO()
    with ZipFile(made) as given, ZipFile(out, "w", ZIP_DEFLATED) as kept:
        for name in given.namelist():
            kept.writestr(ZipInfo(name), given.read(name), ZIP_DEFLATED)
    return out.getvalue()


def _moment(paper: PrintableDocument) -> datetime:
    """No file has the time of printing, so that two prints can be compared."""
    return datetime.combine(paper.day, time(), UTC)


def _add(document: "Document", part: Heading | Text | Table | Facts) -> None:
    match part:
        case Heading(text):
            document.add_heading(text, 1)
        case Text(text):
            for paragraph in text.split("\n"):
                document.add_paragraph(paragraph)
        case Table(caption, columns, rows):
            document.add_paragraph(caption, style="Caption")
            _fill(document, columns, rows)
        case Facts(rows):
            _fill(document, (), rows)


def _fill(document: "Document", columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415 - as above

    lines = [columns, *rows] if columns else list(rows)
    table = document.add_table(len(lines), len(lines[0]), style="Table Grid")
    for line, row in zip(table.rows, lines, strict=True):
        for cell, text in zip(line.cells, row, strict=True):
            cell.text = text
            if columns and row is not columns and text.replace(" ", "").isdecimal():
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
