"""After the demonstration nobody finds in what lies on the disk who came, and what was said (SE-01)."""

import gzip
import io
import json
import sqlite3
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from quopri import encodestring
from typing import Any
from urllib.parse import quote

import pytest

from okno.demo.people import people as cast
from tests.house import ADMIN, Citizen, Clerk, House, People, people
from tests.okno.dump import leaked, stands
from tests.storage.data import eventually

VISITORS = range(8)
NAMES = [f"Аглая Неверовцева {number:02}-я" for number in VISITORS]
PHONES = [f"+7916555{4100 + number}" for number in VISITORS]
MAILS = [f"neverovtseva{number:02}@zarechny.example" for number in VISITORS]
TEXTS = [f"Заречинская улица, дом {700 + number}, скрипит крыльцо" for number in VISITORS]
PAPERS = [f"Справка о доходах 4510-{number:02} выдана Невыдуманной" for number in VISITORS]
PLANTED = [*NAMES, *PHONES, *MAILS, *TEXTS, *PAPERS]
TRACES = ["Неверовцева", "neverovtseva", "Заречинская", "крыльцо", "Справка о доходах 4510", "Невыдуманной", *PHONES]
"""Where none of these stands, none of those does, and none of their words, as an index has them."""


class Demonstration(House):
    """The process that `okno demo` starts; its people say what was planted."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        self.starts = ("demo", "--citizens", str(len(VISITORS)), "--operators", "6", "--speed", "15", *options)
        self.kept, self.key = self.data / "demo", self.data / "demo.keys"

    def backup(self, file: Path) -> None:
        keys = {"OKNO_KEY_FILE": str(self.key)} if self.key.exists() else {}
        centre = House(self.folder, environment={"OKNO_DATA": str(self.kept), **keys})
        made = centre.run("backup", str(file))
        assert made.returncode == 0, made.stderr


def town(folder: Path) -> Path:
    """Who comes: each says one number, mailbox and text, and is answered with the same."""
    told = cast()
    stories = [{"name": name, "robot": ["Позовите оператора"], "person": [{"says": each, "reply": f"Записываю: {each}"} for each in said]}
               for name, *said in zip(NAMES, PHONES, MAILS, TEXTS, strict=True)]
    lists = {name: list(getattr(told, name)) for name in ("thanks", "impatient", "greetings", "answers", "checks", "farewells", "notes", "handovers")}
    lines = [f"call = {json.dumps(told.call)}", *(f"{name} = {json.dumps(list_)}" for name, list_ in lists.items())]
    for one in told.operator:
        lines += ["[[operator]]", f'login = "{one.login}"', f'name = "{one.name}"']
    for story in stories:
        lines += ["[[story]]", f'name = "{story["name"]}"', f"robot = {json.dumps(story['robot'])}",
                  "person = [" + ", ".join(f"{{says = {json.dumps(turn['says'])}, reply = {json.dumps(turn['reply'])}}}"
                                           for turn in story["person"]) + "]"]
    file = folder / "people.toml"
    file.write_text("\n".join(lines), encoding="utf8")
    return file


@contextmanager
def shown(folder: Path, *options: str) -> Iterator[Demonstration]:
    house = Demonstration(folder, *options)
    try:
        house.start()
        yield house
    finally:
        house.kill()
        print(house.log.read_text(encoding="utf8")[-4000:])


@asynccontextmanager
async def leading(house: House) -> AsyncIterator[tuple[People, Clerk]]:
    async with people(house) as present:
        yield present, await present.stranger(ADMIN).sign_in(house.password)


async def came(boss: Clerk, number: int) -> bool:
    """Whether a visitor has come and said everything: as the desk shows it."""
    for hit in (await boss.does("GET", f"/api/search?text={quote(PHONES[number])}"))["hits"]:
        if hit["conversation"]["name"] == NAMES[number]:
            told = {entry["text"] for entry in await boss.timeline(hit["conversation"]["id"])}
            if {PHONES[number], MAILS[number], TEXTS[number]} <= told:
                return True
    return False


async def held(present: People, clerk: Clerk, name: str) -> Citizen:
    """A citizen whom this one has taken before any of those who are simulated."""
    while True:
        citizen = await present.citizen(name=name)
        await citizen.tell("Позовите оператора")
        await citizen.line.hear("state", holder="queue")
        if (await clerk.act(citizen.conversation, "take"))[0] == 200:
            return citizen


async def beside(house: House, present: People, boss: Clerk) -> None:
    """What nobody simulated does: papers are sent, read and looked for; a case, a complaint, an appointment and the like are made of it."""
    citizen = await held(present, boss, NAMES[0])
    at, phone, mail, text = citizen.conversation, PHONES[0], MAILS[0], TEXTS[0]
    for paper in PAPERS:
        url, name = f"{house.base}/chat/files?token={citizen.token}", {"X-File-Name": quote(f"{paper}.txt")}
        async with present.http.post(url, data=paper.encode(), headers=name) as answer:
            file = (await answer.json())["file"]
        async with boss.http.get(f"/api/files/{file}?conversation={at}") as answer:
            assert (await answer.read()).decode() == paper

    async def made(path: str, body: dict[str, Any], method: str = "POST") -> Any:
        return await boss.does(method, path, body)
    own = f"/api/conversations/{at}"
    words = f"{NAMES[0]}, {phone}, {mail}: {text}"
    await made(f"{own}/note", {"key": mail, "text": words})
    case = (await made(f"{own}/cases", {"key": "k1", "kind": "request", "topic": "documents", "text": words}))["case"]["number"]
    await made(f"{own}/cases", {"key": "k2", "kind": "complaint", "topic": "documents", "text": words,
                                "matter": {"deviation": words, "breach": "late_service"}})
    for act, why in (("take", ""), ("suspend", words), ("resume", ""), ("answer", words)):
        await made(f"/api/cases/{case}/steps", {"act": act, "why": why})
    await made(f"{own}/hold", {"held": True, "why": words}, "PUT")
    await made(f"{own}/demands", {"kind": "copy", "text": words})
    await made("/api/blocks", {"family": "sms", "pattern": PHONES[1], "reason": words, "days": 1})
    await made("/api/gaps", {"text": words})
    await made(f"{own}/promise", {"why": words, "number": phone})
    other = (await present.citizen(name=NAMES[1])).conversation
    await made(f"/api/conversations/{other}/reason", {"why": f"{NAMES[1]} звонит с {phone}, пишет с {mail}"})
    for wanted in (phone, mail, "неверовцева", TEXTS[0].partition(",")[0]):
        await boss.does("GET", f"/api/search?text={quote(wanted)}")
    await boss.call("POST", f"{own}/reply", {"key": text, "text": 7})
    async with present.http.get(f"{house.base}/metrics") as answer:
        assert leaked_in(await answer.text()) == []


def leaked_in(told: str) -> list[str]:
    return [each for each in PLANTED if stands(each, told.encode())]


async def demonstrated(house: Demonstration, copy: Path) -> None:
    """Until everybody was there; then it is copied."""
    async with leading(house) as (present, boss):
        line, missing = await boss.live(), set(TEXTS)
        await beside(house, present, boss)
        while missing:  # the text is the last thing that each of them says before he is thankful
            said = str((await line.hear("conversation"))["conversation"]["last_text"])  # type: ignore[index]
            line.unheard.clear()
            missing -= {text for text in missing if text in said}
        for number in VISITORS:
            await eventually(partial(came, boss, number))
        house.backup(copy)


async def test_nothing_planted_is_found_after_the_demonstration(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    # SE-01: database, its log, files, the audit and its seals, what the hub tells of itself, a backup; while it runs and afterwards
    with shown(tmp_path, "--people", str(town(tmp_path_factory.mktemp("town")))) as house:
        await demonstrated(house, tmp_path / "all.tar")
        assert leaked(TRACES, tmp_path) == {}
        house.stop()
        assert leaked(TRACES, tmp_path) == {}
        assert not house.complaints()


async def test_all_of_it_is_found_where_nothing_is_sealed(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    # SE-01: it was all there to be found
    with shown(tmp_path, "--clear", "--people", str(town(tmp_path_factory.mktemp("town")))) as house:
        await demonstrated(house, tmp_path / "all.tar")
        house.stop()
        for place in (house.kept, tmp_path / "all.tar"):
            assert leaked([*PLANTED, *TRACES], place).keys() == {*PLANTED, *TRACES}


def _tar(content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("a")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def _zip(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    return packed.getvalue()


def _database(content: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE a (a)")
        db.execute("INSERT INTO a VALUES (?)", (bytes(3000) + content + bytes(9000),))
        return db.serialize()


@pytest.mark.parametrize("hidden", [
    TEXTS[0].encode(), TEXTS[0].lower().encode(), TEXTS[0].encode("utf-16-le"), TEXTS[0].encode("cp1251"), b64encode(TEXTS[0].encode()),
    b64encode(b"a" + TEXTS[0].encode()), b64encode(b"ab" + TEXTS[0].encode() + b"c"), encodestring(TEXTS[0].encode()), quote(TEXTS[0]).encode(),
    json.dumps(TEXTS[0]).encode(), gzip.compress(TEXTS[0].encode()), _zip(TEXTS[0].encode()), _tar(gzip.compress(TEXTS[0].encode())),
    _database(TEXTS[0].encode()), _tar(_database(TEXTS[0].encode()))], ids=[
    "plain", "lower", "utf-16", "cp1251", "base64", "base64-1", "base64-2", "quoted", "percent", "json", "gzip", "zip", "tar-gzip", "cells", "tar-cells"])
def test_a_text_is_found_however_it_is_written(hidden: bytes, tmp_path: Path) -> None:
    # SE-01
    (tmp_path / "a").write_bytes(hidden)
    assert leaked([TEXTS[0], TEXTS[1]], tmp_path).keys() == {TEXTS[0]}


@pytest.mark.parametrize("written", ["+79165554100", "8 (916) 555-41-00", "7.916.555.41.00"])
def test_a_number_is_found_however_its_digits_are_set_apart(written: str) -> None:
    # SE-01
    assert stands(PHONES[0], written.encode())
