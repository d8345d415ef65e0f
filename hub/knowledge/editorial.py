"""Manages the editions of all cards: writing, checking, publishing, and notifications of changes (KB-05).

Refusals are those of edition.py, and: unknown card or draft, a concurrent edit, missing fields, or a public card would become
incomplete.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.federation.replication import LONGEST
from hub.kernel.approval import Approval
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.knowledge.article import FROM, Article, Purpose, about
from hub.knowledge.edition import (
    CARD_KINDS,
    FOREVER,
    Card,
    CardKind,
    Edition,
    check,
    draft_of,
    first,
    name_of,
    placed,
    publish,
    taken_in,
    withdrawn,
    write,
)
from hub.knowledge.handbook import KnowledgeSnapshot, sender, title_of
from hub.knowledge.outdated_flag import field_words
from hub.organisation.legal_terms import midnight_after

log = logging.getLogger(__name__)

EVERY = 1_000_000
_OWN = {CardKind.SERVICE: "Отличия вашей территории впишите в свою карточку с тем же ключом: они дополнят эту."}
_OWN |= dict.fromkeys(set(CardKind) - set(_OWN), "Напишите свою: с тем же ключом она будет рассказана вместо этой.")
"""What may be written instead of a card of a superior centre."""
TOMORROW = 0
"""Key of the deadline: the next day on which other editions are valid."""


class Editorial:
    """The cards of one hub. Current and future editions are in memory, the rest in the store."""

    def __init__(self, store: Store, now: Callable[[], datetime], zone: ZoneInfo) -> None:
        self._store, self._now, self._zone = store, now, zone
        self._held: dict[str, Edition] = {}
        """By key: published and not ended."""
        self._handbook = KnowledgeSnapshot()
        self._changing = asyncio.Lock()
        self._agenda = DeadlineQueue(now, lambda _: self._turn())
        self.on_change = Signal[[KnowledgeSnapshot]]()
        self.on_publish = Signal[[Sequence[Edition]]]()
        """Editions whose validity was set or has ended."""

    async def start(self, content: Callable[[], Iterable[Card]]) -> None:
        """Migrate articles older than editions, load the shipped records, and report what is valid today."""
        before = await self._store.all(Article)
        await self._fill(before, "articles", before)
        if not all([await self._store.count(Edition, "sort", sort) for sort in CardKind]):
            await self._fill(content(), "content")
        holding = await self._store.marked(Edition, "holds", limit=EVERY)
        ending = await self._store.marked(Edition, "ends", since=self._now() - timedelta(days=2), limit=EVERY)
        self._held = {each.key: each for each in (*holding, *ending)}
        self._turn()

    def look(self) -> None:
        """Update the valid editions; otherwise called by the timer."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()

    @property
    def held(self) -> list[Edition]:
        """All published and not ended; of a card the one valid first."""
        return sorted(self._held.values(), key=lambda each: each.since)

    @property
    def today(self) -> date:
        return self._now().astimezone(self._zone).date()

    def handbook(self, day: date | None = None) -> KnowledgeSnapshot:
        """The records valid today, or on a future day."""
        return self._handbook if day is None or day == self.today else KnowledgeSnapshot.of(self._held.values(), day)

    async def editions(self, sort: CardKind, id_: str) -> list[Edition]:
        """All of a card, newest first. Raises RefusedError("no_such_card")."""
        found = await self._store.marked(Edition, "card", name_of(sort, id_), newest=True, limit=EVERY)
        if not found:
            raise RefusedError("no_such_card", "Такой карточки нет.")
        return found

    async def drafts(self) -> list[Edition]:
        """All unpublished ones, the oldest first."""
        return await self._store.marked(Edition, "draft", limit=EVERY)

    async def write(self, who: Operator, card: Card, version: int) -> Edition:
        """Write a draft; `version` is that of the changed edition, 0 for a new card. It replaces an earlier draft."""
        async with self._changing:
            known = await self._known(_ours(card))
            newest = _expected(known, version)
            if isinstance(card, Article):
                card = _kept(card, newest.card if newest else None)
            draft = draft_of(known)
            after = write(newest, card, who.login, self._now())
            await self._exchange(who.login, "edition", after, new=(after,), dropped=(draft,) if draft else ())
            return after

    async def check(self, who: Operator, sort: CardKind, id_: str, version: int) -> Edition:
        """Mark a draft as verified against its source; refused with its missing fields."""
        async with self._changing:
            before = _expected(await self.editions(sort, id_), version)
            assert before is not None  # noqa: S101 - editions() has found it
            after = check(before, who.login, self._now(), self.today)
            self._complete(after.card, self._handbook)
            await self._exchange(who.login, "edition_checked", after, put=(after,), seen=(before,))
            return after

    async def publish(self, who: Operator, sort: CardKind, id_: str, version: int, since: date | None) -> Edition:
        """Publish from a day on, today by default."""
        async with self._changing:
            known = await self.editions(sort, id_)
            before = _expected(known, version)
            assert before is not None  # noqa: S101 - as above
            after, ended = placed(publish(before, who.login, self._now(), since or self.today, self.today), known)
            there = KnowledgeSnapshot.of(self._held.values(), after.since)
            self._complete(after.card, there)
            if broken := there.breaks(after.card):
                raise _needed(*broken)
            seen = (before, *(each for each in known if each.key in {one.key for one in ended}))
            await self._exchange(who.login, "edition_published", after, put=(after, *ended), seen=seen)
            return after

    async def discard(self, who: Operator, sort: CardKind, id_: str, version: int) -> None:
        """Throw a draft away."""
        async with self._changing:
            known = await self.editions(sort, id_)
            draft = draft_of(known)
            if draft is None:
                raise RefusedError("no_draft", "Черновика нет.")
            _expected(known, version)
            await self._exchange(who.login, "edition_discarded", draft, dropped=(draft,), seen=(draft,))

    async def withdraw(self, who: Operator, sort: CardKind, id_: str) -> None:
        """End it today; its editions stay."""
        async with self._changing:
            known = await self.editions(sort, id_)
            gone = withdrawn(known, self.today)
            if not gone:
                raise RefusedError("no_such_card", "Такой карточки нет.")
            card = _ours(gone[0].card)
            if isinstance(card, Article) and card.purpose is not Purpose.ANSWER:
                raise RefusedError("needed", "Без этой статьи робот не поймёт просьбу о человеке или о помощи: её можно только изменить.")
            if broken := self._handbook.breaks(card, gone=True):
                raise _needed(*broken)
            seen = [each for each in known if each.key in {one.key for one in gone}]
            what = "article_deleted" if sort is CardKind.ARTICLE else "edition_withdrawn"
            await self._exchange(who.login, what, gone[0], put=gone, seen=seen)

    async def say(self, who: Operator, article: Article) -> Article:
        """Publish an article at once as written: it is the centre's own text, not a card of a law."""
        async with self._changing:
            known, now = await self._known(_ours(article)), self._now()
            newest, draft = _newest(known), draft_of(known)
            article = _kept(article, newest.card) if newest else article
            approval = Approval(who.login, now)
            written = replace(write(newest, article, who.login, now), checked=approval, published=approval, since=self.today)
            after, ended = placed(written, known)
            self._complete(article, self._handbook)
            seen = [each for each in known if each.key in {one.key for one in ended}]
            await self._exchange(who.login, "article", after, put=ended, new=(after,), dropped=(draft,) if draft else (), seen=seen)
            return article

    async def take_in(self, edition: Edition, *, gone: bool = False) -> None:
        """An edition of a superior centre, published or ended; ignored where it or a newer one is known.

        A service that is `gone` there ends here with its territorial parts.
        """
        async with self._changing:
            known = await self._known(edition.card)
            if not (changed := taken_in(edition, known)):
                return
            if gone and edition.sort is CardKind.SERVICE:
                own = await self._known(replace(edition.card, id=about(edition.card.id)))
                changed, known = [*changed, *withdrawn(own, self.today)], [*known, *own]
            before = {each.key: each for each in known}
            seen = [before[each.key] for each in changed if each.key in before]
            what = "edition_received" if changed[0].until > self.today else "edition_recalled"
            await self._exchange("", what, changed[0], put=[each for each in changed if each.key in before], seen=seen,
                                 new=[each for each in changed if each.key not in before])

    def _complete(self, card: Card, handbook: KnowledgeSnapshot) -> None:
        if len(msgspec.json.encode(card)) > LONGEST:
            raise RefusedError("article_too_long", f"Карточка длиннее {LONGEST >> 10} КБ: разделите её на несколько.")
        if lacking := handbook.lacking(card):
            raise RefusedError("lacking", f"Не хватает: {', '.join(map(field_words, lacking))}.")

    async def _known(self, card: Card) -> list[Edition]:
        return await self._store.marked(Edition, "card", name_of(CARD_KINDS[type(card)], card.id), newest=True, limit=EVERY)

    async def _exchange(self, by: str, what: str, about: Edition, *, put: Sequence[Edition] = (), dropped: Sequence[Edition] = (),
                        seen: Sequence[Edition] = (), new: Sequence[Edition] = ()) -> None:
        """Store it with its audit entry, update the memory, and notify."""
        audit_entry = AuditEntry(self._now(), by, what, about.name,
                                 f"{about.version}" + (f" {about.since}" if about.since != FOREVER else ""))
        await self._store.exchange(put, dropped, audit_entry, seen=seen, new=new)
        if published := [each for each in (*new, *put) if each.published]:
            self._held |= {each.key: each for each in published}
            self._turn()
            self.on_publish(published)

    async def _fill(self, cards: Iterable[Card], what: str, dropped: Sequence[Article] = ()) -> None:
        """Once for each kind: records changed or deleted by editors are not restored."""
        now, empty = self._now(), {sort for sort in CardKind if not await self._store.count(Edition, "sort", sort)}
        made = [first(card, min(_told_since(card) or self.today, self.today), now) for card in cards]
        made = [each for each in made if each.sort in empty]
        if not made:
            return
        there = KnowledgeSnapshot(each.card for each in made)
        drafts = {each.key for each in made if there.lacking(each.card)}
        if drafts:
            log.warning("incomplete cards of the knowledge base: stored as drafts", extra={"cards": sorted(drafts)})
        done = [replace(each, checked=None, published=None, since=FOREVER) if each.key in drafts else each for each in made]
        await self._store.exchange((), dropped, AuditEntry(now, "", "knowledge_filled", detail=f"{what}: {len(done)}"), new=done)

    def _turn(self) -> None:
        """Other editions are valid from now on; set the deadline for the next change."""
        today = self.today
        self._held = {key: each for key, each in self._held.items() if each.until > today}
        self._handbook = KnowledgeSnapshot.of(self._held.values(), today)
        days = [day for each in self._held.values() for day in (each.since, each.until) if today < day < FOREVER]
        self._agenda.put(TOMORROW, midnight_after(min(days) - timedelta(days=1), self._zone) if days else None)
        self.on_change(self._handbook)


def _told_since(card: Card) -> date | None:
    return getattr(card, "valid_from", None) or (None if isinstance(card, Article) else card.origin.checked)


def _ours(card: Card) -> Card:
    """Raises RefusedError for a card of a superior centre."""
    if sender(card) or FROM in card.id:
        raise RefusedError("from_above", f"Эту карточку ведёт другой центр, изменить её можно только там. {_OWN[CARD_KINDS[type(card)]]}")
    return card


def _newest(known: Sequence[Edition]) -> Edition | None:
    return known[0] if known else None


def _expected(known: Sequence[Edition], version: int) -> Edition | None:
    newest = _newest(known)
    if version != (newest.version if newest else 0):
        raise RefusedError("other_version", "Карточку только что изменили: посмотрите её ещё раз.")
    return newest


def _needed(card: Card, key: str) -> RefusedError:
    return RefusedError("needed", f"Карточке «{title_of(card)}» тогда не хватало бы: {field_words(key)}.")


def _kept(article: Article, newest: Card | None) -> Article:
    """What an editor does not change: when it is told, and to whom."""
    if not isinstance(newest, Article):
        return replace(article, purpose=Purpose.ANSWER)
    return replace(article, purpose=newest.purpose, language=newest.language, authority=newest.authority)
