"""The public handbook: what citizens and search engines read of services, bodies, offices and articles that are in force today.

Nothing is written here, nothing is known of who reads, and no page needs a script.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from html import escape
from importlib.resources import files as package_files
from math import ceil
from pathlib import Path
from time import monotonic

from aiohttp import web

from channels.web.cors import fresh
from channels.web.handbook import linked_data, markup
from channels.web.handbook.card_index import KIND_OF, CardIndex, card_index, is_public, note
from channels.web.handbook.feeds import Change, feed, robots, sitemap
from channels.web.handbook.markup import KINDS, TITLE, UNDER, Page, address, document
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.edition import Card, Edition
from hub.knowledge.handbook import KnowledgeSnapshot, title_of
from hub.knowledge.public_services import PublicService
from hub.organisation.open_now import OpenNow, open_now, said_on
from hub.organisation.opening_hours import WEEK
from hub.organisation.territory import Place

RATE = Rate(20, 20)
"""Searches of one network address."""
ROWS = 100
"""Of a page of a list: it stays below 50 kB."""
FRESH = {"Cache-Control": "public, max-age=300"}
KEPT = {"Cache-Control": "no-store"}
WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
FOUND = 20


class HandbookPages:
    def __init__(self, handbook: Callable[[], KnowledgeSnapshot], held: Callable[[], Sequence[Edition]],
                 search: Callable[[str], Awaitable[Sequence[Article]]], now: Callable[[], datetime], *,
                 topic: Callable[[str], str], place: Callable[[Place], str], centre: str, origin: str, chat: bool, limited: bool) -> None:
        """`search` finds articles and services by a question; `topic` and `place` return titles.

        `origin` is the address that browsers know ("" is that of the request); with `chat` a page leads to the chat.
        """
        self._handbook, self._held, self._search, self._now = handbook, held, search, now
        self._topic, self._place, self._centre, self._origin, self._chat = topic, place, centre, origin, chat
        self._rates = Buckets(RATE if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        room = Path(str(package_files("channels.web")))
        styles = sorted([*(room / "plain").iterdir(), *(room / "handbook/style").iterdir()])
        return [*(web.get(f"{UNDER}/assets/{path.name}", fresh(path)) for path in styles),
                web.get(UNDER, self._home), web.get(f"{UNDER}/search", self._found), web.get("/robots.txt", self._robots),
                web.get(f"{UNDER}/sitemap.xml", self._sitemap), web.get(f"{UNDER}/feed.xml", self._feed),
                web.get(f"{UNDER}/{{kind:{'|'.join(KINDS)}}}/feed.xml", self._feed),
                web.get(f"{UNDER}/{{kind:{'|'.join(KINDS)}}}", self._list),
                web.get(f"{UNDER}/{{kind:{'|'.join(KINDS)}}}/{{id}}", self._card)]

    def _site(self, request: web.Request) -> str:
        return self._origin or str(request.url.origin())

    def _answer(self, request: web.Request, page: Page, status: int = 200) -> web.Response:
        text = document(page, printed="print" in request.query)
        return web.Response(text=text, content_type="text/html", status=status, headers=FRESH if status == 200 else KEPT)  # noqa: PLR2004

    async def _home(self, request: web.Request) -> web.Response:
        by_topic: dict[str, list[PublicService]] = {}
        for each in self._index.services:
            by_topic.setdefault(self._topic(each.topic) or "Другое", []).append(each)
        lists = {topic: markup.links((each.title, address("services", each.id), "") for each in those) for topic, those in by_topic.items()}
        body = "".join(f"<section><h2>{escape(topic)}</h2>{listed}</section>" for topic, listed in sorted(lists.items()))
        about = f"{self._centre}: документы, сроки, стоимость и адреса государственных услуг."
        return self._answer(request, Page(TITLE, body, f"{self._site(request)}{UNDER}", about, data=linked_data.script(
            {"@type": "WebSite", "name": TITLE, "url": f"{self._site(request)}{UNDER}", "inLanguage": "ru", "potentialAction": {
                "@type": "SearchAction", "target": f"{self._site(request)}{UNDER}/search?q={{q}}", "query-input": "required name=q"}})))

    async def _list(self, request: web.Request) -> web.Response:
        kind, index = request.match_info["kind"], self._index
        service = index.card("services", request.query.get("service", ""))
        cards: Sequence[Card] = index.lists[kind]
        if kind == "offices" and isinstance(service, PublicService):
            cards = sorted(index.receiving(service), key=title_of)
        last = max(1, ceil(len(cards) / ROWS))
        asked = request.query.get("page", "1")
        number = min(int(asked), last) if asked.isascii() and asked.isdecimal() and len(asked) < ROWS and int(asked) else 1
        rows = cards[(number - 1) * ROWS:number * ROWS]
        body = markup.links((title_of(each), address(kind, each.id), note(each)) for each in rows) + markup.turns(kind, number, last)
        at = f"{self._site(request)}{UNDER}/{kind}" + (f"?page={number}" if number > 1 else "")
        return self._answer(request, Page(KINDS[kind], body, at, f"{KINDS[kind]}: {self._centre}", ((TITLE, UNDER),),
                                          listed="service" not in request.query))

    @property
    def _index(self) -> CardIndex:
        return card_index(self._handbook())

    async def _card(self, request: web.Request) -> web.Response:
        kind, id_ = request.match_info["kind"], request.match_info["id"]
        found = self._index.card(kind, id_)
        if found is None:
            return self._plain(request, "Не найдено", "Такой страницы нет: возможно, она устарела. Найдите нужное по названию.", 404)
        at = f"{self._site(request)}{address(kind, id_)}"
        body, node, about = self._told(found, at)
        steps = ((TITLE, UNDER), (KINDS[kind], f"{UNDER}/{kind}"))
        crumbs = [*((title, f"{self._site(request)}{path}") for title, path in steps), (title_of(found), at)]
        return self._answer(request, Page(title_of(found), body, at, about, steps, linked_data.script(node, linked_data.crumbs(crumbs))))

    def _told(self, card: Card, at: str) -> tuple[str, linked_data.Node, str]:
        """The body of its page, its schema.org data, and a summary."""
        handbook, index, site = self._handbook(), self._index, at.partition(UNDER)[0]
        match card:
            case PublicService():
                provider = handbook.authorities.get(card.authority)
                decides = handbook.authorities.get(card.appeal.authority) if card.appeal else None
                offices = self._opened(index.receiving(card))
                places = [(self._place(each.place) or "Россия", each) for each in card.variants]
                body = markup.service(card, provider, decides, offices, places, chat=self._chat)
                near = [(each, f"{site}{address('offices', each.id)}") for each, _ in offices[:markup.SHOWN_OFFICES]]
                return body, linked_data.service(card, at, provider, near), card.about
            case Authority():
                body = markup.authority(card, handbook.ladder(card.id)[1:], index.services_of(card), self._opened(index.offices_of(card)))
                return body, linked_data.authority(card, at), f"{card.name}: телефоны, адрес, услуги, куда жаловаться."
            case Office():
                owner = handbook.authorities.get(card.authority)
                services = [each for id_ in card.services if (each := handbook.services.get(id_))]
                week = [(name, said_on(card.hours, day)) for name, day in zip(WEEKDAYS, _next_week(self._today(card)), strict=True)]
                body = markup.office(card, owner, open_now(card.hours, self._now()), week, services)
                return body, linked_data.office(card, at, owner), f"{card.name}, {card.address}: часы работы и телефоны."
            case Article():
                body = markup.article(card, handbook.services.get(card.service), chat=self._chat)
                return body, linked_data.article(card, at, self._centre), card.text

    def _opened(self, offices: Iterable[Office]) -> list[tuple[Office, OpenNow]]:
        """Those that are open come first."""
        now = self._now()
        return sorted(((each, open_now(each.hours, now)) for each in offices), key=lambda row: (not row[1].open, row[0].name))

    async def _found(self, request: web.Request) -> web.Response:
        asked = request.query.get("q", "")[:200].strip()
        if not asked:
            return self._plain(request, "Поиск", "Напишите, что ищете: услугу, ведомство или адрес.")
        if self._rates.spend(subscriber(request.remote or ""), monotonic()):
            return self._plain(request, "Поиск", "Слишком много запросов подряд. Повторите через минуту.", 429)
        rows = [(title_of(each), address(KIND_OF[type(each)], each.id), note(each)) for each in await self._matches(asked)]
        body = markup.links(rows[:FOUND]) if rows else "<p>Ничего не нашлось. Попробуйте назвать иначе или спросите в чате.</p>"
        at = f"{self._site(request)}{UNDER}/search"
        return self._answer(request, Page(f"Найдено: {asked}", body, at, steps=((TITLE, UNDER),), asked=asked, listed=False))

    def _plain(self, request: web.Request, title: str, words: str, status: int = 200) -> web.Response:
        page = Page(title, f"<p>{words}</p>", f"{self._site(request)}{UNDER}", steps=((TITLE, UNDER),), listed=False)
        return self._answer(request, page, status)

    async def _matches(self, asked: str) -> list[Card]:
        """Those with every word in the name or address first, then what the robot would answer with."""
        handbook = self._handbook()
        meant: list[Card] = [card for each in await self._search(asked)
                             if (card := handbook.services.get(each.id) or handbook.told.get(each.id)) and _shown(card, handbook)]
        named = self._index.named(asked.lower().split())
        return list({(type(each), each.id): each for each in [*named, *meant]}.values())

    async def _robots(self, request: web.Request) -> web.Response:
        return web.Response(text=robots(f"{self._site(request)}{UNDER}/sitemap.xml"), headers=FRESH)

    async def _sitemap(self, request: web.Request) -> web.Response:
        site = self._site(request)
        changed = {(KIND_OF[type(each.card)], each.card.id): _changed(each).date() for each in self._held()}
        pages = [(f"{site}{UNDER}", None), *((f"{site}{UNDER}/{kind}", None) for kind in KINDS),
                 *((f"{site}{address(kind, each.id)}", changed.get((kind, each.id))) for kind in KINDS for each in self._index.lists[kind])]
        return web.Response(body=sitemap(pages), content_type="application/xml", headers=FRESH)

    async def _feed(self, request: web.Request) -> web.Response:
        site, only = self._site(request), request.match_info.get("kind", "")
        kinds = [only] if only else list(KINDS)
        shown = {(kind, each.id): each for kind in kinds for each in self._index.lists[kind]}
        changes = [Change(f"{site}{address(*key)}", title_of(card), _summary(card), _changed(edition)) for edition in self._held()
                   if (card := shown.get(key := (KIND_OF[type(edition.card)], edition.card.id)))]
        title, home = (f"{TITLE}: {KINDS[only].lower()}", f"{UNDER}/{only}") if only else (TITLE, UNDER)
        return web.Response(body=feed(f"{site}{request.path}", title, f"{site}{home}", self._centre, changes),
                            content_type="application/atom+xml", headers=FRESH)

    def _today(self, office: Office) -> date:
        return open_now(office.hours, self._now()).at.date()


def _next_week(today: date) -> list[date]:
    """The next day of each weekday, Monday first; today is one of them."""
    return [today.fromordinal(today.toordinal() + (weekday - today.weekday()) % len(WEEK)) for weekday in range(len(WEEK))]


def _shown(card: Card, handbook: KnowledgeSnapshot) -> bool:
    return not isinstance(card, Article) or is_public(card, handbook)


def _changed(edition: Edition) -> datetime:
    return edition.published.at if edition.published else edition.written


def _summary(card: Card) -> str:
    match card:
        case PublicService():
            return card.about
        case Article():
            return card.text
        case Office():
            return card.address
        case Authority():
            return card.official.post if card.official else ""
