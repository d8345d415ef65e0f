"""The public handbook as citizens and search engines get it: pages, sitemap, feeds and schema.org, each read by a parser of others (AL-01)."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import extruct
import feedparser
import pytest
from lxml import etree, html

from tests.house import House, People

pytestmark = pytest.mark.demonstration

LARGEST_BYTES = 50_000
KINDS = ("services", "bodies", "offices", "articles")
TYPES = {"services": "GovernmentService", "bodies": "GovernmentOrganization", "offices": "GovernmentOffice", "articles": "Article"}
SCHEMA = Path(__file__).with_name("sitemap.xsd")


async def got(at: People, house: House, path: str, status: int = 200) -> bytes:
    async with at.http.get(house.base + path) as answer:
        assert answer.status == status, path
        return await answer.read()


async def locations(at: People, house: House) -> list[str]:
    """Paths of all pages in the sitemap."""
    root = etree.fromstring(await got(at, house, "/handbook/sitemap.xml"))
    assert etree.XMLSchema(etree.parse(str(SCHEMA))).validate(root)
    found = [str(each.text) for each in root.iter("{*}loc")]
    assert all(each.startswith(house.base) for each in found)
    return [each.removeprefix(house.base) for each in found]


async def first(at: People, house: House, kind: str) -> str:
    return next(each for each in await locations(at, house) if each.startswith(f"/handbook/{kind}/"))


def nodes(page: bytes, address: str) -> list[dict[str, Any]]:
    (told,) = extruct.extract(page, base_url=address, syntaxes=["json-ld"], uniform=True)["json-ld"]
    assert told["@context"] == "https://schema.org"
    return told["@graph"]


async def test_every_page_of_the_sitemap_is_there_small_whole_and_needs_no_script(at: People, house: House) -> None:
    paths = await locations(at, house)
    assert len(paths) == len(set(paths)) > 500
    seen: set[str] = set()
    for path in paths:
        page = await got(at, house, path)
        assert len(page) <= LARGEST_BYTES, (path, len(page))
        tree = html.fromstring(page)
        assert tree.get("lang") == "ru"
        assert len(tree.xpath("//h1")) == len(tree.xpath("//main")) == 1, path
        assert tree.xpath("//script[not(@type='application/ld+json')]") == [], path
        assert tree.xpath("//link[@rel='canonical']/@href") == [house.base + path]
        seen |= {str(each) for each in tree.xpath("//main//a/@href")}
    inside = {each for each in seen if each.startswith("/handbook/")}
    assert {each.partition("?")[0].partition("#")[0] for each in inside} <= set(paths)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_page_tells_search_engines_what_it_is(at: People, house: House, kind: str) -> None:
    path = await first(at, house, kind)
    page = await got(at, house, path)
    (node, crumbs) = nodes(page, house.base + path)
    title = html.fromstring(page).xpath("string(//h1)")
    assert (node["@type"], node["@id"] if kind != "bodies" else node["mainEntityOfPage"]) == (TYPES[kind], house.base + path)
    assert title == node.get("headline", node.get("name"))
    assert [each["position"] for each in crumbs["itemListElement"]] == [1, 2, 3]
    assert crumbs["itemListElement"][-1]["name"] == title


async def test_a_service_says_price_and_place_and_an_office_its_hours(at: People, house: House) -> None:
    page = await got(at, house, await named(at, house, "Загранпаспорт"))
    (node, _) = nodes(page, house.base)
    assert node["provider"]["@type"] == "GovernmentOrganization"
    assert all(each["priceCurrency"] == "RUB" for each in node.get("offers", []))
    (office, _) = nodes(await got(at, house, await first(at, house, "offices")), house.base)
    hours = office["openingHoursSpecification"]
    assert {each["dayOfWeek"] for each in hours} >= {"https://schema.org/Monday"}
    assert all(len(each["opens"]) == len(each["closes"]) == 5 for each in hours)


async def named(at: People, house: House, words: str) -> str:
    """The page of the first service found by words."""
    tree = html.fromstring(await got(at, house, f"/handbook/search?q={words}"))
    return next(str(each) for each in tree.xpath("//main//a/@href") if str(each).startswith("/handbook/services/"))


async def test_what_is_sought_is_found_by_name_by_address_and_by_meaning(at: People, house: House) -> None:
    for words, title in (("загранпаспорт", "Загранпаспорт"), ("хочу поехать за границу какие нужны документы", "Загранпаспорт"), ("прокуратура", "рокуратура")):
        tree = html.fromstring(await got(at, house, f"/handbook/search?q={words}"))
        assert any(title in str(each) for each in tree.xpath("//main//li/a/text()")), words
        assert tree.xpath("//meta[@name='robots']/@content") == ["noindex, follow"]
    assert "Ничего не нашлось" in (await got(at, house, "/handbook/search?q=ыыыыыы+ъъъъъ")).decode()
    hostile = await got(at, house, "/handbook/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script>alert" not in hostile


@pytest.mark.parametrize("kind", ["", *KINDS])
async def test_feeds_are_read_by_a_reader_of_others(at: People, house: House, kind: str) -> None:
    path = f"/handbook/{kind}/feed.xml".replace("//", "/")
    feed = feedparser.parse(await got(at, house, path))
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert feed.feed.updated_parsed and feed.feed.id == house.base + path
    assert 0 < len(feed.entries) <= 50
    for entry in feed.entries:
        assert entry.title and entry.updated_parsed
        assert urlsplit(entry.link).path.startswith(f"/handbook/{kind}")
    await got(at, house, urlsplit(feed.entries[0].link).path)


async def test_what_is_not_there_is_said_and_robots_are_told_where_to_go(at: People, house: House) -> None:
    page = (await got(at, house, "/handbook/services/nothing", 404)).decode()
    assert "Не найдено" in page
    assert "noindex" in page
    await got(at, house, "/handbook/nothing/x", 404)
    robots = (await got(at, house, "/robots.txt")).decode()
    assert f"Sitemap: {house.base}/handbook/sitemap.xml" in robots


async def test_a_new_article_is_on_its_page_and_first_in_the_feed(at: People, house: House) -> None:
    admin = await at.admin()
    words = {"title": "Где </script> туалет <b>для</b> граждан", "text": "На первом этаже.", "questions": ["где туалет"], "topic": "other", "body": "", "valid_from": "2026-01-01"}
    await admin.does("PUT", "/api/articles/toilet", words)
    page = await got(at, house, "/handbook/articles/toilet")
    assert html.fromstring(page).xpath("string(//h1)") == words["title"]
    assert nodes(page, house.base)[0]["headline"] == words["title"]
    assert feedparser.parse(await got(at, house, "/handbook/articles/feed.xml")).entries[0].title == words["title"]
