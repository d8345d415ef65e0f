"""The public handbook's pages as HTML. Pure: all texts of cards are escaped.

They work without scripts, follow WCAG 2.2 AA (ГОСТ Р 52872-2019), and print without what only a screen needs.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from urllib.parse import quote, urlencode

from msgspec import Struct

from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Office, Origin
from hub.knowledge.public_services import Facet, Papers, PublicService, Variant
from hub.knowledge.service_text import WAYS, fee_words, term_words
from hub.organisation.open_now import OpenNow, said, whose_clock
from hub.organisation.opening_words import MONTHS

UNDER = "/handbook"
TITLE = "Справочник услуг"
KINDS = {"services": "Услуги", "bodies": "Ведомства", "offices": "Места приёма", "articles": "Ответы на вопросы"}
SHOWN_OFFICES = 5
BY_AUTHORITY = "ведомство запросит само"


class Page(Struct, frozen=True):
    title: str
    body: str
    """HTML."""
    at: str
    """Its absolute address."""
    about: str = ""
    """What a search engine shows below the title."""
    steps: tuple[tuple[str, str], ...] = ()
    """Title and address of the pages above it."""
    data: str = ""
    """JSON-LD, from linked_data.script()."""
    asked: str = ""
    """What the citizen has searched for."""
    listed: bool = True
    """Whether search engines may list it."""


def address(kind: str, id_: str) -> str:
    return f"{UNDER}/{kind}/{quote(id_, safe='')}"


def document(page: Page, *, printed: bool) -> str:
    """The whole page; `printed` shows on the screen what is printed."""
    media = "all" if printed else "print"
    robots = "" if page.listed and not printed else '<meta name="robots" content="noindex, follow">\n'
    above = "".join(f'<li><a href="{escape(at)}">{escape(title)}</a></li>' for title, at in page.steps)
    steps = f'<ol>{above}<li aria-current="page">{escape(page.title)}</li></ol>'
    here = f'<nav class="crumbs" aria-label="Вы здесь">{steps}</nav>' if above else ""
    return f"""<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{escape(page.about[:300])}">
{robots}<title>{escape(page.title)} — {TITLE}</title>
<link rel="canonical" href="{escape(page.at)}">
<link rel="alternate" type="application/atom+xml" title="Изменения справочника" href="{UNDER}/feed.xml">
<link rel="icon" href="{UNDER}/assets/window.svg" type="image/svg+xml">
<link rel="stylesheet" href="{UNDER}/assets/form.css">
<link rel="stylesheet" href="{UNDER}/assets/handbook.css">
<link rel="stylesheet" href="{UNDER}/assets/handbook-print.css" media="{media}">
{page.data}
</head>
<body class="handbook">
<a class="skip" href="#main">Сразу к содержанию</a>
<header class="top">
<a class="home" href="{UNDER}"><img src="{UNDER}/assets/window.svg" alt="" width="40" height="40"><span>{TITLE}</span></a>
{_search(page.asked)}</header>
<main id="main">{here}
<h1>{escape(page.title)}</h1>
{page.body}</main>
<footer class="foot">{_kinds()}<p class="soft">Сведения справочные. Решения по вашему делу принимает ведомство.</p></footer>
</body>
</html>
"""


def _search(asked: str) -> str:
    return (f'<form class="find" role="search" action="{UNDER}/search" method="get"><label for="q">Услуга, ведомство или адрес</label>'
            f'<input id="q" name="q" type="search" maxlength="200" value="{escape(asked)}"><button class="main">Найти</button></form>')


def _kinds() -> str:
    return ('<nav aria-label="Разделы справочника"><ul class="kinds">'
            + "".join(f'<li><a href="{UNDER}/{kind}">{title}</a></li>' for kind, title in KINDS.items()) + "</ul></nav>")


def links(rows: Iterable[tuple[str, str, str]]) -> str:
    """Rows of title, address and a note."""
    listed = "".join(f'<li><a href="{escape(at)}">{escape(title)}</a>{_note(note)}</li>' for title, at, note in rows)
    return f'<ul class="links">{listed}</ul>' if listed else "<p>Здесь пока ничего нет.</p>"


def _note(note: str) -> str:
    return f' <span class="soft">{escape(note)}</span>' if note else ""


def turns(kind: str, number: int, last: int) -> str:
    """Links to the page before and after."""
    if last <= 1:
        return ""
    before = f'<a rel="prev" href="{UNDER}/{kind}?page={number - 1}">Назад</a>' if number > 1 else ""
    after = f'<a rel="next" href="{UNDER}/{kind}?page={number + 1}">Дальше</a>' if number < last else ""
    return f'<nav class="turns" aria-label="Страницы списка">{before}<span>Страница {number} из {last}</span>{after}</nav>'


def service(of: PublicService, provider: Authority | None, decides: Authority | None, offices: Sequence[tuple[Office, OpenNow]],
            places: Sequence[tuple[str, Variant]], *, chat: bool) -> str:
    """`places` are the variants with the names of their places."""
    tiles = "".join(f"<div><dt>{label}</dt><dd>{escape(value)}</dd></div>" for label, value in _tiles(of, provider))
    parts = [
        f'<p class="lead">{escape(of.about)}</p>' if of.about else "", f'<dl class="tiles">{tiles}</dl>' if tiles else "",
        _documents(of.documents), _section("Как получить", _text(of.order)), _section("Что вы получите", _text(of.result)),
        _section("Когда могут отказать", _items(of.refusals)), _section("Если отказали", _appeal(of, decides)),
        _section("Ответы на вопросы", "".join(_facts(of))), _section("В отдельных местах", "".join(_variants(places)))]
    name = f'<p class="soft">Полное название: {escape(of.name)}</p>' if of.name and of.name != of.title else ""
    return _columns("".join(parts) + name + _source(of.origin, of.valid_from), _ask(of.title, chat=chat) + _offices(offices, of) + _print())


def _tiles(of: PublicService, provider: Authority | None) -> Iterator[tuple[str, str]]:
    if of.fee:
        yield "Сколько стоит", "; ".join([fee_words(of.fee), *(f"{each.applicant} — {each.rubles} ₽" for each in of.fee.by)])
    if of.term:
        yield "Сколько ждать", term_words(of.term)
    if who := next((fact.text for fact in of.facts if fact.facet is Facet.WHO), ""):
        yield "Кто может получить", who
    if of.ways:
        yield "Где подать", ", ".join(WAYS[way] for way in of.ways)
    if provider:
        yield "Кто оказывает", provider.name


def _documents(documents: Sequence[Papers]) -> str:
    told = []
    for each in documents:
        whom = f"{each.applicant} ({each.situation})" if each.situation else each.applicant
        rows = "".join(f"<li><b>{escape(paper.name)}</b>{_note(paper.note)}{_note(BY_AUTHORITY if paper.by_authority else '')}</li>"
                       for paper in each.papers)
        told.append(f'<h3>{escape(whom)}</h3><ol class="papers">{rows}</ol>')
    return _section("Какие документы нужны", "".join(told))


def _appeal(of: PublicService, decides: Authority | None) -> str:
    if of.appeal is None:
        return ""
    where = f'<p>Жалобу рассматривает <a href="{address("bodies", decides.id)}">{escape(decides.name)}</a>.</p>' if decides else ""
    return f"{where}{_text(of.appeal.how)}<p>Срок рассмотрения: {term_words(of.appeal.term)}.</p>"


def _facts(of: PublicService) -> Iterator[str]:
    for fact in of.facts:
        question = fact.questions[0].strip() if fact.questions else ""
        if question:
            yield f"<details><summary>{escape(question[0].upper() + question[1:].rstrip('?'))}?</summary>{_text(fact.text)}</details>"


def _variants(places: Sequence[tuple[str, Variant]]) -> Iterator[str]:
    for place, each in places:
        told = [each.addition, f"Стоимость: {fee_words(each.fee)}." if each.fee else "",
                f"Срок: {term_words(each.term)}." if each.term else ""]
        yield f"<h3>{escape(place)}</h3>{_text(' '.join(filter(None, told)))}{_documents(each.documents)}"


def authority(of: Authority, superiors: Sequence[Authority], services: Sequence[PublicService],
              offices: Sequence[tuple[Office, OpenNow]]) -> str:
    contacts = of.contacts
    post = f"{of.official.post}{f', {of.official.name}' if of.official.name else ''}" if of.official else ""
    phones = [*contacts.phones, *([of.official.phone] if of.official and of.official.phone else [])]
    rows = [("Адрес для писем", escape(contacts.address)), ("Телефоны", _phones(phones)), ("Почта", _mail(contacts.email)),
            ("Сайт", _site(contacts.site)), ("Отвечает", escape(post))]
    above = links((each.name, address("bodies", each.id), "") for each in superiors) if superiors else ""
    told = links((each.title, address("services", each.id), "") for each in services) if services else ""
    return _columns(
        _card(rows) + _section("Услуги", told) + _section("Куда жаловаться на это ведомство", above) + _source(of.origin, None),
        _offices(offices, None) + _print())


def office(of: Office, owner: Authority | None, now: OpenNow, week: Iterable[tuple[str, str]], services: Sequence[PublicService]) -> str:
    """`week` are names of days with their hours."""
    rows = [("Адрес", escape(of.address)), ("Телефоны", _phones(of.phones)), ("Доступность", escape(of.accessible)),
            ("Ведомство", f'<a href="{address("bodies", owner.id)}">{escape(owner.name)}</a>' if owner else ""), ("На карте", _map(of))]
    hours = "".join(f'<tr><th scope="row">{day}</th><td>{escape(when)}</td></tr>' for day, when in week)
    table = f'<table class="hours"><caption class="unseen">Часы работы</caption>{hours}</table>'
    told = links((each.title, address("services", each.id), "") for each in services) if services else ""
    return _columns(
        _open(now) + _card(rows) + _section("Часы работы", f'{table}<p class="soft">Время {escape(whose_clock(now))}.</p>')
        + _section("Какие услуги принимают", told) + _source(of.origin, None), _print())


def article(of: Article, about: PublicService | None, *, chat: bool) -> str:
    more = f'<p>Подробно: <a href="{address("services", about.id)}">{escape(about.title)}</a></p>' if about else ""
    origin = Origin(source=of.body)
    body = f'<div lang="{escape(of.language)}">{_text(of.text)}</div>'
    return _columns(body + more + _source(origin, of.valid_from), _ask(of.title, chat=chat) + _print())


def _columns(main: str, aside: str) -> str:
    return f'<div class="columns"><article>{main}</article><aside aria-label="Что ещё можно сделать">{aside}</aside></div>'


def _ask(title: str, *, chat: bool) -> str:
    """To the chat, which knows what it is about. No question is asked here: it would stand in addresses and logs."""
    if not chat:
        return ""
    at = f"/?{urlencode({'about': title})}#chat"
    return ('<section class="ask card"><h2>Остался вопрос?</h2><p>Спросите своими словами: мы уже знаем, о чём речь.</p>'
            f'<p class="ways"><a class="main" href="{escape(at)}" data-test="ask">Спросить</a></p></section>')


def _offices(offices: Sequence[tuple[Office, OpenNow]], of: PublicService | None) -> str:
    if not offices:
        return ""
    rows = "".join(f'<li><a href="{address("offices", each.id)}">{escape(each.name)}</a>'
                   f'<span class="soft">{escape(each.address)}</span>{_open(now)}</li>' for each, now in offices[:SHOWN_OFFICES])
    every = f"{UNDER}/offices?{urlencode({'service': of.id})}" if of else f"{UNDER}/offices"
    more = f'<a href="{escape(every)}">Все места: {len(offices)}</a>' if len(offices) > SHOWN_OFFICES else ""
    return f'<section class="places"><h2>Куда прийти</h2><ul>{rows}</ul>{more}</section>'


def _open(now: OpenNow) -> str:
    return f'<span class="{"open" if now.open else "closed"}">{escape(said(now))}</span>'


def _print() -> str:
    return '<p class="tools"><a href="?print=1" rel="nofollow">Вид для печати</a></p>'


def _section(title: str, html: str) -> str:
    return f"<section><h2>{title}</h2>{html}</section>" if html else ""


def _items(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in texts)}</ul>" if texts else ""


def _card(rows: Iterable[tuple[str, str]]) -> str:
    """Values are HTML."""
    told = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in rows if value)
    return f'<dl class="facts card">{told}</dl>' if told else ""


def _text(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())


def _phones(phones: Iterable[str]) -> str:
    return ", ".join(f'<a href="tel:{escape(each)}">{escape(each)}</a>' for each in dict.fromkeys(phones))


def _mail(mailbox: str) -> str:
    return f'<a href="mailto:{escape(mailbox)}">{escape(mailbox)}</a>' if mailbox else ""


def _site(site: str) -> str:
    return f'<a href="{escape(site)}" rel="noreferrer">{escape(site)}</a>' if site.startswith(("https://", "http://")) else escape(site)


def _map(of: Office) -> str:
    if of.coordinates is None:
        return ""
    latitude, longitude = of.coordinates
    return f'<a href="geo:{latitude},{longitude}">{latitude:.4f}, {longitude:.4f}</a>'


def _source(origin: Origin, since: date | None) -> str:
    """From when it holds, who says so, and whether that was compared."""
    held = f"Верно на {_day(origin.checked)}. " if origin.checked else f"Действует с {_day(since)}. " if since else ""
    if origin.demonstration:
        held = "Сведения общие и пока не сверены с источником. "
    source = f"Источник: {escape(origin.source)}." if origin.source else ""
    return f'<p class="source card">{held}{source}</p>' if held or source else ""


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year} года"
