"""Days that are over: conversations put into a store as a hub would have written them down."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from bots.dialogue.events import Event, SlotSet, UserUttered
from bots.dialogue.parsed import Parsed, Ranked
from bots.russian import Russian
from hub.cases.breaches import Breach
from hub.cases.case import NOWHERE, Case, CaseKind, CaseStep, Classification, Label, LegalTerms, Subject
from hub.cases.state import Act, CaseState
from hub.conversations.address import Address
from hub.conversations.assignment_reason import AssignmentReason, AssignmentRule
from hub.conversations.callback_promise import DAY, CallbackPromise, promise
from hub.conversations.conversation import Closed, Conversation, Holder, InQueue, Promised, WithBot, WithOperator
from hub.conversations.journal import ConversationEvent, HandedOver, Offered, PromiseEnd, PromiseEnded, PromiseGiven, StoredEvent, Thought
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.conversations.turn_result import TurnResult
from hub.kernel.ids import RecordIds, TicketNumbers
from hub.organisation.legal_terms import LegalTerm
from hub.organisation.queue import Lines, Queue
from hub.programme.effect_day import EffectCell, EffectCounts, EffectDay
from hub.programme.service_day import Part, ServiceCell, ServiceDay
from hub.programme.service_figures import ServiceCounts
from hub.reporting.days import Days
from hub.reporting.national import Report, key_of, report
from storage.sqlite import SqliteStore
from tests.house import House, house_in

MOSCOW = ZoneInfo("Europe/Moscow")


def today() -> date:
    return datetime.now(MOSCOW).date()


def at(day: date, hours: float) -> datetime:
    """So long after the day began in Moscow."""
    return datetime.combine(day, time(), MOSCOW).astimezone(UTC) + timedelta(hours=hours)


class Past:
    """Citizens, each by his name, at the time that the test says."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store, self.now, self.channel = store, now, "web.chat"
        self.heads: dict[str, Conversation] = {}
        self._ids, self._numbers = RecordIds(), TicketNumbers("001", zone=MOSCOW)

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def step(self, name: str, *entries: ConversationEvent) -> Conversation:
        """Add to somebody's conversation; his first step opens it."""
        head, now = self.heads.get(name), self.now
        if head is None:
            head = Conversation(self._ids.next(now), self._numbers.next(now), Address(self.channel, name), now, WithBot())
            entries = (HandedOver(now, WithBot(), "opened"), Message(Author.BOT, "Здравствуйте", now), *entries)
        records = tuple(StoredEvent(self._ids.next(entry.at), head.id, entry) for entry in entries)
        holders = [entry.holder for entry in entries if isinstance(entry, HandedOver)]
        after = replace(head, holder=holders[-1] if holders else head.holder, promise=_owed(head, entries))
        await self.store.commit(Commit(head.id, head.last, records, after))
        self.heads[name] = replace(after, last=records[-1].id)
        return self.heads[name]

    async def moves(self, name: str, holder: Holder) -> Conversation:
        return await self.step(name, HandedOver(self.now, holder, "test"))

    async def tells(self, name: str, words: str, intent: str = "nlu_fallback", confidence: float = 0.9, *, version: str = "v1",
                    likely: Sequence[str] = (), first: bool = False, fills: bool = False, result: TurnResult = TurnResult.TALKED,
                    answer: str = "Ответ") -> Conversation:
        """Somebody says something to the robot, which understands it so; without intent an article answers."""
        missed = intent == "nlu_fallback" and not fills
        ranking = tuple(Ranked(each, round(confidence / place, 4)) for place, each in enumerate((intent, *likely), 1))
        events: tuple[Event, ...] = (UserUttered(Parsed(words, intent, confidence, ranking)), *([SlotSet("town", words)] if fills else []))
        head = await self.step(name, Message(Author.CITIZEN, words, self.now))
        thought = Thought(self.now, head.last, version, intent, confidence, msgspec.json.encode(events).decode() if intent else "", missed, first, result)
        return await self.step(name, thought, Message(Author.BOT, answer, self.now))

    async def handed_over(self, name: str, why: str) -> Conversation:
        """The robot gives up, or somebody wishes it to."""
        return await self.step(name, HandedOver(self.now, InQueue("general", self.now), why))

    async def asks(self, name: str, queue: str = "general") -> Conversation:
        return await self.moves(name, InQueue(queue, self.now))

    async def offered(self, name: str) -> Conversation:
        return await self.step(name, Offered(self.now, "anna", self.now, AssignmentReason(AssignmentRule.IDLE, 0, 0, 0, 0)))

    async def answered(self, name: str, queue: str = "general") -> Conversation:
        return await self.moves(name, WithOperator("anna", self.now, queue, self.now))

    async def closed(self, name: str) -> Conversation:
        return await self.moves(name, Closed(self.now, "other", "anna"))

    async def promised(self, name: str, queue: str = "general") -> Conversation:
        return await self.step(name, PromiseGiven(self.now, self.now + DAY, "", ""), HandedOver(self.now, Promised(queue, self.now), "promised"))

    async def talk(self, name: str, wait_s: float, talk_s: float = 60, queue: str = "general") -> Conversation:
        """Somebody waits, is answered and goes; the time goes on meanwhile."""
        await self.asks(name, queue)
        self.forward(wait_s)
        await self.answered(name, queue)
        self.forward(talk_s)
        return await self.closed(name)


