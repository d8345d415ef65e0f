"""Interfaces that the room needs."""

from typing import Protocol


class WordForms(Protocol):
    """Splits texts into words, and words into forms (bots/russian.py)."""

    def words(self, text: str) -> list[str]: ...

    def forms(self, word: str) -> tuple[str, ...]: ...
