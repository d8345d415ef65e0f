"""How texts are prepared for full-text search, handed to the stores by the front door (bots/russian.py has the Russian)."""

from typing import Protocol


class TextAnalyzer(Protocol):
    @property
    def edition(self) -> str:
        """Another one where `indexed` makes other words of the same text."""

    def indexed(self, text: str) -> str:
        """All forms of all words of a text, separated by spaces."""

    def query(self, text: str) -> str:
        """The FTS5 expression for messages that hold each word of a text in any of its forms; "" for no words."""

    def words(self, text: str) -> list[str]:
        """The words of a text that say something."""

    def forms(self, word: str) -> tuple[str, ...]:
        """The forms of a word under which `indexed` holds it."""
