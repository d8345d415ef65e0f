"""HTML of letters: sanitised for the desk, and converted to text with quotes marked by ">" as in plain letters."""

import base64
import re
from collections.abc import Mapping
from html import unescape

import nh3

from channels.email import quotes
from channels.email.charsets import tidy as tidy_text

SIZE_LIMIT, TAGS_LIMIT, DEPTH_LIMIT, PICTURE_LIMIT, PICTURES_LIMIT = 1024 * 1024, 30_000, 1000, 64 * 1024, 512 * 1024
"""Limits in characters, tags, levels and bytes. Larger HTML is read without its structure, and kept whole as a file."""
TAGS = {
    "a", "abbr", "address", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "div",
    "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q", "s", "small",
    "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}
DROPPED = {"script", "style", "title", "textarea", "select", "option", "svg", "math", "object", "noscript", "template"}
ATTRIBUTES = {
    "*": {"class", "id", "style", "dir", "lang", "title"}, "a": {"href"}, "img": {"src", "alt", "width", "height"}, "blockquote": {"type"},
    "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"},
}
BLOCKS = {
    "address", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "table", "tr", "ul",
}
NEVER_CLOSED = {"br", "hr", "img", "input", "meta", "link", "col", "p", "li", "td", "th", "tr", "dd", "dt", "option"}
"""Elements that are void or often unclosed: unclosed ones are siblings."""
SPACED = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "table", "ul"}
"""Elements with an empty line around them, as in browsers."""
PICTURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*+)((?:[^<>\"]|\"[^\"]*\")*+)>|([^<]+)|<")
_ATTRIBUTE = re.compile(r'(?<![a-z-])([a-z-]+)="([^"]*)"')
EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,")
_WRITTEN = ' {}="{}"'
_NESTING = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,20})")
_SILENT = re.compile(r"<(script|style|title)\b.*?(?:</\1[^>]*>?|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[^<>]*>")
_QUOTING = re.compile(r"gmail_quote|yahoo_quoted|mail-quote|protonmail_quote|iw-quote", re.IGNORECASE)
_RULED = re.compile(r"border-left(?:-style|-width|-color)?:(?!\s*(?:none|0))", re.IGNORECASE)
_CLEANER = nh3.Cleaner(
    tags=TAGS, clean_content_tags=DROPPED, attributes=ATTRIBUTES, link_rel=None,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    filter_style_properties={"border-left", "border-left-style", "border-left-width", "border-left-color"},
)


def tidied(html: str) -> str:
    """Sanitised, well-formed HTML with marks of quotes; "" for one that is too large to parse."""
    simple = len(html) <= SIZE_LIMIT and html.count("<") <= TAGS_LIMIT and html.count("&") <= TAGS_LIMIT and _depth(html) <= DEPTH_LIMIT
    return _CLEANER.clean(html) if simple else ""


def _depth(html: str) -> int:
    """The nesting depth: parsing takes quadratic time in it."""
    if html.count("<") <= DEPTH_LIMIT:
        return 0
    depth = deepest = 0
    for closing, name in _NESTING.findall(html):
        if name.lower() not in NEVER_CLOSED:
            depth = max(0, depth + (-1 if closing else 1))
            deepest = max(deepest, depth)
    return deepest


def shown(tidy: str, pictures: Mapping[str, bytes]) -> str:
    """The HTML for the desk: no remote requests, small pictures of the letter itself are inlined."""
    left = [PICTURES_LIMIT]

    def rewrite(found: re.Match[str]) -> str:
        closing, name, attributes, text = found.groups()
        if text is not None or closing or not attributes:
            return found[0] if name or text is not None else "&lt;"
        kept = [(key, value) for key, value in _ATTRIBUTE.findall(attributes) if key not in {"class", "id", "style", "src"}]
        if name == "img":
            kept += _source(dict(_ATTRIBUTE.findall(attributes)).get("src", ""), pictures, left)
        return f"<{name}{''.join([_WRITTEN.format(key, value) for key, value in kept if value])}>"

    return _TAG.sub(rewrite, tidy)


