"""Replication of published articles, services and bodies to subordinate centres, over the link between deployments (KB-06, KB-09, 0131).

Each edition is sent when it is published and when it ends, and all of them at each start. A receiver that has the same or a newer
edition ignores it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.federation.envelope import Envelope
from hub.federation.ports import Link
from hub.federation.replication import Replication, accepted, centres_below
from hub.kernel.approval import Approval
from hub.knowledge.article import FROM, Article, Purpose, sent
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.edition import CARD_KINDS, FOREVER, Card, Edition, EditionStage, name_of, stage
from hub.knowledge.editorial import EVERY, Editorial
from hub.knowledge.public_services import PublicService
from hub.organisation.level import Level

ARTICLE, CARD = "knowledge.version", "knowledge.card"
ENDED_SINCE = timedelta(days=30)
"""Editions that ended earlier are not sent again: their end was sent then."""


class Shared(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How one edition is in force at its sender."""

    version: int
    published: datetime
    since: date
    until: date | None = None
    """The first day on which it is not valid."""
    stage: EditionStage = EditionStage.IN_FORCE
    """The stage at the sender: the date may differ here, and an ended edition is not sent further."""


class SharedArticle(Shared, frozen=True, omit_defaults=True, kw_only=True):
    """An article without names of persons or files; the text links to files by their address."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
    title: str
    text: str
    questions: tuple[str, ...]
    valid_from: date
    topic: str = ""
    body: str = ""


class SharedCard(Shared, frozen=True, omit_defaults=True, kw_only=True):
    card: PublicService | Authority
    withdrawn: bool = False
    """It has ended, and no other edition of the card is in force or awaited."""


class CardReplication:
    """Both ends: sending to subordinate centres, and receiving from superior ones."""

    def __init__(self, store: Store, editorial: Editorial, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool], level: Callable[[str], Level], knows: Callable[[str], bool]) -> None:
        """`code` identifies this deployment; `over` tells whether a centre is superior to another, `knows` whether a topic exists."""
        self._store, self._editorial, self._code, self._now = store, editorial, code, now
        self._over, self._level, self._knows = over, level, knows
        self._sender = Replication("cards of the knowledge base", code, link, centres_below(code, over), now, self._tell_all)
        self.start, self.look, self.close = self._sender.start, self._sender.look, self._sender.close
        self.kinds: Mapping[str, Callable[[Envelope], Awaitable[None]]] = {ARTICLE: self._hear_article, CARD: self._hear_card}
        """Who takes which envelope."""

    def published(self, editions: Sequence[Edition]) -> None:
        """Listener of the editorial."""
        self._sender.changed(lambda: self._tell(editions))

    async def _tell_all(self) -> None:
        """All editions that are valid, will be, or ended recently."""
        ended = await self._store.marked(Edition, "ends", since=self._now() - ENDED_SINCE, limit=EVERY)
        await self._tell({each.key: each for each in (*ended, *self._editorial.held)}.values())

    async def _tell(self, editions: Iterable[Edition]) -> None:
        held = {each.name for each in self._editorial.held}
        for each in editions:
            if each.published is None or not travels(each, withdrawn=(withdrawn := each.name not in held)):
                continue
            kind, told = shared(each, each.published.at, self._editorial.today, withdrawn=withdrawn)
            await self._sender.send(kind, f"{each.key}/{told.published.isoformat()}/{each.until}", told)

    async def _hear_article(self, parcel: Envelope) -> None:
        """Store an article of a superior centre. Raises StoreError."""
        if (told := accepted(parcel, SharedArticle, lambda _: self._over(parcel.source, self._code))) is None:
            return
        card = Article(sent(parcel.source, told.id), told.title, told.text, told.questions, told.topic if self._knows(told.topic) else "",
                       told.body, told.valid_from, centre=parcel.source, level=self._level(parcel.source))
        await self._editorial.take_in(self._at_home(told, card))

    async def _hear_card(self, parcel: Envelope) -> None:
        """Store a service or a body of a superior centre. Raises StoreError."""
        told = accepted(parcel, SharedCard, lambda each: self._over(parcel.source, self._code) and FROM not in each.card.id)
        if told is None:
            return
        origin = replace(told.card.origin, centre=parcel.source, level=self._level(parcel.source))
        card = replace(told.card, id=sent(parcel.source, told.card.id), origin=origin)
        await self._editorial.take_in(self._at_home(told, card), gone=told.withdrawn)

    def _at_home(self, told: Shared, card: Card) -> Edition:
        """The edition as stored here: the sender cannot name another centre."""
        today = self._editorial.today
        since = min(told.since, today) if told.stage is EditionStage.IN_FORCE else told.since
        until = min(told.until or FOREVER, today if told.stage is EditionStage.REPLACED else FOREVER)
        key = f"{name_of(CARD_KINDS[type(card)], card.id)}/{told.version}"
        return Edition(key, told.version, card, "", told.published, published=Approval("", told.published), since=since, until=until)


def travels(edition: Edition, *, withdrawn: bool) -> bool:
    """Whether it is sent to subordinate centres: published here, not for this centre only, and not a text of the robot.

    What came with Okno is not this centre's word; that it is withdrawn here is.
    """
    card, own = edition.card, edition.published is not None and edition.published.by != ""
    match card:
        case Article():
            return own and not card.own and not card.centre and card.purpose is Purpose.ANSWER
        case Office():
            return False
        case _:
            return not card.origin.centre and (own or (withdrawn and edition.until != FOREVER))


def shared(edition: Edition, published: datetime, today: date, *, withdrawn: bool) -> tuple[str, SharedArticle | SharedCard]:
    """The kind of its envelope, and the edition as it is sent."""
    card, until, at = edition.card, None if edition.until == FOREVER else edition.until, stage(edition, today)
    if isinstance(card, Article):
        return ARTICLE, SharedArticle(
            id=card.id, version=edition.version, published=published, since=edition.since, title=card.title, text=card.text,
            questions=card.questions, valid_from=card.valid_from, topic=card.topic, body=card.body, until=until, stage=at)
    assert not isinstance(card, Office)  # noqa: S101 - as `travels` has seen
    return CARD, SharedCard(version=edition.version, published=published, since=edition.since, card=card, until=until, stage=at,
                            withdrawn=withdrawn)
