"""What a fax is to the hub: a searchable PDF with its words, and what stands at the head of one that is sent."""

from msgspec import Struct

from hub.kernel.errors import OknoError

SURE = 70.0
"""Below this confidence an operator is told to look at the picture: clean pages reach 90, handwriting 30 to 60."""


class FaxError(OknoError):
    """It cannot be read or drawn; the text is for an operator."""


class Page(Struct, frozen=True):
    """What was read on a page; `confidence` is from 0 to 100, 0 where nothing was read."""

    text: str
    confidence: float


class Fax(Struct, frozen=True):
    """A fax as it goes into the conversation: `pdf` for the eyes, the pages' words for the search."""

    pdf: bytes
    pages: tuple[Page, ...]
    lost: bool = False
    """A part of it could not be read at all, or was more than is taken."""
    trouble: str = ""
    """Why nothing was recognised, in words."""

    @property
    def message(self) -> str:
        """The text of the citizen's message: his words alone where a single page was surely read."""
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
    """What stands at the head of every page that is sent: `date` as it is to be read."""

    centre: str
    conversation: str
    date: str