def _owed(head: Conversation, entries: Sequence[ConversationEvent]) -> CallbackPromise | None:
    ended, given = (next((each for each in entries if isinstance(each, kind)), None) for kind in (PromiseEnded, PromiseGiven))
    return promise(given.at, head.address, "test") if given else None if ended else head.promise


def complaint(number: str, day: date, breach: Breach, service: str = "land", authority: str = "rosreestr") -> Case:
    """About a service, registered at noon."""
    moment = at(day, 12)
    ruling = LegalTerms("210", Label.FZ210, "210-ФЗ", moment, LegalTerm(15))
    return Case(number, CaseKind.COMPLAINT, "Долго", NOWHERE, "", "voice", moment, ruling, moment, "general", "general",
                (CaseStep(moment, "anna", Act.REGISTER, CaseState.REGISTERED),), (Classification(moment, "anna", "other", 1),),
                Subject(service, authority, breach=breach))


TWO_CENTRES = """registry = "centres.toml"
centre = { code = "001", name = "Центр области", level = "regional" }
queues = [{ id = "general", title = "Общая", skills = { passports = 3 } }, { id = "federal", title = "Федеральная", centre = "000" }]
topics = [{ id = "other", title = "Другое" }]
"""
YESTERDAY = today() - timedelta(days=1)


async def yesterday(past: Past) -> None:
    """Five at the centre of the region, one at the federal one."""
    await past.talk("вовремя", wait_s=20, talk_s=600)
    await past.asks("отклонили")
    await past.offered("отклонили")
    past.forward(45)
    await past.answered("отклонили")
    past.forward(601)
    await past.closed("отклонили")
    past.now = at(YESTERDAY, 10.5)
    await past.asks("ушёл")
    past.forward(25)
    await past.closed("ушёл")
    await past.asks("обещали")
    past.forward(5)
    owed = (await past.promised("обещали")).promise
    assert owed is not None
    # Kept, or the hub would bring it back into its line at some hour of today.
    past.now = at(YESTERDAY, 10.75)
    await past.answered("обещали")
    await past.step("обещали", PromiseEnded(past.now, owed.due, PromiseEnd.KEPT, "anna"))
    await past.closed("обещали")
    past.now = at(YESTERDAY, 15)
    await past.talk("федеральный", wait_s=5, queue="federal")
    past.now = at(YESTERDAY, 24) - timedelta(seconds=10)
    await past.talk("полночь", wait_s=30)


ROBOT = """robot = { project = "centre" }
centre = { code = "001", name = "Центр области", level = "regional" }
queues = [{ id = "general", title = "Общая" }]
topics = [{ id = "other", title = "Другое" }]
"""
OLD, NEW = "a1b2c3d4e5f60718", "0f1e2d3c4b5a6978"
"""Versions of the dialogue that have talked, and are no more."""


async def talks(past: Past) -> None:
    """Two days of the robot: yesterday seven talks with two versions, and three on the day before."""
    past.now = at(YESTERDAY - timedelta(days=1), 12)
    for name, words in (("раз", "Где получить загранпаспорт?"), ("два", "Где МФЦ"), ("три", "Режим работы")):
        await past.tells(name, words, "ask_mfc", version=OLD)
    await past.handed_over("три", "dialogue")
    past.now = at(YESTERDAY, 10)
    for name, words in (("анна", "Хочу снять гараж с учёта, мой телефон +7 912 345-67-89"), ("борис", "хочу снять гараж с учёта, мой телефон 89031112233")):
        await past.tells(name, words, version=OLD, likely=("ask_fee", "file_complaint", "ask_snils"))
        past.forward(60)
    await past.handed_over("анна", "not_understood")
    await past.tells("борис", "Как получить СНИЛС", "ask_snils", version=OLD)
    past.forward(600)
    await past.tells("вера", "Сколько идёт письмо Иванову Ивану Ивановичу", "check_status", 0.41, version=NEW, likely=("ask_mfc",))
    past.forward(5)
    await past.tells("вера", "Ну и где оно", "check_status", version=NEW)
    await past.handed_over("вера", "asked")
    past.forward(60)
    for name, intent in (("глеб", "ask_snils"), ("дина", "ask_mfc"), ("егор", ""), ("жанна", "ask_mfc")):
        await past.tells(name, "Понятный вопрос", intent, version=NEW)
    await past.step("жанна", HandedOver(past.now, Closed(past.now, "", ""), "left"))
    await past.handed_over("зоя", "asked")
    await past.closed("зоя")


