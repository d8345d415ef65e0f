"""Services, bodies, offices and articles as cards with editions; responsible bodies, open offices (KB-05, AL-01…AL-05)."""


from hub.access.permissions import Permission
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId
from hub.desk.knowledge.forms import (
    MOST_GAPS,
    CardIn,
    CardOut,
    CardQuery,
    CardRowOut,
    CardsQuery,
    ChangeOut,
    CoverageQuery,
    HandbookCoverageOut,
    PublishCardIn,
    SeenIn,
    TerritoryOut,
)
from hub.desk.knowledge.handbook_view import HandbookView, _place
from hub.desk.organisation.places import Places
from hub.kernel.errors import RefusedError
from hub.knowledge.coverage import coverage
from hub.knowledge.edition import CARD_KINDS, CardKind, Edition
from hub.knowledge.edition_diff import diff
from hub.knowledge.editorial import Editorial
from hub.organisation.territory import Place


@endpoint("GET", "/api/handbook", Permission.READ_KNOWLEDGE)
async def cards(places: Places, editorial: Editorial, handbook_view: HandbookView, call: Call, query: CardsQuery) -> list[CardRowOut]:
    """Cards of one kind, published ones and drafts, by title."""
    del call
    known: dict[str, list[Edition]] = {}
    for each in (*editorial.held, *await editorial.drafts()):
        if each.sort is query.sort:
            known.setdefault(each.card.id, []).append(each)
    if query.sort is CardKind.AUTHORITY and (query.municipality or query.mfc):
        place = places.settled(query.subject, query.mfc, query.municipality)
        return [handbook_view.row(known[each.id]) for each in editorial.handbook().competent(place) if each.id in known]
    rows = [handbook_view.row(each) for each in known.values() if query.subject in {"", _place(each[0].card).subject or query.subject}]
    return sorted(rows, key=lambda row: row.title.casefold())


@endpoint("GET", "/api/handbook/{sort}/{card}", Permission.READ_KNOWLEDGE)
async def card(places: Places, editorial: Editorial, handbook_view: HandbookView, call: Call, sort: CardKind, card: CardId,
               query: CardQuery) -> CardOut:
    """A card on a day for a place; the responsible bodies, and offices that are open now."""
    del call
    place = places.settled(query.subject, query.mfc, query.municipality)
    return await handbook_view.card(await editorial.editions(sort, card), query.day or editorial.today, place)


@endpoint("PUT", "/api/handbook/{sort}/{card}", Permission.EDIT_KNOWLEDGE)
async def put_card(editorial: Editorial, handbook_view: HandbookView, call: Call, sort: CardKind, card: CardId, body: CardIn) -> CardOut:
    """Write a draft, or replace it: it is invisible until another person publishes it."""
    if (CARD_KINDS[type(body.card)], body.card.id) != (sort, card):
        raise RefusedError("bad_request", "В карточке другой ключ, чем в адресе.")
    await editorial.write(call.who, body.card, body.version)
    return await handbook_view.now(sort, card)


@endpoint("POST", "/api/handbook/{sort}/{card}/check", Permission.EDIT_KNOWLEDGE)
async def check_card(editorial: Editorial, handbook_view: HandbookView, call: Call, sort: CardKind, card: CardId, body: SeenIn) -> CardOut:
    """Mark a draft as verified against its source; refused while fields are missing."""
    await editorial.check(call.who, sort, card, body.version)
    return await handbook_view.now(sort, card)


@endpoint("POST", "/api/handbook/{sort}/{card}/publish", Permission.APPROVE)
async def publish_card(editorial: Editorial, flagging: OutdatedInfoReports, handbook_view: HandbookView, call: Call, sort: CardKind,
                       card: CardId, body: PublishCardIn) -> CardOut:
    """Publish another author's checked draft from a day on."""
    await editorial.publish(call.who, sort, card, body.version, body.since)
    await flagging.solve()
    return await handbook_view.now(sort, card)


@endpoint("POST", "/api/handbook/{sort}/{card}/discard", Permission.EDIT_KNOWLEDGE)
async def discard_card(editorial: Editorial, call: Call, sort: CardKind, card: CardId, body: SeenIn) -> None:
    """Delete a draft."""
    await editorial.discard(call.who, sort, card, body.version)


@endpoint("POST", "/api/handbook/{sort}/{card}/withdraw", Permission.APPROVE)
async def withdraw_card(editorial: Editorial, call: Call, sort: CardKind, card: CardId) -> None:
    """End it today; refused while a public card needs it."""
    await editorial.withdraw(call.who, sort, card)


@endpoint("GET", "/api/handbook/{sort}/{card}/editions/{version}", Permission.READ_KNOWLEDGE)
async def card_changes(editorial: Editorial, call: Call, sort: CardKind, card: CardId, version: int) -> list[ChangeOut]:
    """The changes of an edition against the previous one."""
    del call
    editions = await editorial.editions(sort, card)
    at = next((place for place, each in enumerate(editions) if each.version == version), None)
    if at is None:
        raise RefusedError("no_such_version", "Такой редакции нет.")
    if at + 1 == len(editions):
        return []
    return [ChangeOut(each.field, each.before, each.after) for each in diff(editions[at + 1].card, editions[at].card)]


@endpoint("GET", "/api/handbook-coverage", Permission.READ_KNOWLEDGE)
async def handbook_coverage(places: Places, editorial: Editorial, call: Call, query: CoverageQuery) -> HandbookCoverageOut:
    """Which bodies and services lack a telephone, address, hours, fee, term or documents that were verified, by territory."""
    del call
    known = coverage(editorial.handbook(), (each.id for each in places.named().subjects), editorial.today)
    rows = [TerritoryOut(each.subject, places.title(Place(each.subject)), each.bodies, each.services, each.known, each.share)
            for each in known]
    chosen = next((each.gaps for each in known if each.subject == query.subject), ())
    return HandbookCoverageOut(rows, list(chosen[:MOST_GAPS]), len(chosen))


ENDPOINTS = (handbook_coverage, cards, card, put_card, check_card, publish_card, discard_card, withdraw_card, card_changes)
