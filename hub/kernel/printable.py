"""A document of our own, before it is DOCX or PDF: headings, text, tables, lists. Pure."""

from datetime import date

from msgspec import Struct


class Heading(Struct, frozen=True, tag="heading"):
    text: str


class Text(Struct, frozen=True, tag="text"):
    text: str


class Table(Struct, frozen=True, tag="table"):
    """`columns` name the cells of each row; numbers are set to the right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Facts(Struct, frozen=True, tag="facts"):
    """Name and value, line by line."""

    rows: tuple[tuple[str, str], ...]


PrintablePart = Heading | Text | Table | Facts


class PrintableDocument(Struct, frozen=True):
    """`foot` is at the foot of each page. `day` is the paper's own, not that of its printing."""

    title: str
    day: date
    parts: tuple[PrintablePart, ...]
    foot: str = ""
    author: str = ""