async def fill(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    store = SqliteStore(folder / "okno.db", Russian())
    await yesterday(Past(store, at(YESTERDAY, 9)))
    # What was reported of the federal centre before it was known that somebody had called there at all.
    empty = (await Days(store, Lines([Queue("x", "x", centre="000")]), "001", MOSCOW, lambda: at(today(), 1)).totals(YESTERDAY))["000"]
    await store.put(report("000", empty, 1))
    await store.close()


CAMPAIGN = today() - timedelta(days=29)
"""The day on which the centre 016 was told of, whose calls were 100 a day before and 150 after."""


async def fill_with_calls(folder: Path) -> None:
    """Another hub's reports of the days around a campaign, but for one that never came; weekends have fewer calls."""
    await fill(folder)
    store = SqliteStore(folder / "okno.db", Russian())
    for number in range(-28, 29):
        day = CAMPAIGN + timedelta(days=number)
        calls = (100 if number <= 0 else 150) + (10 if day.weekday() < 5 else -25) + number % 3 - 1
        if number != -3:
            await store.put(Report(key_of("016", at(day, 0)), "016", at(day, 0), 1, {"offered": calls + 40, "calls": calls}))
    await store.close()


SLOW = "id-passport"
"""A service of the demonstration's handbook, with complaints about its term in every tenth contact."""


async def fill_with_effect(folder: Path) -> None:
    """What another hub has reported of thirty days: calls answered within minutes, chats, some in another language, a slow service."""
    await fill(folder)
    store = SqliteStore(folder / "okno.db", Russian())
    for number in range(30):
        day, slower = YESTERDAY - timedelta(days=number), number % 5 * 60
        cells = (EffectCell("voice", "ru", EffectCounts(100, 90, 88, 90, 90 * 200, 90 * 20, 90, 90 * 270 + slower, 81, 4, 5)),
                 EffectCell("web", "ru", EffectCounts(30, 21, 20, 21, 21 * 560, 21 * 40, 21, 21 * 500 + slower, 19, 0, 1)),
                 EffectCell("web", "tt", EffectCounts(10, 9, 8, 9, 9 * 560, 9 * 40, 9, 9 * 400 + slower, 8, 0, 0)))
        await store.put(EffectDay(f"016/{day}", "016", day, 1, cells))
        slow = (ServiceCell(SLOW, "", "16", "", ServiceCounts(30, 30, 2, 3, 3)), *(
            ServiceCell(f"topic/{number}", "", "16", "", ServiceCounts(30, 30, 2)) for number in range(5)))
        await store.put(ServiceDay(f"016/{day}/place", "016", day, 1, Part.PLACE, slow))
    await store.close()


async def fill_with_talks(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    store = SqliteStore(folder / "okno.db", Russian())
    await talks(Past(store, at(YESTERDAY, 9)))
    await store.close()


@contextmanager
def house_that_talked(folder: Path) -> Iterator[House]:
    """A hub whose robot has talked yesterday and the day before; now the house's own project speaks."""
    (folder / "okno.toml").write_text(ROBOT, encoding="utf8")
    asyncio.run(fill_with_talks(folder / "data"))
    with house_in(folder, folder / "okno.toml") as running:
        yield running


@contextmanager
def house_with_a_past(folder: Path) -> Iterator[House]:
    """A hub with the lines of two centres, which worked yesterday."""
    with _house_of_two_centres(folder, fill) as running:
        yield running


@contextmanager
def house_with_calls(folder: Path) -> Iterator[House]:
    """The same, which was told of the calls of a third centre."""
    with _house_of_two_centres(folder, fill_with_calls) as running:
        yield running


@contextmanager
def house_with_effect(folder: Path) -> Iterator[House]:
    """The same, which was told of the effect in a third centre; it has the demonstration's handbook and publishes its indicators."""
    with _house_of_two_centres(folder, fill_with_effect, 'catalogue = "demo"\nopen_data = { address = "https://centre.example" }\n') as running:
        yield running


@contextmanager
def _house_of_two_centres(folder: Path, filled: Callable[[Path], Coroutine[None, None, None]], more: str = "") -> Iterator[House]:
    (folder / "okno.toml").write_text(more + TWO_CENTRES, encoding="utf8")
    (folder / "centres.toml").write_text(files("okno.demo").joinpath("registry.toml").read_text(encoding="utf8"), encoding="utf8")
    asyncio.run(filled(folder / "data"))
    with house_in(folder, folder / "okno.toml") as running:
        yield running
