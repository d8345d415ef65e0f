"""A real hub for tests: the process that `okno run` starts, and the people who come to it, by its outer contract only."""

import json
import os
import re
import select
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

import aiohttp

from tests import parts, prepared
from tests.channels.line import PATIENCE_S, Frame, HungUpError, Line

__all__ = [
    "ADMIN",
    "PASSWORD",
    "Citizen",
    "Clerk",
    "Frame",
    "House",
    "HungUpError",
    "Line",
    "NotStartedError",
    "People",
    "house_in",
    "hub_of",
    "knowledge_alone",
    "people",
    "plain",
    "talking",
]
OKNO = str(Path(sys.executable).with_name("okno"))
SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ADMIN, PASSWORD = "admin", "a long enough password"

_numbers = count(1)


class NotStartedError(Exception):
    """The process ended before it was ready; the text is what it said on stderr."""


class House:
    """One hub: its data folder, its address, and its process while it runs."""

    def __init__(self, folder: Path, config: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
        self.folder, self._config = folder, config
        self._environment = {"OKNO_LIMITS": "off"} | dict(environment or {})
        self.data, self.log = folder / "data", folder / "log"
        self.program: tuple[str, ...] = (OKNO,)
        """What `okno` is: another build of it begins otherwise."""
        self.starts: tuple[str, ...] = ("run",)
        self.listen, self.base, self.password = "127.0.0.1:0", "", ""
        self.trust: ssl.SSLContext | None = None
        """Whom people trust where it is reached by https."""
        self._process: subprocess.Popen[bytes] | prepared.Child | None = None
        self._read = 0

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("OKNO_", "PYTHON"))}
        return own | {"OKNO_LISTEN": self.listen, "OKNO_DATA": str(self.data)} | self._environment

    def command(self, *words: str) -> list[str]:
        return [*self.program, *words, *(["--config", str(self._config)] if self._config else [])]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Another command of okno on the same centre."""
        command = self.command(*words)
        if self._is_prepared(command):
            return prepared.run(command, self.environment, PATIENCE_S)
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def begin(self) -> subprocess.Popen[bytes] | prepared.Child:
        """Start the process without waiting for anything."""
        command = self.command(*self.starts)
        with self.log.open("ab") as log:
            if self._is_prepared(command):
                self._process = prepared.begin(command, self.environment, log)
            else:
                self._process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=log)
        return self._process

    def _is_prepared(self, command: list[str]) -> bool:
        """Whether it may begin with what others have imported: not on its journeys, and not where another Python or another program starts it."""
        return parts.running() != "journeys" and command[0] == OKNO and "PYTHONPATH" not in self._environment

    def start(self) -> Self:
        """Start, and wait until it says that it is ready. Raises NotStartedError."""
        self.begin()
        said = self.announced()
        self.base = re.findall(r"https?://\S+?:\d+", said)[0]
        self.listen = self.base.partition("://")[2]
        if found := re.search(r"пароль (\S+)", said):
            self.password = found[1]
        with urlopen(self.base + "/healthz", timeout=PATIENCE_S, context=self.trust) as answer:
            assert answer.status == 200
        return self

    def announced(self) -> str:
        """What it says on stdout until it is ready, at its start and again after a restore. Raises NotStartedError."""
        assert self._process is not None
        assert self._process.stdout is not None
        said = ""
        while "/api/openapi.json" not in said:
            piece = os.read(self._process.stdout.fileno(), 1 << 16)
            if not piece:
                self._process.wait(PATIENCE_S)
                raise NotStartedError(self.log.read_text(encoding="utf8")[-4000:])
            said += piece.decode()
        return said

    def said(self) -> str:
        """What it has said on stdout by now, and not been asked for."""
        assert self._process is not None
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        try:
            return os.read(self._process.stdout.fileno(), 1 << 16).decode()
        except BlockingIOError:
            return ""
        finally:
            os.set_blocking(self._process.stdout.fileno(), True)

    def tell(self, number: signal.Signals) -> None:
        """Whoever stops it, or lets it go on, means the hub and not its supervisor, which cannot hand that through."""
        assert self._process is not None
        if number in {signal.SIGSTOP, signal.SIGCONT}:
            os.kill(self.pid, number)
        else:
            self._process.send_signal(number)

    def wait(self) -> int:
        """The exit code."""
        assert self._process is not None
        try:
            return self._process.wait(PATIENCE_S)
        finally:
            if self._process.stdout:
                self._process.stdout.close()

    def kill(self) -> None:
        """As a power cut: without any warning."""
        if self._process and self._process.poll() is None:
            hub = os.pidfd_open(self.pid)
            self._process.kill()
            self.wait()
            assert select.select([hub], [], [], PATIENCE_S)[0]  # the kernel ends it with its supervisor
            os.close(hub)

    def stop(self) -> int:
        self.tell(signal.SIGTERM)
        return self.wait()

    def way(self) -> aiohttp.TCPConnector:
        """Connections to it, as many as one likes."""
        return aiohttp.TCPConnector(limit=0, ssl=self.trust or True)

    @property
    def pid(self) -> int:
        """Of the hub itself, which is the child of its supervisor; of a demonstration it is the process that was started."""
        assert self._process is not None
        return hub_of(self._process.pid) if self.starts == ("run",) else self._process.pid

    @property
    def supervisor(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def complaints(self) -> list[str]:
        """New lines of the log that no run should leave behind, each with what follows it."""
        new = self.log.read_text(encoding="utf8")[self._read:]
        self._read += len(new)
        return [new[at.start():at.start() + 3000] for at in re.finditer(r"^.*(Traceback|never retrieved|Error).*$", new, re.MULTILINE)][:5]


def hub_of(supervisor: int) -> int:
    """The process of the hub that `okno run` has started and watches; the one itself while there is none."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text("ascii").split()
    return int(children[0]) if children else supervisor


