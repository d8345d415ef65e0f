"""Everybody whom docs/access.md tells apart, at a hub of three levels; and what the page says of each, read from the page itself."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import NamedTuple

import aiohttp

from hub.access.operator import Operator, Role, SignIn
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, Conversation, InQueue
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.organisation.centre import Function
from okno.app import running
from okno.config import Config, load

PAGE = Path(__file__).parent.parent / "docs/access.md"
SEEING, BLIND = "Видящий подрядчик", "Слепой подрядчик"
GIVEN = {SEEING: frozenset({Function.INFORMATION, Function.CALLBACKS}), BLIND: frozenset({Function.INFORMATION})}
"""What each contractor was given, by each centre; only the first with personal data."""
QUEUES = {"Ф": "country", "Р": "region", "М": "city"}
ROLES = {"оператор": Role.OPERATOR, "старший": Role.SENIOR, "супервизор": Role.SUPERVISOR, "редактор": Role.DESIGNER, "админ.": Role.ADMIN, "табло": Role.WALL}
FUNCTIONS = {"информирование": Function.INFORMATION, "статус": Function.STATUS, "запись": Function.BOOKING, "жалобы": Function.COMPLAINTS,
             "обратные звонки": Function.CALLBACKS, "опросы": Function.SURVEYS}
CONFIG = """
registry = "centres.toml"
centre = { code = "001", level = "regional" }
store = { kind = "memory" }
queues = [{ id = "region", title = "Область" }, { id = "city", title = "Город", centre = "077" }, { id = "country", title = "Россия", centre = "000" }]
topics = [{ id = "other", title = "Другое" }]
routing = { queue = "region" }
"""
NOW = datetime.now(UTC)


class Account(NamedTuple):
    role: Role
    level: str
    contractor: str

    @property
    def login(self) -> str:
        return f"{self.role}-{QUEUES[self.level]}-{['', SEEING, BLIND].index(self.contractor)}"

    def operator(self) -> Operator:
        functions = tuple(Function) if self.contractor else ()
        return Operator(self.login, self.login, self.role, (QUEUES[self.level],), contractor=self.contractor, functions=functions)


ACCOUNTS = [Account(*each) for each in product(Role, QUEUES, ("", SEEING, BLIND))]


class Row(NamedTuple):
    """A right as it is printed."""

    roles: frozenset[Role]
    scope: str
    levels: frozenset[str]
    contractor: str

    def grants(self, who: Account, *, elsewhere: bool) -> bool:
        """`elsewhere`: it is about a conversation of another centre."""
        if who.role not in self.roles or who.level not in self.levels or (elsewhere and self.scope in {"своё", "свой центр"}):
            return False
        if not who.contractor or self.contractor == "всегда":
            return True
        asked, personal = re.subn(", с перс. данными$", "", self.contractor)
        if asked == "нет" or (personal and who.contractor == BLIND):
            return False
        return asked == "переданная функция" or any(FUNCTIONS[each] in GIVEN[who.contractor] for each in asked.split(", "))


def section(title: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    text = PAGE.read_text(encoding="utf8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines() if line.startswith("|")]
    return [[row[0].lstrip("| "), *row[1:-1], row[-1].rstrip("| ")] for row in rows[2:]]


def rights() -> dict[str, Row]:
    names = list(ROLES.values())
    return {row[0].strip("`"): Row(frozenset(role for role, mark in zip(names, row[2:8], strict=True) if mark), row[8], frozenset(row[9].split()), row[10])
            for row in section("Права")}


def needs(title: str) -> dict[str, list[str]]:
    """What the requests, or the frames, of a section need one of."""
    return {" ".join([row[0].strip("`"), *row[1:-1]]): re.findall(r"`(\w+)`", row[-1]) for row in section(title)}


def configured(folder: Path, more: str = "") -> Config:
    """The hub's configuration: three levels, and two contractors at each of their centres; and `more` tables."""
    registry = (files("okno.demo") / "registry.toml").read_text(encoding="utf8")
    contracts = ", ".join(
        f'{{ contractor = "{name}", function = "{function}", personal_data = {str(name == SEEING).lower()}, service_level = "-", valid_from = 2025-06-01 }}'
        for name, given in GIVEN.items() for function in given)
    registry = re.sub(r"\n\[\[centre\.contracts\]\](\n.+)+", "", registry)
    (folder / "centres.toml").write_text(re.sub(r"\nowner = ", f"\ncontracts = [{contracts}]\nowner = ", registry), encoding="utf8")
    (folder / "okno.toml").write_text(CONFIG + more, encoding="utf8")
    return load(folder / "okno.toml", {"OKNO_LISTEN": "127.0.0.1:0", "OKNO_DATA": str(folder / "data"), "OKNO_LIMITS": "off"})


class Hub:
    """A hub of the real application: in each centre one conversation waits and one is over, and everybody has signed in."""

    def __init__(self, address: str, store: Store) -> None:
        self.address, self.store = address, store
        self.waiting: dict[str, int] = {}
        self.over: dict[str, int] = {}

    async def furnish(self) -> None:
        for number, (level, queue) in enumerate(QUEUES.items(), 1):
            self.waiting[level] = await self._conversation(number, InQueue(queue, NOW), "")
            self.over[level] = await self._conversation(number + 10, Closed(NOW, "other", ""), queue)
        await self.accounts()

    async def accounts(self) -> None:
        for each in ACCOUNTS:
            await self.admit(each.operator())

    async def admit(self, operator: Operator) -> None:
        """Open an account that has just signed in: its cookie is its login."""
        token = hashlib.sha256(operator.login.encode()).hexdigest()
        await self.store.put(operator)
        await self.store.put(SignIn(token, operator.login, "csrf", NOW, NOW + timedelta(hours=1)))

    async def _conversation(self, number: int, holder: InQueue | Closed, line: str) -> int:
        said = Message(Author.CITIZEN, "Мой номер +7 916 123-45-21", NOW, name="Иван Петров")
        records = (StoredEvent(number * 1000, number, said), StoredEvent(number * 1000 + 1, number, HandedOver(NOW, holder, "test")))
        head = Conversation(number, f"001-261126-{number:05}-1", Address("web.chat", f"somebody-{number}"), NOW, holder,
                            last=number * 1000 + 1, citizen=Citizen("Иван Петров"), line=line)
        await self.store.commit(Commit(number, 0, records, head))
        return number

    @asynccontextmanager
    async def desk(self, who: Account) -> AsyncIterator[aiohttp.ClientSession]:
        headers = {"Cookie": f"okno={who.login}", "X-CSRF-Token": "csrf", "Origin": self.address}
        async with aiohttp.ClientSession(self.address, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield http


@asynccontextmanager
async def hub_in(folder: Path, more: str = "") -> AsyncIterator[Hub]:
    async with running(configured(folder, more)) as real:
        hub = Hub(real.address, real.store)
        await hub.furnish()
        yield hub