def _source(src: str, pictures: Mapping[str, bytes], left: list[int]) -> list[tuple[str, str]]:
    if EMBEDDED.match(src) and len(src) <= left[0]:
        left[0] -= len(src)
        return [("src", src)]
    content = pictures.get(unescape(src[4:]).strip("<> ")) if src.startswith("cid:") else None
    kind = next((kind for start, kind in PICTURES.items() if content and content.startswith(start)), "")
    if content is None or not kind or len(content) > min(PICTURE_LIMIT, left[0]):
        return []
    left[0] -= len(content)
    return [("src", f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}")]


def text_of(tidy: str, html: str) -> str:
    """Paragraphs, lists, tables and links as text; quoted lines begin with ">".

    For unparsable HTML the bare text.
    """
    if not tidy:
        return tidy_text(" ".join(unescape(_ANY_TAG.sub(" ", _SILENT.sub(" ", html[:SIZE_LIMIT]))).split()))
    reader = _Reader()
    for closing, name, attributes, text in _TAG.findall(tidy):
        if text:
            reader.say(unescape(text))
        elif closing:
            reader.close(name)
        elif name:
            reader.open(name, dict(_ATTRIBUTE.findall(attributes)) if attributes else {})
    return tidy_text(reader.text())


class _Reader:
    """Renders text line by line, as a browser without a style sheet."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = self._pre = 0
        self._space = self._gap = False
        self._last_depth = 0
        self._quotes: list[bool] = []
        self._lists: list[int] = []
        self._links: list[tuple[str, int]] = []
        self._last = ""
        self._introduces: bool | None = False
        """Whether the last non-empty line is the attribution of the next quote; None while undetermined."""

    def say(self, text: str) -> None:
        if self._pre:
            first, *others = text.split("\n")
            self._line.append(first)
            for line in others:
                self._end_line()
                self._line.append(line)
            return
        said = " ".join(text.replace("\u00a0", " ").split())
        if not said and "\u00a0" in text and not self._line:
            self._line.append("")  # starts a separate line
        if said:
            lead = " " if self._line and (self._space or text[0].isspace() or text[0] == "\u00a0") else ""
            self._line.append(lead + said)
            self._space = False
        self._space = self._space or text[-1].isspace() or text[-1] == "\u00a0"

    def open(self, name: str, attributes: Mapping[str, str]) -> None:
        self._block(name)
        match name:
            case "br":
                self._end_line()
            case "hr":
                self._put("---")
            case "blockquote":
                self._quotes.append(self._is_quote(attributes))
                self._depth += self._quotes[-1]
            case "pre":
                self._pre += 1
            case "ul" | "ol":
                self._lists.append(_first_number(attributes) if name == "ol" else 0)
            case "li":
                self._item()
            case "td" | "th":
                self._space = True
            case "a":
                self._links.append((unescape(attributes.get("href", "")), len(self._line)))
            case "img" if attributes.get("alt"):
                self.say(f"[{unescape(attributes['alt'])}]")
            case _:
                pass

    def close(self, name: str) -> None:
        if name == "a" and self._links:
            self._link(*self._links.pop())
        self._block(name)
        if name == "pre":
            self._pre = max(0, self._pre - 1)
        elif name in {"ul", "ol"} and self._lists:
            self._lists.pop()
        elif name == "blockquote" and self._quotes:
            self._depth -= self._quotes.pop()

    def text(self) -> str:
        self._end_line(empty=False)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()

    def _block(self, name: str) -> None:
        if name in BLOCKS:
            self._end_line(empty=False)
            self._gap = self._gap or name in SPACED

    def _is_quote(self, attributes: Mapping[str, str]) -> bool:
        if attributes.get("type") == "cite" or _QUOTING.search(attributes.get("class", "")) or _RULED.search(attributes.get("style", "")):
            return True
        return self._depth > 0 or self._introduced()

    def _introduced(self) -> bool:
        """Computed once for each line, however many quotes follow it."""
        if self._introduces is None:
            self._introduces = self._last.endswith(":") and quotes.attributes(self._last)
        return self._introduces

    def _item(self) -> None:
        if self._lists and self._lists[-1]:
            self._line.append(f"{self._lists[-1]}. ")
            self._lists[-1] += 1
        else:
            self._line.append("• ")
        self._space = False

    def _link(self, href: str, since: int) -> None:
        said = "".join(self._line[since:]).strip()
        target = href.removeprefix("mailto:").removeprefix("tel:")
        if href.startswith(("http", "mailto:", "tel:")) and said and target.rstrip("/") not in said and said not in target:
            self._line.append(f" ({target})")

    def _end_line(self, *, empty: bool = True) -> None:
        line = "".join(self._line).strip() if not self._pre else "".join(self._line)
        if line or empty or self._line:
            self._put(line)
        self._line.clear()
        self._space = False

    def _put(self, line: str) -> None:
        if self._gap and self._lines and self._lines[-1].strip("> "):
            self._lines.append(_marked("", min(self._depth, self._last_depth)))
        self._lines.append(marked := _marked(line, self._depth))
        if marked.strip("> "):
            self._last, self._introduces = marked, None
        self._gap, self._last_depth = False, self._depth


def _first_number(attributes: Mapping[str, str]) -> int:
    start = attributes.get("start", "")
    return int(start) if re.fullmatch(r"[1-9][0-9]{0,5}", start) else 1


def _marked(line: str, depth: int) -> str:
    return ("> " * depth + line).rstrip() if depth else line
