"""Replication of published articles to subordinate centres, over the link between deployments (KB-06, 0089).

No state of sending is kept: each edition is sent when it is published and when it ends, and all of them at each start. A receiver
that has the same or a newer edition ignores it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.conversations.ports import Store
from hub.federation.envelope import Envelope
from hub.federation.envelope_decoder import decode
from hub.federation.ports import Link
from hub.kernel.approval import Approval
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import LinkError, OknoError
from hub.knowledge.article import Article, Purpose, sent
from hub.knowledge.edition import FOREVER, CardKind, Edition, EditionStage, name_of, stage
from hub.knowledge.editorial import EVERY, Editorial
from hub.organisation.level import Level

log = logging.getLogger(__name__)

KIND, VERSION = "knowledge.version", 1
ENDED_SINCE = timedelta(days=30)
"""Editions that ended earlier are not sent again: their end was sent then."""
AGAIN = timedelta(minutes=1)
ALL = 0
"""Key of the deadline for sending everything."""


class Shared(Struct, frozen=True, omit_defaults=True):
    """One edition of an article as it is sent: without names of persons or files; the text links to files by their address."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
    version: int
    published: datetime
    since: date
    title: str
    text: str
    questions: tuple[str, ...]
    valid_from: date
    topic: str = ""
    body: str = ""
    until: date | None = None
    """The first day on which it is not valid."""
    stage: EditionStage = EditionStage.IN_FORCE
    """The stage at the sender: the date may differ here, and a withdrawn edition is not sent further."""


class ArticleReplication:
    """Both ends: sending to subordinate centres, and receiving from superior ones."""

    def __init__(self, store: Store, editorial: Editorial, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool], level: Callable[[str], Level], knows: Callable[[str], bool]) -> None:
        """`code` identifies this deployment; `over` tells whether a centre is superior to another, `knows` whether a topic exists."""
        self._store, self._editorial, self._code, self._link, self._now = store, editorial, code, link, now
        self._over, self._level, self._knows = over, level, knows
        self._order = asyncio.Lock()
        """Fair: editions are sent in the order of publication."""
        self._agenda = DeadlineQueue(now, lambda _: self._tasks.spawn(self.tell_all()))
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        if self._below():
            self._tasks.spawn(self.tell_all())

    def look(self) -> None:
        """Retry failed sends; otherwise called by the timer."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    def published(self, editions: Sequence[Edition]) -> None:
        """Listener of the editorial."""
        if self._below() and any(map(travels, editions)):
            self._tasks.spawn(self._tell(editions))

    async def tell_all(self) -> None:
        """Send all editions that are valid, will be, or ended recently."""
        try:
            ended = await self._store.marked(Edition, "ends", since=self._now() - ENDED_SINCE, limit=EVERY)
        except OknoError as error:
            self._put_off(error)
        else:
            await self._tell(list({each.key: each for each in (*ended, *self._editorial.held)}.values()))

    async def hear(self, parcel: Envelope) -> None:
        """Store an edition of a superior centre. Raises StoreError."""
        if (told := decode(parcel, Shared)) is None:
            return
        if not self._over(parcel.source, self._code):
            log.warning("article of a centre that is not superior: ignored", extra={"parcel": parcel.id})
            return
        await self._editorial.take_in(self._at_home(told, parcel.source))

    def _at_home(self, told: Shared, source: str) -> Edition:
        """The edition as stored here: the sender cannot name another centre, and an unknown topic is dropped."""
        id_, today = sent(source, told.id), self._editorial.today
        article = Article(id_, told.title, told.text, told.questions, told.topic if self._knows(told.topic) else "", told.body,
                          told.valid_from, centre=source, level=self._level(source))
        since = min(told.since, today) if told.stage is EditionStage.IN_FORCE else told.since
        until = min(told.until or FOREVER, today if told.stage is EditionStage.REPLACED else FOREVER)
        return Edition(f"{name_of(CardKind.ARTICLE, id_)}/{told.version}", told.version, article, "", told.published,
                       published=Approval("", told.published), since=since, until=until)

    def _below(self) -> list[str]:
        return [each for each in self._link.centres if self._over(self._code, each)] if self._link else []

    async def _tell(self, editions: Iterable[Edition]) -> None:
        async with self._order:
            try:
                for each in filter(travels, editions):
                    await asyncio.gather(*(self._send(each, centre) for centre in self._below()))
            except OknoError as error:
                self._put_off(error)

    def _put_off(self, error: OknoError) -> None:
        log.warning("articles not replicated to subordinate centres: retried", extra={"why": str(error)})
        self._agenda.put(ALL, self._now() + AGAIN)

    async def _send(self, edition: Edition, centre: str) -> None:
        if self._link is None:
            raise LinkError("there is no line")
        told = shared(edition, self._editorial.today)
        id_ = f"{self._code}/{edition.key}/{told.published.isoformat()}/{edition.until}"
        await self._link.send(Envelope(id_, KIND, self._code, centre, self._now(), VERSION, msgspec.json.encode(told)))


def travels(edition: Edition) -> bool:
    """Whether it is sent to subordinate centres: published here, not for this centre only, and not a text of the robot."""
    card = edition.card
    return (isinstance(card, Article) and edition.published is not None and edition.published.by != "" and not card.own and not card.centre
            and card.purpose is Purpose.ANSWER)


def shared(edition: Edition, today: date) -> Shared:
    """The edition as it is sent; it must be a published article."""
    card, published = edition.card, edition.published
    assert isinstance(card, Article)  # noqa: S101 - as above
    assert published is not None  # noqa: S101 - as above
    return Shared(card.id, edition.version, published.at, edition.since, card.title, card.text, card.questions, card.valid_from,
                  card.topic, card.body, None if edition.until == FOREVER else edition.until, stage(edition, today))