def plain(folder: Path) -> Path:
    """The demonstration configuration without what its robot knows: such a hub starts in a third of the time."""
    config = folder / "plain.toml"
    lines = (files("okno.demo") / "okno.toml").read_text("utf8").splitlines(keepends=True)
    kept = [line for line in lines if line not in {'catalogue = "demo"\n', 'project = "centre"\n'}]
    assert len(lines) - len(kept) == 2
    config.write_text("".join(kept), "utf8")
    return config


def knowledge_alone(folder: Path, build: Path | None = None) -> Path:
    """The demonstration configuration, of this or another build, where no dialogue speaks: each question has one answer, at once."""
    config = folder / "knowledge.toml"
    demo = ((build / "okno/demo" if build else files("okno.demo")) / "okno.toml").read_text("utf8")
    assert 'project = "centre"' in demo
    config.write_text(demo.replace('project = "centre"', 'project = ""'), "utf8")
    return config


@contextmanager
def house_in(folder: Path, config: Path | None = None, environment: Mapping[str, str] | None = None) -> Iterator[House]:
    """A hub that runs, and is gone afterwards whatever happens."""
    house = House(folder, config, environment)
    try:
        yield house.start()
    finally:
        house.kill()
        print(house.log.read_text(encoding="utf8")[-4000:])  # shown with the test that fails


class Citizen:
    """Someone's page with the chat: his token, what he has seen, his line."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http, self._base = http, base
        self.token = self.conversation = ""
        self.line: Line

    async def enter(self, **told: str) -> Self:
        async with self._http.post(self._base + "/chat/sessions", json=told) as answer:
            if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise HungUpError(1013)
            assert answer.status == 200, await answer.text()
            opened = await answer.json()
        self.token, self.conversation = opened["token"], opened["conversation"]
        return await self.connect()

    async def connect(self, after: int | str = "", **options: Any) -> Self:
        address = f"{self._base}/chat/socket?token={self.token}" + (f"&after={after}" if after else "")
        self.line = Line(await self._http.ws_connect(address, max_msg_size=0, **options))
        return self

    async def say(self, text: str, key: str = "") -> str:
        key = key or f"key {next(_numbers)}"
        await self.line.send(type="say", key=key, text=text)
        return key

    async def tell(self, text: str) -> Frame:
        """Say, and wait for the acknowledgement and for one's own message to appear."""
        key = await self.say(text)
        await self.line.hear("stored", key=key)
        return await self.line.hear("message", author="citizen", key=key)

    async def transcript(self) -> list[Frame]:
        """The whole conversation as a page that has forgotten everything gets it."""
        again = Citizen(self._http, self._base)
        again.token = self.token
        await again.connect()
        await again.line.hear("state")
        await again.line.close()
        return [frame for frame in again.line.unheard if frame["type"] == "message"]


