"""Services, bodies, offices and articles as cards with editions; who answers, and what is open now (KB-05, AL-01…AL-05)."""

from datetime import date

from hub.access.permissions import Permission
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId
from hub.desk.knowledge.flags import flag_out
from hub.desk.knowledge.forms import (
    CardIn,
    CardOut,
    CardQuery,
    CardRowOut,
    CardsQuery,
    ChangeOut,
    EditionOut,
    OfficeNowOut,
    PublishCardIn,
    RungOut,
    SeenIn,
    TermOut,
)
from hub.kernel.errors import RefusedError
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.completeness import above
from hub.knowledge.edition import CARD_KINDS, FOREVER, Card, CardKind, Edition, draft_of, in_force, stage
from hub.knowledge.edition_diff import diff
from hub.knowledge.handbook import KnowledgeSnapshot, at_place, title_of
from hub.knowledge.public_services import PublicService
from hub.knowledge.service_text import term_words
from hub.organisation.legal_terms import LegalTerm, end_of_term
from hub.organisation.open_now import open_now, said, said_on, whose_clock
from hub.organisation.production_calendar import is_worked
from hub.organisation.territory import Place


@endpoint("GET", "/api/handbook", Permission.READ_KNOWLEDGE)
async def cards(desk: Desk, call: Call, query: CardsQuery) -> list[CardRowOut]:
    """Cards of one sort, those that hold and those that only editors know yet, by title."""
    del call
    known: dict[str, list[Edition]] = {}
    for each in (*desk.editorial.held, *await desk.editorial.drafts()):
        if each.sort is query.sort:
            known.setdefault(each.card.id, []).append(each)
    rows = [_row(desk, each) for each in known.values() if query.subject in {"", _place(each[0].card).subject or query.subject}]
    return sorted(rows, key=lambda row: row.title.casefold())


@endpoint("GET", "/api/handbook/{sort}/{card}", Permission.READ_KNOWLEDGE)
async def card(desk: Desk, call: Call, sort: CardKind, card: CardId, query: CardQuery) -> CardOut:
    """A card as it holds on a day, for a place; whoever answers, who stands above him, and which offices are open now."""
    del call
    place = desk.places.settled(query.subject, query.mfc)
    return await _card_out(desk, await desk.editorial.editions(sort, card), query.day or desk.editorial.today, place)


@endpoint("PUT", "/api/handbook/{sort}/{card}", Permission.EDIT_KNOWLEDGE)
async def put_card(desk: Desk, call: Call, sort: CardKind, card: CardId, body: CardIn) -> CardOut:
    """Write a draft, or another one in its place: nobody is told of it until somebody else publishes it."""
    if (CARD_KINDS[type(body.card)], body.card.id) != (sort, card):
        raise RefusedError("bad_request", "В карточке другой ключ, чем в адресе.")
    await desk.editorial.write(call.who, body.card, body.version)
    return await _now(desk, sort, card)


@endpoint("POST", "/api/handbook/{sort}/{card}/check", Permission.EDIT_KNOWLEDGE)
async def check_card(desk: Desk, call: Call, sort: CardKind, card: CardId, body: SeenIn) -> CardOut:
    """Say that a draft was held against its source; refused while anything is lacking."""
    await desk.editorial.check(call.who, sort, card, body.version)
    return await _now(desk, sort, card)


@endpoint("POST", "/api/handbook/{sort}/{card}/publish", Permission.APPROVE)
async def publish_card(desk: Desk, call: Call, sort: CardKind, card: CardId, body: PublishCardIn) -> CardOut:
    """Publish what another one has written, and somebody has checked, from a day on."""
    await desk.editorial.publish(call.who, sort, card, body.version, body.since)
    await desk.flagging.solve()
    return await _now(desk, sort, card)


@endpoint("POST", "/api/handbook/{sort}/{card}/discard", Permission.EDIT_KNOWLEDGE)
async def discard_card(desk: Desk, call: Call, sort: CardKind, card: CardId, body: SeenIn) -> None:
    """Throw a draft away."""
    await desk.editorial.discard(call.who, sort, card, body.version)


@endpoint("POST", "/api/handbook/{sort}/{card}/withdraw", Permission.APPROVE)
async def withdraw_card(desk: Desk, call: Call, sort: CardKind, card: CardId) -> None:
    """From today on nobody is told of it; refused while something that is public needs it."""
    await desk.editorial.withdraw(call.who, sort, card)


@endpoint("GET", "/api/handbook/{sort}/{card}/editions/{version}", Permission.READ_KNOWLEDGE)
async def card_changes(desk: Desk, call: Call, sort: CardKind, card: CardId, version: int) -> list[ChangeOut]:
    """What an edition has changed of the one before it."""
    del call
    editions = await desk.editorial.editions(sort, card)
    at = next((place for place, each in enumerate(editions) if each.version == version), None)
    if at is None:
        raise RefusedError("no_such_version", "Такой редакции нет.")
    if at + 1 == len(editions):
        return []
    return [ChangeOut(each.field, each.before, each.after) for each in diff(editions[at + 1].card, editions[at].card)]


