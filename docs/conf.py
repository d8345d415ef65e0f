"""The documentation as a site: `make docs`. Its pages are Markdown that is read as well without it."""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath

from sphinx.application import Sphinx

HERE = Path(__file__).parent
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")

project = author = html_title = "Окно"
language = "ru"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_show_copyright = html_show_sphinx = html_copy_source = False
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "misc.highlighting_failure"]


def setup(app: Sphinx) -> None:
    app.connect("source-read", _read)


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    del app
    source[0] = _LINK.sub(lambda link: _within(page, link), source[0]) + _menu(page, source[0])


def _within(page: str, link: re.Match[str]) -> str:
    """A link that leaves the documentation names the file instead."""
    words, target = link[1], link[2]
    path = normpath(PurePosixPath("docs", page).parent / target)
    if "://" in target or target.startswith("mailto:") or (path.startswith("docs/") and not (HERE.parent / path).is_dir()):
        return link[0]
    return words if words.strip("`") == path else f"{words} (`{path}`)"


def _menu(page: str, text: str) -> str:
    """What an index leads to and no closer index stands above; of a page for readers, all that is not in Russian."""
    folder = PurePosixPath(page).parent
    if folder.name != "readers" and PurePosixPath(page).name != "index":
        return ""
    pages = [PurePosixPath(normpath(folder / link[2])) for link in _LINK.finditer(text) if link[2].endswith(".md")]
    below = [each for each in pages if _index_above(each) == folder or (folder.name == "readers" and each.parts[0] != "ru")]
    return "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(f"/{each.with_suffix('')}" for each in dict.fromkeys(below)) + "\n```\n"


def _index_above(page: PurePosixPath) -> PurePosixPath:
    """The folder of the closest index above a page."""
    above = page.parent.parents if page.stem == "index" else page.parents
    return next((each for each in above if (HERE / each / "index.md").exists()), page)
