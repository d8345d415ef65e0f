"""What fax tests need that no Python package brings: they are skipped by its name where it is missing."""

from pathlib import Path

import pytest

from tests.channels.fax.paper import FONT, FONTS
from tests.missing_programs import need, need_file


@pytest.fixture(scope="session")
def letters() -> None:
    """The font that text is drawn with."""
    need_file(Path(FONT), FONTS)


@pytest.fixture(scope="session")
def reader(letters: None) -> None:
    """What reads drawn text."""
    need("tesseract")