async def _now(desk: Desk, sort: CardKind, id_: str) -> CardOut:
    return await _card_out(desk, await desk.editorial.editions(sort, id_), desk.editorial.today, Place())


def _row(desk: Desk, editions: list[Edition]) -> CardRowOut:
    """Of a card's editions, the newest last."""
    today = desk.editorial.today
    card, newest = (in_force(editions, today) or editions[-1]).card, editions[-1]
    origin = None if isinstance(card, Article) else card.origin
    return CardRowOut(
        newest.sort, card.id, title_of(card), _note(card, desk.editorial.handbook()),
        card.level if isinstance(card, PublicService) else None,
        desk.places.title(_place(card)), stage(newest, today), in_force(editions, today) is not None,
        origin.review if origin else None, bool(origin and origin.demonstration),
        sum(flag.card == newest.name for flag in desk.flagging.open))


def _place(card: Card) -> Place:
    return card.place if isinstance(card, Authority | Office) else Place()


def _note(card: Card, handbook: KnowledgeSnapshot) -> str:
    match card:
        case PublicService():
            return handbook.authorities[card.authority].name if card.authority in handbook.authorities else ""
        case Office():
            return card.address
        case Authority():
            return card.official.post if card.official else ""
        case Article():
            return card.topic


async def _card_out(desk: Desk, editions: list[Edition], day: date, place: Place) -> CardOut:
    holds, draft, newest, handbook = in_force(editions, day), draft_of(editions), editions[0], desk.editorial.handbook()
    shown = holds.card if holds else None
    if isinstance(shown, PublicService):
        shown = at_place(shown, place)
    about = shown or newest.card
    appeal = about.appeal if isinstance(about, PublicService) else None
    term = about.term if isinstance(about, PublicService) else None
    return CardOut(
        sort=newest.sort, id=newest.card.id, title=title_of(about), card=shown, draft=draft.card if draft else None,
        version=newest.version, stage=stage(newest, desk.editorial.today), lacking=handbook.lacking(draft.card if draft else about),
        editions=[_edition_out(desk, each) for each in editions], ladder=_ladder(handbook, _answering(about)),
        appeal=_ladder(handbook, appeal.authority)[:1] if appeal else [],
        offices=[_office_out(desk, each, day) for each in _offices(handbook, about, place)],
        term=_term_out(term, day) if term else None, appeal_term=_term_out(appeal.term, day) if appeal else None,
        outdated=[await flag_out(desk, each) for each in desk.flagging.open if each.card == newest.name])


def _answering(card: Card) -> str:
    match card:
        case PublicService() | Office():
            return card.authority
        case Authority():
            return card.id
        case Article():
            return ""


def _ladder(handbook: KnowledgeSnapshot, authority: str) -> list[RungOut]:
    own = handbook.authorities.get(authority)
    if own is None:
        return []
    return [_rung(each, controls=each.id in own.controlled_by) for each in (own, *above(own, handbook.authorities))]


def _rung(authority: Authority, *, controls: bool) -> RungOut:
    official = authority.official
    phone = (official.phone if official else "") or next(iter(authority.contacts.phones), "")
    return RungOut(authority.id, authority.name, official.post if official else "", official.name if official else "", phone, controls)


def _offices(handbook: KnowledgeSnapshot, card: Card, place: Place) -> list[Office]:
    match card:
        case Office():
            return [card]
        case Authority():
            return [each for each in handbook.offices.values() if each.authority == card.id]
        case PublicService():
            return handbook.receiving(card, place)
        case Article():
            return []


def _office_out(desk: Desk, office: Office, day: date) -> OfficeNowOut:
    state = open_now(office.hours, desk.now())
    return OfficeNowOut(
        office.id, office.name, office.address, list(office.phones), office.accessible, state.open, said(state), said(state, "en"),
        whose_clock(state), said_on(office.hours, day), said_on(office.hours, day, "en"))


def _term_out(term: LegalTerm, day: date) -> TermOut:
    return TermOut(term_words(term), None if term.hours else end_of_term(day, term, is_worked))


def _edition_out(desk: Desk, edition: Edition) -> EditionOut:
    name, checked, published = desk.dispatch.name, edition.checked, edition.published
    return EditionOut(
        edition.version, stage(edition, desk.editorial.today), edition.written_by, name(edition.written_by), edition.written,
        name(checked.by) if checked else "", checked.at if checked else None, name(published.by) if published else "",
        published.at if published else None, edition.since if published else None,
        edition.until if edition.until != FOREVER else None)


ENDPOINTS = (cards, card, put_card, check_card, publish_card, discard_card, withdraw_card, card_changes)
