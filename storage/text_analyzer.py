"""Interface of text preparation for full-text search, passed to the stores (bots/russian.py implements Russian)."""

from typing import Protocol


class TextAnalyzer(Protocol):
    @property
    def edition(self) -> str:
        """Changes when `indexed` produces different words for the same text."""

    def indexed(self, text: str) -> str:
        """All forms of all words of a text, separated by spaces."""

    def query(self, text: str) -> str:
        """The FTS5 expression for messages that hold each word of a text in any of its forms; "" for no words."""

    def words(self, text: str) -> list[str]:
        """The words of a text that say something."""

    def forms(self, word: str) -> tuple[str, ...]:
        """The forms of a word under which `indexed` holds it."""