class Clerk:
    """Someone at the desk: cookie, form key, REST and the live socket."""

    def __init__(self, house: House, login: str) -> None:
        self.house, self.login = house, login
        self.http = aiohttp.ClientSession(house.base, cookie_jar=aiohttp.CookieJar(unsafe=True), connector=house.way())
        self.csrf, self.reason = "", "проверка качества"

    async def call(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        """As the desk does: where a reason must be stated first, it is, unless `reason` is ""."""
        answer = await self._call(method, path, body, **options)
        if answer[0] == HTTPStatus.FORBIDDEN and answer[1]["error"] == "no_ground" and self.reason:
            conversation = re.findall(r"conversations?[/=](\d+)", path)[0]
            await self._call("POST", f"/api/conversations/{conversation}/reason", {"why": self.reason})
            answer = await self._call(method, path, body, **options)
        return answer

    async def _call(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self.csrf} | options.pop("headers", {})
        async with self.http.request(method, path, json=body, headers=headers, **options) as answer:
            content = await answer.read()
            told = json.loads(content) if answer.content_type == "application/json" else content
            if isinstance(told, dict) and SCIM_ERROR in told.get("schemas", ()):  # RFC 7644 has a form of its own; the code is in it, too
                told["error"], _, told["text"] = told["detail"].partition(": ")
            return answer.status, told

    async def does(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """A call that must succeed."""
        status, answer = await self.call(method, path, body, **options)
        assert status == 200, (method, path, status, answer)
        return answer

    async def sign_in(self, password: str = PASSWORD) -> Self:
        """Sign in; whoever must change the password does."""
        me = await self.does("POST", "/api/session", {"login": self.login, "password": password})
        self.csrf = me["csrf"]
        if me["must_change_password"]:
            await self.does("POST", "/api/password", {"old": password, "new": PASSWORD})
        return self

    async def act(self, conversation: str, what: str, body: object = None) -> tuple[int, Any]:
        return await self.call("POST", f"/api/conversations/{conversation}/{what}", body)

    async def timeline(self, conversation: str) -> list[Frame]:
        """Every entry of a conversation, oldest first, page by page."""
        entries: list[Frame] = []
        more, before = True, "0"
        while more:
            page = await self.does("GET", f"/api/conversations/{conversation}?before={before}")
            entries[:0] = page["entries"]
            more, before = page["more"], page["entries"][0]["id"]
        return entries

    async def live(self) -> Line:
        return Line(await self.http.ws_connect("/api/socket", headers={"Origin": self.house.base}, max_msg_size=0))

    async def close(self) -> None:
        await self.http.close()


@asynccontextmanager
async def people(house: House) -> AsyncIterator["People"]:
    """Citizens and clerks of one test, all gone at its end."""
    present = People(house)
    try:
        yield present
    finally:
        await present.leave()


class People:
    def __init__(self, house: House) -> None:
        self._house = house
        self._clerks: list[Clerk] = []
        self.http = aiohttp.ClientSession(connector=house.way(), cookie_jar=aiohttp.DummyCookieJar())

    async def citizen(self, **told: str) -> Citizen:
        return await Citizen(self.http, self._house.base).enter(**told)

    def stranger(self, login: str = "nobody") -> Clerk:
        """Someone at the desk who has not signed in."""
        clerk = Clerk(self._house, login)
        self._clerks.append(clerk)
        return clerk

    async def admin(self) -> Clerk:
        """The first operator; he changes his one-time password when he comes for the first time."""
        password, self._house.password = self._house.password or PASSWORD, ""
        return await self.stranger(ADMIN).sign_in(password)

    async def clerk(self, admin: Clerk, role: str = "operator", queues: tuple[str, ...] = ("general",)) -> Clerk:
        """A new colleague with his own password, signed in."""
        return await self.named(admin, f"{role}{next(_numbers)}", role, queues)

    async def named(self, admin: Clerk, login: str, role: str = "operator", queues: tuple[str, ...] = ("general",)) -> Clerk:
        """The same, with a login that a test has written down before."""
        opened = await admin.does("POST", "/api/operators", {"login": login, "name": login.title(), "role": role, "queues": queues})
        return await self.stranger(login).sign_in(opened["one_time_password"])

    async def leave(self) -> None:
        for clerk in self._clerks:
            await clerk.close()
        await self.http.close()


async def talking(at: People, clerk: Clerk, **told: Any) -> Citizen:
    """A citizen who has asked for a person, and whom this one has taken."""
    citizen = await at.citizen(**told)
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    return citizen
