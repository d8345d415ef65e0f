"""What machines read of the public handbook besides its pages: the sitemap (sitemaps.org 0.9) and feeds of changes (RFC 4287). Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from msgspec import Struct

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
ATOM = "http://www.w3.org/2005/Atom"
MOST_ENTRIES = 50


class Change(Struct, frozen=True):
    """A page and when it was last changed."""

    at: str
    """Its absolute address."""
    title: str
    text: str
    changed: datetime


def sitemap(pages: Iterable[tuple[str, date | None]]) -> bytes:
    root = Element("urlset", xmlns=SITEMAP)
    for at, changed in pages:
        url = SubElement(root, "url")
        SubElement(url, "loc").text = at
        if changed is not None:
            SubElement(url, "lastmod").text = changed.isoformat()
    return _xml(root)


def feed(at: str, title: str, home: str, author: str, changes: Sequence[Change]) -> bytes:
    """The newest first; `at` is the feed's own address and id, `home` the page that it tells of."""
    newest = sorted(changes, key=lambda each: each.changed, reverse=True)[:MOST_ENTRIES]
    root = Element("feed", {"xmlns": ATOM, "xml:lang": "ru"})
    SubElement(root, "id").text = at
    SubElement(root, "title").text = title
    SubElement(root, "updated").text = _moment(newest[0].changed if newest else datetime(2026, 1, 1, tzinfo=UTC))
    SubElement(SubElement(root, "author"), "name").text = author
    SubElement(root, "link", rel="self", type="application/atom+xml", href=at)
    SubElement(root, "link", rel="alternate", type="text/html", href=home)
    for each in newest:
        entry = SubElement(root, "entry")
        SubElement(entry, "id").text = each.at
        SubElement(entry, "title").text = each.title
        SubElement(entry, "updated").text = _moment(each.changed)
        SubElement(entry, "link", rel="alternate", type="text/html", href=each.at)
        SubElement(entry, "summary").text = each.text
    return _xml(root)


def robots(sitemap_at: str) -> str:
    """Where search engines may go (RFC 9309): the handbook and the page of the chat."""
    return f"User-agent: *\nAllow: /handbook\nAllow: /$\nAllow: /chat/\nDisallow: /\n\nSitemap: {sitemap_at}\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(root: Element) -> bytes:
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content
