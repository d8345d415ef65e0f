"""What the public handbook tells search engines, as JSON-LD in the terms of schema.org. Pure.

Each function returns one node; `at` is the absolute address of its page.
"""

from collections.abc import Iterator, Mapping

from hub.kernel.web.inline_json import inline_json
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Contacts, Office
from hub.knowledge.public_services import Fee, PublicService
from hub.organisation.opening_hours import ALWAYS, WEEK, DayName, Timetable

Node = dict[str, object]
CONTEXT = "https://schema.org"
DAYS: Mapping[DayName, str] = {day: day.capitalize() for day in WEEK}


def script(*nodes: Node) -> str:
    """An element of a page's head; no text in it can end the element."""
    told = inline_json({"@context": CONTEXT, "@graph": [*nodes]})
    return f'<script type="application/ld+json">{told}</script>'


def crumbs(steps: list[tuple[str, str]]) -> Node:
    """`steps` are name and absolute address, from the first page on."""
    return {"@type": "BreadcrumbList", "itemListElement": [
        {"@type": "ListItem", "position": number, "name": name, "item": at} for number, (name, at) in enumerate(steps, 1)]}


def service(of: PublicService, at: str, provider: Authority | None, offices: list[tuple[Office, str]]) -> Node:
    channels = [{"@type": "ServiceChannel", "serviceLocation": office(each, where, None)} for each, where in offices]
    return _told({
        "@type": "GovernmentService", "@id": at, "url": at, "name": of.title, "alternateName": of.name, "description": of.about,
        "provider": _body(provider) if provider else None, "availableChannel": channels, "offers": list(_offers(of.fee)),
        "areaServed": {"@type": "Country", "name": "Россия"}})


def authority(of: Authority, at: str) -> Node:
    return _body(of) | _told({"@id": at, "mainEntityOfPage": at})


def office(of: Office, at: str, authority: Authority | None) -> Node:
    latitude, longitude = of.coordinates or (None, None)
    place = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude} if of.coordinates else None
    return _told({
        "@type": "GovernmentOffice", "@id": at, "url": at, "name": of.name, "address": of.address, "telephone": list(of.phones),
        "geo": place, "openingHoursSpecification": list(_hours(of.hours)), "parentOrganization": _body(authority) if authority else None})


def article(of: Article, at: str, publisher: str) -> Node:
    return _told({
        "@type": "Article", "@id": at, "url": at, "headline": of.title, "articleBody": of.text, "inLanguage": of.language,
        "datePublished": of.valid_from.isoformat(), "publisher": {"@type": "GovernmentOrganization", "name": publisher}})


def _body(of: Authority) -> Node:
    contacts = of.contacts
    return _told({
        "@type": "GovernmentOrganization", "name": of.name, "alternateName": of.short, "telephone": list(_telephones(of, contacts)),
        "email": contacts.email, "url": contacts.site, "address": contacts.address})


def _telephones(of: Authority, contacts: Contacts) -> Iterator[str]:
    yield from contacts.phones
    if of.official and of.official.phone:
        yield of.official.phone


def _offers(fee: Fee | None) -> Iterator[Node]:
    """Prices that are known: a note alone is none."""
    if fee is None:
        return
    if fee.free or fee.rubles:
        yield {"@type": "Offer", "price": fee.rubles, "priceCurrency": "RUB"}
    for each in fee.by:
        yield {"@type": "Offer", "price": each.rubles, "priceCurrency": "RUB", "eligibleCustomerType": each.applicant}


def _hours(hours: Timetable) -> Iterator[Node]:
    for number, day in enumerate(WEEK):
        for clock in hours.usual(number):
            opens, closes = ("00:00", "23:59") if clock == ALWAYS else clock.replace("24:00", "23:59").split("-")
            yield {"@type": "OpeningHoursSpecification", "dayOfWeek": f"{CONTEXT}/{DAYS[day]}", "opens": opens, "closes": closes}


def _told(node: Node) -> Node:
    """Without what is not known."""
    return {key: value for key, value in node.items() if value not in (None, "", [])}
