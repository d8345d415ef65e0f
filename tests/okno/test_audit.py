"""`okno audit`: verified beside a running hub, exported and verified again, and what was done to it is told in words (SE-01)."""

import csv
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.house import Citizen, House, People, house_in, people
from tests.okno.kept import Kept
from tests.okno.test_keys import centre, keys


@pytest.fixture
async def living(tmp_path: Path, kept: Kept) -> AsyncIterator[tuple[House, People]]:
    """A hub with a key that signs, and somewhere else to copy seals to."""
    (tmp_path / "elsewhere").mkdir()
    path = centre(tmp_path, keys(tmp_path) + kept.settings + 'audit = { copies = "elsewhere" }\n')
    assert House(tmp_path, path).run("keys", "new").returncode == 0
    with house_in(tmp_path, path) as house:
        async with people(house) as present:
            await present.admin()
            yield house, present


def verified(house: House, *words: str) -> tuple[int, str]:
    said = house.run("audit", "verify", *words)
    return said.returncode, said.stdout + said.stderr.rpartition("\r")[2]


async def test_it_is_verified_while_the_hub_works_and_harm_is_named(living: tuple[House, People], kept: Kept) -> None:
    house, present = living
    admin = await present.admin()
    assert (await admin.does("GET", "/api/me"))["login"] == "admin"
    code, said = verified(house)
    assert code == 0, said
    assert "✓ записей" in said
    assert "печатей нет" in said
    number = kept.last_about("admin")
    kept.altered(number)
    code, said = verified(house)
    assert code == 3, said
    assert f"✗ запись № {number} изменена: 20" in said
    assert "admin" in said


async def test_a_part_is_exported_with_its_hashes(living: tuple[House, People], tmp_path: Path) -> None:
    # SE-03: the export is a deed itself
    house, present = living
    lines, sheet = tmp_path / "audit.jsonl", tmp_path / "audit.csv"
    today = str(datetime.now(UTC).date())
    for path, form in ((lines, "jsonl"), (sheet, "csv")):
        made = house.run("audit", "export", str(path), "--format", form, "--from", "2020-01-01")
        assert made.returncode == 0, made.stderr
        assert path.stat().st_mode & 0o077 == 0
        assert verified(house, str(path))[0] == 0
        assert house.run("audit", "export", str(path)).returncode == 1  # nothing is written over
    told = [json.loads(line) for line in lines.read_text().splitlines()]
    with sheet.open(newline="") as file:
        cells = list(csv.DictReader(file))
    assert [line["number"] for line in told[1:-1]] == [int(row["number"]) for row in cells[1:-1]][:len(told) - 2]
    assert told[1]["deed"]["at"][:4] == cells[1]["at"][:4] == today[:4]
    admin = await present.admin()
    noted = [audit_entry for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["what"] == "audit_exported"]
    assert len(noted) == 4
    assert "audit.csv" in noted[0]["detail"]
    assert house.run("audit", "export", str(tmp_path / "none"), "--to", "2020-01-01").returncode == 1
    changed_exports_are_found(house, tmp_path)


def changed_exports_are_found(house: House, folder: Path) -> None:
    """Of the whole audit, in both forms."""
    for form in ("jsonl", "csv"):
        path = folder / f"whole.{form}"
        assert house.run("audit", "export", str(path), "--format", form).returncode == 0
        whole = path.read_text().splitlines(keepends=True)
        head = 2 if form == "csv" else 1
        harms = {
            "удалено: запись № 2": [*whole[:head + 1], *whole[head + 2:]],
            "запись № 2 переставлена": [*whole[:head + 1], whole[head + 2], whole[head + 1], *whole[head + 3:]],
            "запись № 1 изменена": [*whole[:head], whole[head].replace("knowledge", "Knowledge", 1), *whole[head + 1:]],
            "запись № 3 изменена": [*whole[:head + 2], whole[head + 2][:30] + "\n", *whole[head + 3:]] if form == "jsonl" else [],
            "запись № 2 вставлена": [*whole[:head + 2], *whole[head + 1:]],
            "конец удалён": whole[:-2],
        }
        for words, harmed in harms.items():
            if harmed:
                path.write_text("".join(harmed))
                code, said = verified(house, str(path))
                assert (code, words in said) == (3, True), (form, words, said)
    (folder / "letter.txt").write_text("Здравствуйте")
    assert verified(house, str(folder / "letter.txt"))[0] == 1


async def test_a_day_is_sealed_at_the_next_start_and_copied(living: tuple[House, People], kept: Kept, tmp_path: Path) -> None:
    house, _ = living
    house.stop()
    yesterday = str(date.today() - timedelta(days=1))  # noqa: DTZ011 - a name is all that is wanted
    house.start()
    sealed = [name for name in kept.seals() if name.endswith(".json")]
    assert len(sealed) == 1
    assert sealed[0][:7] in {yesterday[:7], str(datetime.now(UTC))[:7]}
    assert (tmp_path / "elsewhere" / sealed[0]).read_bytes() == kept.seals()[sealed[0]]
    code, said = verified(house)
    assert code == 0, said
    assert "подтверждён хранителем ключей" in said
    code, said = verified(house, "--until", sealed[0][:10], "--seals", str(tmp_path / "elsewhere"))
    assert code == 0, said
    assert verified(house, "--until", "2020-01-01")[0] == 1
    assert verified(house, "--seals", str(tmp_path / "nowhere"))[0] == 1
    pem = next((tmp_path / "elsewhere").glob("*.pem"))
    assert verified(house, "--key", str(pem))[0] == 0
    kept.cut(1)
    code, said = verified(house, "--seals", str(tmp_path / "elsewhere"))
    assert code == 3, said
    assert "конец журнала удалён" in said


async def test_a_backup_is_brought_back_with_its_seals(living: tuple[House, People], kept: Kept, tmp_path: Path) -> None:
    # CH-06, CH-12
    house, present = living
    citizen = await present.citizen()
    await citizen.tell("до копии")
    async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data="справка".encode()) as answer:
        file = (await answer.json())["file"]
    house.stop()
    house.start()
    assert await opened(house, present, citizen, file) == "справка".encode()
    before = kept.seals()
    assert house.run("backup", str(tmp_path / "backup.tar")).returncode == 0
    later = await present.citizen()
    house.stop()
    assert "holds data already" in house.run("restore", str(tmp_path / "backup.tar")).stderr
    restored = house.run("restore", str(tmp_path / "backup.tar"), "--replace")
    assert restored.returncode == 0, restored.stderr
    assert kept.seals() == before
    assert verified(house)[0] == 0
    assert len(heads(house.data / "before-restore" / "okno.db")) == 2
    house.start()
    async with present.http.get(f"{house.base}/chat/session?token={later.token}") as answer:
        assert answer.status == 404
    assert [message["text"] for message in await citizen.transcript() if message["author"] == "citizen"] == ["до копии"]
    assert await opened(house, present, citizen, file) == "справка".encode()
    assert {path.stem for path in (house.data / "before-restore" / "files").glob("??/*.sealed")} >= {file}


async def opened(house: House, present: People, citizen: Citizen, file: str) -> bytes:
    async with present.http.get(f"{house.base}/chat/files/{file}?token={citizen.token}") as answer:
        return await answer.read()


def heads(file: Path) -> list[int]:
    with closing(sqlite3.connect(file)) as db:
        return [number for (number,) in db.execute("SELECT id FROM conversations")]
