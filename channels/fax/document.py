"""A received fax as a searchable PDF with its text, and the header line of a sent one."""

from msgspec import Struct

from hub.kernel.errors import OknoError

SURE = 70.0
"""Below this confidence the operator is told to check the picture: clean pages reach 90, handwriting 30 to 60."""


class FaxError(OknoError):
    """A fax cannot be read or drawn; the text is for an operator."""


class Page(Struct, frozen=True):
    """Recognised text of a page; `confidence` is from 0 to 100, 0 without text."""

    text: str
    confidence: float


class Fax(Struct, frozen=True):
    """A fax in the conversation: `pdf` for reading, the pages' text for search."""

    pdf: bytes
    pages: tuple[Page, ...]
    lost: bool = False
    """A part was unreadable, or above the limit."""
    trouble: str = ""
    """Why recognition failed, in words."""

    @property
    def message(self) -> str:
        """The text of the citizen's message: only the recognised text for a single page of high confidence."""
        read, heading = [page.text for page in self.pages if page.text], self._heading()
        return read[0] if read and len(heading) == len(self.pages) == 1 else "\n\n".join([f"{'. '.join(heading)}.", *read])

    def _heading(self) -> list[str]:
        heading = [f"Факс, {len(self.pages)} стр"]
        if self.lost:
            heading.append("Прочитаны не все страницы: попросите повторить факс")
        if self.trouble:
            heading.append(f"Текст не распознан: {self.trouble}")
        elif not any(page.text for page in self.pages):
            heading.append("Текст не распознан: откройте изображение")
        elif any(page.text and page.confidence < SURE for page in self.pages):
            heading.append("Распознано неуверенно: сверьтесь с изображением")
        return heading


class Head(Struct, frozen=True):
    """Header line of every sent page: `date` as text."""

    centre: str
    conversation: str
    date: str
