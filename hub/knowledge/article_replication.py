"""Articles that a centre publishes go to those below it, over the line between deployments, and stand there beside theirs (KB-06, 0089).

Nothing remembers what was sent: each edition is told when it is published and when it ends, and all of them at each start. Who knows
one, or a newer one, changes nothing.
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
"""Editions that have ended for longer are told no more: that they end was told then."""
AGAIN = timedelta(minutes=1)
ALL = 0
"""Everything is told anew at one moment."""


class Shared(Struct, frozen=True, omit_defaults=True):
    """One edition of an article as it travels: nobody's name, and no file; what a text leads to it leads to by its address."""

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
    """The first day on which it holds no more."""
    stage: EditionStage = EditionStage.IN_FORCE
    """Where it comes from: the day may be another one here, and what is withdrawn there is told nowhere from then on."""


class ArticleReplication:
    """Both ends: what goes down from here, and what has come from above."""

    def __init__(self, store: Store, editorial: Editorial, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool], level: Callable[[str], Level], knows: Callable[[str], bool]) -> None:
        """`code` speaks for this deployment; `over` tells whether one centre stands above another, `knows` whether there is a topic."""
        self._store, self._editorial, self._code, self._link, self._now = store, editorial, code, link, now
        self._over, self._level, self._knows = over, level, knows
        self._order = asyncio.Lock()
        """It is fair: what is told is told in the order in which it was published."""
        self._agenda = DeadlineQueue(now, lambda _: self._tasks.spawn(self.tell_all()))
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        if self._below():
            self._tasks.spawn(self.tell_all())

    def look(self) -> None:
        """Tell once more what could not be told; otherwise its own timer does."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    def published(self, editions: Sequence[Edition]) -> None:
        """A listener of the editing."""
        if self._below() and any(map(travels, editions)):
            self._tasks.spawn(self._tell(editions))

    async def tell_all(self) -> None:
        """All that holds, will, or has ended lately."""
        try:
            ended = await self._store.marked(Edition, "ends", since=self._now() - ENDED_SINCE, limit=EVERY)
        except OknoError as error:
            self._put_off(error)
        else:
            await self._tell(list({each.key: each for each in (*ended, *self._editorial.held)}.values()))

    async def hear(self, parcel: Envelope) -> None:
        """Keep what a centre above has published. Raises StoreError."""
        if (told := decode(parcel, Shared)) is None:
            return
        if not self._over(parcel.source, self._code):
            log.warning("an article of a centre that is not above is not taken", extra={"parcel": parcel.id})
            return
        await self._editorial.take_in(self._at_home(told, parcel.source))

    def _at_home(self, told: Shared, source: str) -> Edition:
        """As it stands here: whoever has sent it cannot name another centre, and a topic that is not known here is none."""
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
        log.warning("articles are told to the centres below later", extra={"why": str(error)})
        self._agenda.put(ALL, self._now() + AGAIN)

    async def _send(self, edition: Edition, centre: str) -> None:
        if self._link is None:
            raise LinkError("there is no line")
        told = shared(edition, self._editorial.today)
        id_ = f"{self._code}/{edition.key}/{told.published.isoformat()}/{edition.until}"
        await self._link.send(Envelope(id_, KIND, self._code, centre, self._now(), VERSION, msgspec.json.encode(told)))


def travels(edition: Edition) -> bool:
    """Whether the centres below are told of it: what somebody here has published, not for this centre alone, and no word of the robot's."""
    card = edition.card
    return (isinstance(card, Article) and edition.published is not None and edition.published.by != "" and not card.own and not card.centre
            and card.purpose is Purpose.ANSWER)


def shared(edition: Edition, today: date) -> Shared:
    """As it travels; it was published, and is an article."""
    card, published = edition.card, edition.published
    assert isinstance(card, Article)  # noqa: S101 - as above
    assert published is not None  # noqa: S101 - as above
    return Shared(card.id, edition.version, published.at, edition.since, card.title, card.text, card.questions, card.valid_from,
                  card.topic, card.body, None if edition.until == FOREVER else edition.until, stage(edition, today))
