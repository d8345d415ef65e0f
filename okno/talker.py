"""Whoever talks in dialogues: keeps the versions in use ready, and understands outside the event loop."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Container
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue import Dialogue
from bots.faq import FaqBot
from bots.house import articles_of
from bots.parsed import Parsed
from bots.recall import normal
from bots.talking import NOT_UNDERSTOOD, RASA, answer, beside, failed, from_knowledge, pressed, remembered, summary
from bots.tracker import Tracker
from hub.conversation import WithBot
from hub.errors import OknoError
from hub.reasoning import Answered, Asked, Reply
from hub.tasks import Tasks
from okno.afar import Afar

log = logging.getLogger(__name__)

_REMEMBERED = 20_000
"""Sayings whose meaning is kept, for each version."""
_KEPT = 4
"""Versions in memory: the one that speaks, and those that conversations under way began with."""
_LONGEST_S = 25.0
"""A turn that takes longer has failed: no citizen waits for half a minute."""


class Ready(Struct, frozen=True):
    """A version that is ready to talk."""

    id: str
    dialogue: Dialogue
    articles: Container[str]
    """Ids of those that the project itself answers with."""
    sayings: Container[str]
    """What the project has among its examples, as `normal` has it."""
    parse: Callable[[str], Parsed]


async def nothing(version: str) -> Dialogue:
    """Where no dialogue is ever published."""
    message = f"there is no version {version}"
    raise OknoError(message)


class Talker:
    """Implements hub.reasoning.Talker."""

    def __init__(self, knowledge: FaqBot, current: Callable[[], str] = str, load: Callable[[str], Awaitable[Dialogue]] = nothing,
                 afar: Afar | None = None) -> None:
        """`current` is the id of the version that speaks now, "" for none; `load` makes one ready, or raises OknoError.

        A Rasa server, where there is one, has the dialogues from their beginning until it fails.
        """
        self._knowledge, self._current, self._load, self._afar = knowledge, current, load, afar
        self._versions: OrderedDict[str, asyncio.Future[Ready]] = OrderedDict()
        self._tasks = Tasks()
        # Two at a time: understanding is arithmetic, and more would only take the processor from those who wait for the disk.
        self._pool = ThreadPoolExecutor(2, "understanding")

    def talks(self, dialogue: str) -> bool:
        return bool(dialogue or self._current() or self._afar)

    async def turn(self, asked: Asked) -> Answered:
        holder = asked.head.holder if isinstance(asked.head.holder, WithBot) else WithBot()
        begun = holder.dialogue
        if begun == RASA or (not begun and self._afar):
            if (answered := await self._turn_afar(asked, begun=bool(begun))) is not None:
                return answered
            # It begins anew with what was said just now: what the server had understood nobody else knows.
            begun, asked = "", replace(asked, head=replace(asked.head, holder=replace(holder, dialogue="")), memory=None)
            if not self._current():
                return beside(self._knowledge.answer(asked.words, holder.misses), asked)
        return await self._turn_here(asked, begun)

    async def _turn_afar(self, asked: Asked, *, begun: bool) -> Answered | None:
        if (steered := self._knowledge.steers(asked.words)) is not None:
            return Answered((), None, gives_up=steered)
        return await self._afar.turn(asked, begun=begun) if self._afar else None

    async def _turn_here(self, asked: Asked, begun: str) -> Answered:
        try:
            ready = await self._version(begun or self._current())
        except OknoError as error:
            log.exception("a version of the dialogue cannot be used", extra={"version": begun, "why": str(error)})
            return failed()
        tracker = asked.memory
        if not isinstance(tracker, Tracker):
            tracker = remembered(ready.dialogue, await asked.past() if begun else ())
        if (steered := self._knowledge.steers(asked.words)) is not None:
            return Answered((), None, gives_up=steered, note=summary(tracker))
        try:
            async with asyncio.timeout(_LONGEST_S):
                return await self._answer(ready, tracker, asked)
        except TimeoutError:
            log.exception("a turn took too long", extra={"version": ready.id})
        except Exception:  # whatever a project brings about, the citizen gets a person
            log.exception("a turn has failed", extra={"version": ready.id})
        return failed(tracker)

    def warm(self) -> None:
        """Make the version that speaks ready before anybody asks."""
        self._tasks.spawn(self._warm())

    async def _warm(self) -> None:
        if version := self._current():
            try:
                await self._understood(await self._version(version), "да")
            except OknoError as error:
                log.exception("a version of the dialogue cannot be used", extra={"version": version, "why": str(error)})

    async def close(self) -> None:
        await self._tasks.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, ready: Ready, tracker: Tracker, asked: Asked) -> Answered:
        # What designers of articles have written since is answered with, too, and so is what the project does not understand;
        # but within a form whatever is said is for the form.
        knowledge, idle = self._knowledge, not tracker.now.active_loop
        words = pressed(tracker.events, asked.words)
        beside = idle and words is asked.words and normal(words) not in ready.sayings
        if beside and (reply := knowledge.clearly(words, ready.articles)) is not None:
            return from_knowledge(ready.id, tracker, reply, asked)
        parsed = await self._understood(ready, words)
        known = knowledge.recall(words) if idle and parsed.intent in NOT_UNDERSTOOD else None
        if isinstance(known, Reply) and known.source is not None:
            return from_knowledge(ready.id, tracker, known, asked)
        answered, failures = await answer(ready.id, ready.dialogue, tracker, parsed, asked, self._knowledge.always)
        for failure in failures:
            log.warning("a dialogue cannot do what it says", extra={"version": ready.id, "why": failure})
        return answered

    async def _understood(self, ready: Ready, words: str) -> Parsed:
        return await asyncio.get_running_loop().run_in_executor(self._pool, ready.parse, words)

    async def _version(self, version: str) -> Ready:
        """A version that is ready; whoever comes while it is being made ready waits for the same."""
        if (ready := self._versions.get(version)) is None:
            ready = self._versions[version] = asyncio.ensure_future(self._made_ready(version))
            ready.add_done_callback(lambda done: self._forget(version, done))
            while len(self._versions) > _KEPT:
                self._versions.popitem(last=False)
        self._versions.move_to_end(version)
        return await asyncio.shield(ready)

    async def _made_ready(self, version: str) -> Ready:
        dialogue = await self._load(version)
        project = dialogue.project
        sayings = frozenset(normal(one.text) for one in project.examples.said)
        return Ready(version, dialogue, articles_of(project.domain.intents), sayings, lru_cache(_REMEMBERED)(dialogue.parse))

    def _forget(self, version: str, done: "asyncio.Future[Ready]") -> None:
        """What could not be made ready is tried again next time."""
        if (done.cancelled() or done.exception() is not None) and self._versions.get(version) is done:
            del self._versions[version]
