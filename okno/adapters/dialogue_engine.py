"""The dialogue engine: keeps versions in use loaded, and runs language understanding outside the event loop.

New phrases take long to understand. When others wait, a faster and less exact method is used.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from bots.dialogue.answer import (
    NOT_UNDERSTOOD,
    RASA,
    answer,
    beside,
    channel_of,
    failed,
    focus_of,
    from_knowledge,
    offers,
    opening,
    pressed,
    remembered,
    summary,
)
from bots.dialogue.centre_actions import articles_of, intent_for
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.feedback import answered_feedback, with_feedback
from bots.dialogue.parsed import FALLBACK, Parsed, Ranked
from bots.dialogue.tracker import Tracker
from bots.knowledge.answer_cache import normal
from bots.knowledge.facts import LIKELY, SURE, Facts, Focus
from bots.knowledge.faq import FaqBot
from bots.knowledge.subjects import Rows
from hub.conversations.address import Address
from hub.conversations.turn_result import TurnResult
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, StoreError
from hub.kernel.turnstile import Turnstile
from hub.knowledge.article import Purpose
from hub.robot.ports import ON_PAPER, DialogueAnswer, DialogueTurn, HandOff, Reply
from okno.adapters.remote_rasa import RemoteRasa

log = logging.getLogger(__name__)

_REMEMBERED = 4_000
"""Cached meanings of phrases, about 3 kB each, for each version: buttons, «да», «спасибо», and the questions of the day."""
_KEPT = 4
"""Versions in memory: the active one, and those of open conversations."""
_BRIEF_QUESTION = 200
"""Characters of a question that hardly comes only once."""
_LONGEST_S = 25.0
"""Timeout of a turn: no citizen waits for half a minute."""
BRIEF = 40
"""Characters of a fax that may answer a question with choices: «Да, всё верно»; a statement is longer."""
_ALARM, _EMERGENCY = 0.9, "emergency"
"""Confidence from which on the intent alone is danger to life, if nothing that is known is near to the words (danger.py has the cues)."""
_NEAR = 0.6
"""Confidence of an article from which on it is near: hardly one of 1,000 ordinary questions is taken for danger then."""
_ELSEWHERE, _CERTAIN = 0.8, 0.75
"""Confidence from which on another body is competent, and that of an article of the centre which answers all the same."""
_CALM = "not_danger"
"""The intent of what only sounds like danger: any other question."""
_COMPLAINS = "file_complaint"
"""The intent of who files a complaint; «куда», «как» and «сколько» are asked of one, and told at once."""
_LEAVES = frozenset(["goodbye", "stop"])
"""Intents that «нет, я про временную» and «ой, стоп, не это» are like."""
_WANTS = 0.6
"""Confidence from which on a message wants something done rather than told."""
_LOGGED_S = 60.0
"""Minimum interval of log entries on fast parsing."""
_STRANGE = "олдж фывапр"
"""A phrase unknown to all projects: parsing it by the fast method loads all parts of understanding but the vectors, which take 0.1 s
and 25 MB at the first phrase that needs them."""


Told = TypeVar("Told")

WANTING = frozenset([
    "anger", "ask_robot", "book_appointment", "call_operator", "check_status", "emergency", "file_complaint", "goodbye", "more", "praise",
    "repeat", "report_outdated", "request_callback", "start_again", "stop", "take_survey", "tease", "thanks",
])
"""Intents that want something done, or nothing at all: no fact is told then."""


INFORM = "inform"
"""The intent of a message that names a value for a form; outside of one it names a subject."""


class LoadedVersion:
    """A loaded version, and its cache of parsed messages."""

    def __init__(self, id_: str, dialogue: Dialogue) -> None:
        self.id, self.dialogue = id_, dialogue
        self.articles = articles_of(dialogue.project.domain.intents)
        """Ids of the articles that the project itself answers with."""
        self.telling = frozenset(map(intent_for, self.articles)) | {INFORM}
        """Intents that ask to be told something, or only name it."""
        self.sayings = frozenset(normal(one.text) for one in dialogue.project.examples.said)
        """The project's examples in the form of `normal`."""
        self._meanings: OrderedDict[str, Parsed] = OrderedDict()

    def recall(self, words: str) -> Parsed | None:
        if (parsed := self._meanings.get(words)) is not None:
            self._meanings.move_to_end(words)
        return parsed

    def remember(self, words: str, parsed: Parsed) -> None:
        self._meanings[words] = parsed
        if len(self._meanings) > _REMEMBERED:
            self._meanings.popitem(last=False)


