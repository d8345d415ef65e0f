"""Cards of the handbook in the desk's form."""

from datetime import date

from hub.cases.outdated_notices import OutdatedInfoReports
from hub.desk.http.parts import Clock
from hub.desk.knowledge.authors import Authors
from hub.desk.knowledge.flags import flag_out
from hub.desk.knowledge.forms import (
    CardOut,
    CardRowOut,
    EditionOut,
    OfficeNowOut,
    RungOut,
    TermOut,
)
from hub.desk.organisation.places import Places
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.completeness import above
from hub.knowledge.edition import FOREVER, Card, CardKind, Edition, draft_of, in_force, stage
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import KnowledgeSnapshot, at_place, sender, title_of
from hub.knowledge.public_services import PublicService
from hub.knowledge.service_text import term_words
from hub.organisation.legal_terms import LegalTerm, end_of_term
from hub.organisation.open_now import open_now, said, said_on, whose_clock
from hub.organisation.production_calendar import is_worked
from hub.organisation.territory import Place


class HandbookView:
    def __init__(self, editorial: Editorial, places: Places, flagging: OutdatedInfoReports, dispatch: Dispatch, authors: Authors,
                 clock: Clock) -> None:
        self._editorial, self._places, self._flagging, self._dispatch, self._clock = editorial, places, flagging, dispatch, clock
        self._authors = authors

    async def now(self, sort: CardKind, id_: str) -> CardOut:
        return await self.card(await self._editorial.editions(sort, id_), self._editorial.today, Place())

    def row(self, editions: list[Edition]) -> CardRowOut:
        """From a card's editions, the newest last."""
        today = self._editorial.today
        card, newest = (in_force(editions, today) or editions[-1]).card, editions[-1]
        origin = None if isinstance(card, Article) else card.origin
        return CardRowOut(
            newest.sort, card.id, title_of(card), _note(card, self._editorial.handbook()),
            card.level if isinstance(card, PublicService) else None,
            self._places.title(_place(card)), stage(newest, today), in_force(editions, today) is not None,
            origin.review if origin else None, bool(origin and origin.demonstration),
            sum(flag.card == newest.name for flag in self._flagging.open), self._authors.centre(sender(card)))

    async def card(self, editions: list[Edition], day: date, place: Place) -> CardOut:
        holds, draft, newest, handbook = in_force(editions, day), draft_of(editions), editions[0], self._editorial.handbook()
        shown = holds.card if holds else None
        if isinstance(shown, PublicService):
            shown = at_place(shown, place)
        about = shown or newest.card
        appeal = about.appeal if isinstance(about, PublicService) else None
        term = about.term if isinstance(about, PublicService) else None
        return CardOut(
            sort=newest.sort, id=newest.card.id, centre=self._authors.centre(sender(newest.card)), title=title_of(about),
            card=shown, draft=draft.card if draft else None,
            version=newest.version, stage=stage(newest, self._editorial.today), lacking=handbook.lacking(draft.card if draft else about),
            editions=[self._edition(each) for each in editions], ladder=_ladder(handbook, _answering(about)),
            appeal=_ladder(handbook, appeal.authority)[:1] if appeal else [],
            offices=[self._office(each, day) for each in _offices(handbook, about, place)],
            term=_term_out(term, day) if term else None, appeal_term=_term_out(appeal.term, day) if appeal else None,
            outdated=[await flag_out(self._dispatch, self._flagging, self._editorial, each)
                      for each in self._flagging.open if each.card == newest.name])

    def _office(self, office: Office, day: date) -> OfficeNowOut:
        state = open_now(office.hours, self._clock())
        return OfficeNowOut(
            office.id, office.name, office.address, list(office.phones), office.accessible, state.open, said(state), said(state, "en"),
            whose_clock(state), said_on(office.hours, day), said_on(office.hours, day, "en"))

    def _edition(self, edition: Edition) -> EditionOut:
        name, checked, published = self._authors.person, edition.checked, edition.published
        return EditionOut(
            edition.version, stage(edition, self._editorial.today), edition.written_by, name(edition.written_by), edition.written,
            name(checked.by) if checked else "", checked.at if checked else None, name(published.by) if published else "",
            published.at if published else None, edition.since if published else None,
            edition.until if edition.until != FOREVER else None)


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


def _term_out(term: LegalTerm, day: date) -> TermOut:
    return TermOut(term_words(term), None if term.hours else end_of_term(day, term, is_worked))