class RememberedFact(Struct, frozen=True):
    """What was told on a question, while the index is that of today."""

    index: Facts
    rows: Rows
    likely: tuple[Reply, Focus] | None


class UnderstandingCounts(Struct):
    """Counts of parsed messages and loaded versions since the start."""

    recalled: int = 0
    fully: int = 0
    hastily: int = 0
    waited_s: float = 0.0
    """Total waiting time of messages that were not cached, until parsing began."""
    waiting: int = 0
    """Messages that wait, or are being parsed."""
    loaded: int = 0
    """Versions of dialogues that were loaded: before the first, knowledge alone answers."""
    results: Counter[TurnResult] = field(default_factory=Counter)
    """Turns by what they came to."""


async def nothing(version: str) -> Dialogue:
    """The loader where no dialogue is published."""
    message = f"there is no version {version}"
    raise OknoError(message)


class LocalDialogueEngine:
    """Implements hub.robot.ports.DialogueEngine."""

    def __init__(self, knowledge: FaqBot, current: Callable[[], str] = str, load: Callable[[str], Awaitable[Dialogue]] = nothing,
                 afar: RemoteRasa | None = None, clock: Callable[[], float] = monotonic, patience_s: float = 0.2) -> None:
        """`current` returns the id of the active version, "" for none; `load` loads one, or raises OknoError.

        A configured Rasa server conducts the dialogues from their beginning until it fails. A message that has waited for longer than
        `patience_s` is understood by the fast method.
        """
        self._knowledge, self._current, self._load, self._afar, self._clock = knowledge, current, load, afar, clock
        self._patience_s = patience_s
        self._facts: OrderedDict[tuple[str, Focus, str], RememberedFact] = OrderedDict()
        self._versions: OrderedDict[str, asyncio.Future[LoadedVersion]] = OrderedDict()
        self._unusable: set[str] = set()
        """Versions whose files are missing, or of another format: that does not change at run time."""
        self._tasks = BackgroundTasks()
        self._turnstile = Turnstile()
        self.understood = UnderstandingCounts()
        self._logged = (-_LOGGED_S, 0)
        """Time of the last log entry on fast parsing, and the count then."""

    def talks(self, dialogue: str) -> bool:
        return bool(dialogue or self._current() or self._afar)

    def steers(self, words: str) -> HandOff | None:
        return self._knowledge.private().steers(words)

    def greeting(self, channel: str) -> Reply | None:
        made = self._versions.get(self._current())
        if self._afar or made is None or not made.done() or made.cancelled() or made.exception() is not None:
            return None
        return opening(made.result().dialogue, channel_of(Address(channel, "")))

    async def turn(self, asked: DialogueTurn) -> DialogueAnswer:
        holder, begun = asked.holder, asked.holder.dialogue
        if begun == RASA or (not begun and self._afar):
            if (answered := await self._turn_afar(asked, begun=bool(begun))) is not None:
                return answered
            # The dialogue restarts with this message: only the server knew the former one.
            begun, asked = "", replace(asked, head=replace(asked.head, holder=replace(holder, dialogue="")), memory=None)
            if not self._current():
                return beside(self._knowledge_for(asked).answer(asked.words, holder.misses, asked.head.address.channel), asked)
        answered = await self._turn_here(asked, begun)
        if answered.thought is not None:
            self.understood.results[answered.thought.result] += 1
        return answered

    def _knowledge_for(self, asked: DialogueTurn) -> FaqBot:
        """Without a memory where parts of the message must not be kept."""
        return self._knowledge.private() if asked.told.hidden else self._knowledge

    async def _turn_afar(self, asked: DialogueTurn, *, begun: bool) -> DialogueAnswer | None:
        if (steered := self._knowledge_for(asked).steers(asked.words)) is not None:
            return DialogueAnswer((), None, gives_up=steered)
        if self._knowledge.traits.of(asked.head.address).paper and not (begun or self._knowledge.learnt_so(asked.words)):
            return DialogueAnswer((), None, gives_up=ON_PAPER)
        return await self._afar.turn(asked, begun=begun) if self._afar else None

    async def _turn_here(self, asked: DialogueTurn, begun: str) -> DialogueAnswer:
        if (ready := await self._usable(begun or self._current())) is None:
            return beside(self._knowledge_for(asked).answer(asked.words, asked.holder.misses, asked.head.address.channel), asked)
        tracker = asked.memory
        if not isinstance(tracker, Tracker):
            tracker = remembered(ready.dialogue, await asked.past() if begun else ())
        if (steered := self._knowledge_for(asked).steers(asked.words)) is not None:
            return DialogueAnswer((), None, gives_up=steered, note=summary(tracker))
        if self._knowledge.traits.of(asked.head.address).paper and not self._awaited(ready, tracker, asked.words):
            return DialogueAnswer((), None, gives_up=ON_PAPER, note=summary(tracker))
        if (told := answered_feedback(ready.id, tracker, asked, self._knowledge.always)) is not None:
            return told
        try:
            async with asyncio.timeout(_LONGEST_S):
                return with_feedback(await self._answer(ready, tracker, asked), asked, self._knowledge.traits)
        except TimeoutError:
            log.exception("dialogue turn timed out: the conversation is given to an operator", extra={"version": ready.id})
        except Exception:  # whatever error a project causes, the citizen gets an operator
            log.exception("dialogue turn failed: the conversation is given to an operator", extra={"version": ready.id})
        return failed(tracker)

    def _awaited(self, ready: LoadedVersion, tracker: Tracker, words: str) -> bool:
        """Whether a form has asked for it, it is a short answer to buttons, or it is literally an example."""
        return (bool(tracker.now.active_loop) or (len(words) <= BRIEF and offers(tracker.events))
                or normal(words) in ready.sayings or self._knowledge.learnt_so(words))

    def warm(self) -> None:
        """Load the active version before the first message."""
        self._tasks.spawn(self._warm())

    def prepare(self) -> None:
        """Index what the robot has just learnt of services, so that no citizen waits for it."""
        self._tasks.spawn(asyncio.to_thread(self._knowledge.services.prepare))

    async def _warm(self) -> None:
        if (version := self._current()) and (ready := await self._usable(version)) is not None:
            await asyncio.get_running_loop().run_in_executor(self._knowledge.pool, partial(ready.dialogue.parse, _STRANGE, hasty=True))
        await asyncio.to_thread(self._knowledge.services.prepare)

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _answer(self, ready: LoadedVersion, tracker: Tracker, asked: DialogueTurn) -> DialogueAnswer:
        # Articles also answer what was added since, and what the project does not understand;
        # but within a form, and while its answers are confirmed, each message belongs to the form.
        knowledge, channel, listener = self._knowledge_for(asked), asked.head.address.channel, ready.dialogue.listener
        idle = not tracker.now.active_loop and not (listener is not None and listener.listens(tracker))
        told = partial(from_knowledge, ready.id, tracker, asked=asked, longest=knowledge.traits.named(channel).at_once)
        if (further := knowledge.goes_on(asked.words, channel)) is not None:
            return told(further)
        if (greeted := knowledge.greets(asked.words)) is not None:
            return told(greeted)
        words = pressed(tracker.events, asked.words)
        if words is asked.words and (article := knowledge.chosen(words)) is not None and article.id in ready.articles:
            words = f"/{intent_for(article.id)}"
        wish = listener.wish(words) if listener is not None and idle and words is asked.words else ""
        own = idle and words is asked.words and not words.startswith("/") and wish not in ready.dialogue.project.domain.intents
        if own and (fact := await self._fact(ready, tracker, knowledge, asked, channel)) is not None:
            return told(fact[0], focus=fact[1], whom=knowledge.services.applicant(asked.words))
        strange = own and normal(words) not in ready.sayings
        if strange and (reply := knowledge.clearly(words, ready.articles, channel)) is not None:
            return told(reply)
        parsed = await self._understood(ready, words, keeps=not asked.told.hidden)
        known = knowledge.recall(words, channel) if idle and not wish and parsed.intent in NOT_UNDERSTOOD else None
        if isinstance(known, Reply) and known.source is not None:
            if known.source.article not in ready.articles:
                return told(known)
            parsed = await self._understood(ready, f"/{intent_for(known.source.article)}")
        answered, failures = await answer(ready.id, ready.dialogue, tracker, parsed, asked, self._knowledge.always,
                                          self._knowledge.traits)
        for failure in failures:
            log.warning("action of a dialogue failed", extra={"version": ready.id, "why": failure})
        if wish and listener is not None and (question := listener.questions(words)):
            aside = await self._aside(knowledge, question, answered.memory, channel)
            answered = replace(answered, replies=(*aside, *answered.replies))
        return answered

    async def _aside(self, knowledge: FaqBot, question: str, memory: object, channel: str) -> tuple[Reply, ...]:
        """The answer to what a request asks besides, of the service that it is about; the form's question follows."""
        if not isinstance(memory, Tracker):
            return ()
        service, _ = knowledge.service(str(memory.now.slots.get("service") or ""))
        focus = Focus(service.id) if service else focus_of(memory)

        def told(rows: Rows) -> tuple[Reply, Focus] | None:
            found = knowledge.fact_of(service.id, question, channel, rows) if service else None
            return found or knowledge.fact(question, focus, channel, rows)

        found = await self._by_meaning(knowledge, question, focus, told)
        return (replace(found[0], choices=()),) if found else ()

    async def _fact(self, ready: LoadedVersion, tracker: Tracker, knowledge: FaqBot, asked: DialogueTurn,
                    channel: str) -> tuple[Reply, Focus] | None:
        """A fact that is asked for, unless the message wants something done: a visit, the state of an application."""
        focus, words = focus_of(tracker), asked.words
        index = None if asked.told.hidden else knowledge.services.kept(words, focus)
        known = self._facts.get((words, focus, channel))
        if known is not None and known.index is index:
            rows, likely = Rows(known.rows), known.likely
        else:
            rows, likely = await self._by_meaning(
                knowledge, words, focus, lambda rows: (rows, knowledge.fact(words, focus, channel, rows, LIKELY)))
            if index is not None and rows and len(words) <= _BRIEF_QUESTION:
                self._facts[words, focus, channel] = RememberedFact(index, Rows(rows), likely)
                if len(self._facts) > _REMEMBERED:
                    self._facts.popitem(last=False)
        if likely is None:
            return None
        meant = await self._understood(ready, words, keeps=not asked.told.hidden)
        wants = (meant.intent in WANTING and meant.confidence >= _WANTS
                 and not (meant.intent == _COMPLAINS and knowledge.services.asks(words))
                 and not (meant.intent in _LEAVES and knowledge.services.corrects(words)))
        if wants or self._is_elsewhere(knowledge, meant, words):
            return None
        wants_nothing = meant.intent in NOT_UNDERSTOOD or meant.intent in ready.telling or meant.intent in _LEAVES
        return likely if wants_nothing else knowledge.fact(words, focus, channel, rows, SURE)

    def _is_elsewhere(self, knowledge: FaqBot, meant: Parsed, words: str) -> bool:
        """Whether another body is competent, and nothing that the centre knows is near."""
        about = knowledge.articles.get(next(iter(articles_of([meant.intent])), ""))
        return (about is not None and bool(about.authority) and meant.confidence >= _ELSEWHERE
                and not any(one.confidence >= _CERTAIN and not one.article.authority for one in knowledge.find(words, 1)))

    async def _by_meaning(self, knowledge: FaqBot, words: str, focus: Focus, told: Callable[[Rows], Told]) -> Told:
        """What is told on the meaning of a message and its clauses; where others have waited too long, by its words alone."""
        asked = self._clock()

        def answered() -> Told:
            return told(Rows() if self._clock() - asked > self._patience_s else knowledge.read(words, focus))

        return await self._computed(answered)

    async def _computed(self, work: Callable[[], Told]) -> Told:
        """In the pool; turns go on one by one."""
        found = await asyncio.get_running_loop().run_in_executor(self._knowledge.pool, work)
        await self._turnstile.wait()
        return found

    async def _understood(self, ready: LoadedVersion, words: str, *, keeps: bool = True) -> Parsed:
        """Parse a message, or take it from the cache. Results of fast parsing are not cached, nor those without `keeps`."""
        count = self.understood
        if (known := ready.recall(words)) is not None:
            count.recalled += 1
            return known
        count.waiting += 1
        try:
            parsed, waited_s = await self._computed(partial(self._parse, ready.dialogue, words, self._clock()))
        finally:
            count.waiting -= 1
        count.waited_s += waited_s
        if waited_s > self._patience_s:
            count.hastily += 1
            self._tell()
        else:
            count.fully += 1
            if keeps:
                ready.remember(words, parsed)
        return parsed

    def _parse(self, dialogue: Dialogue, words: str, asked: float) -> tuple[Parsed, float]:
        """The parsed message, and its waiting time. Runs in a thread."""
        waited_s = self._clock() - asked
        return self.calmed(dialogue.parse(words, hasty=waited_s > self._patience_s), words), waited_s

    def calmed(self, parsed: Parsed, words: str) -> Parsed:
        """Danger that the project only suspects is not understood; the buttons and commands of a project mean what they say."""
        doubtful = parsed.intent == _EMERGENCY and (
            parsed.confidence < _ALARM or self._knowledge.is_figure(words)
            or any(one.confidence >= _NEAR and one.article.purpose is Purpose.ANSWER for one in self._knowledge.find(words, 1)))
        if words.startswith("/") or not (doubtful or parsed.intent == _CALM):
            return parsed
        return replace(parsed, intent=FALLBACK, ranking=(Ranked(FALLBACK, parsed.confidence), *parsed.ranking))

    def _tell(self) -> None:
        at, before = self._logged
        if (now := self._clock()) - at >= _LOGGED_S:
            since = self.understood.hastily - before
            log.warning("NLU overloaded: messages are classified by the fast model",
                        extra={"since": since, "waiting": self.understood.waiting})
            self._logged = now, self.understood.hastily

    async def _usable(self, version: str) -> LoadedVersion | None:
        """A loaded version, or None where it is unusable: then knowledge answers."""
        if version in self._unusable:
            return None
        try:
            return await self._version(version)
        except StoreError as error:
            log.warning("store unavailable: version of the dialogue not loaded", extra={"version": version, "why": str(error)})
        except Exception:  # whatever its content, citizens get an answer
            log.exception("version of the dialogue not loadable: not used until the restart", extra={"version": version})
            self._unusable.add(version)
        return None

    async def _version(self, version: str) -> LoadedVersion:
        """A loaded version; concurrent callers wait for the same loading."""
        if (ready := self._versions.get(version)) is None:
            ready = self._versions[version] = asyncio.ensure_future(self._made_ready(version))
            ready.add_done_callback(lambda done: self._forget(version, done))
            while len(self._versions) > _KEPT:
                self._versions.popitem(last=False)
        self._versions.move_to_end(version)
        return await asyncio.shield(ready)

    async def _made_ready(self, version: str) -> LoadedVersion:
        dialogue = await self._load(version)
        self.understood.loaded += 1
        return LoadedVersion(version, dialogue)

    def _forget(self, version: str, done: "asyncio.Future[LoadedVersion]") -> None:
        """A failed loading is repeated next time."""
        if (done.cancelled() or done.exception() is not None) and self._versions.get(version) is done:
            del self._versions[version]

