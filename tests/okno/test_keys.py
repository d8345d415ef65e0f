"""Keys of files and terms of recordings from the command line, beside a running hub (SE-04, CH-06)."""

import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import Deleted, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Commit
from hub.kernel.ids import first_id
from storage.files import FileStore
from storage.keys.file import KeyFile
from storage.sqlite import SqliteStore
from tests.house import Citizen, House, NotStartedError, People, house_in, people
from tests.okno.kept import Kept, Server
from tests.peers.softhsm import MODULE, PIN, Token
from tests.storage.data import at, eventually

CENTRE = """queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
retention = { recordings_days = 30 }
"""
SECRET = "справка о доходах 4510".encode()


def keys(folder: Path) -> str:
    return f'keys = {{ driver = "file", settings = {{ path = "{folder}/okno.keys" }} }}\n'


def centre(folder: Path, more: str = "") -> Path:
    path = folder / "centre.toml"
    path.write_text(CENTRE + more, encoding="utf8")
    return path


def clear(folder: Path) -> bool:
    return any(SECRET in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def uploaded(house: House, present: People, citizen: Citizen) -> str:
    async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data=SECRET) as answer:
        return str((await answer.json())["file"])


async def downloaded(house: House, present: People, citizen: Citizen, file: str) -> bytes:
    async with present.http.get(f"{house.base}/chat/files/{file}?token={citizen.token}") as answer:
        return await answer.read()


@pytest.fixture
async def sealed(tmp_path: Path, kept: Kept) -> AsyncIterator[tuple[House, People]]:
    """A running hub with a key."""
    made = House(tmp_path, centre(tmp_path, keys(tmp_path) + kept.settings)).run("keys", "new")
    assert made.returncode == 0, made.stderr
    with house_in(tmp_path, tmp_path / "centre.toml") as house:
        async with people(house) as present:
            yield house, present


@pytest.mark.parametrize("kept", ["sqlite"], indirect=True)
async def test_a_backup_stays_sealed_and_is_restored_by_its_key_alone(sealed: tuple[House, People], tmp_path: Path) -> None:
    # SE-04
    house, present = sealed
    citizen = await present.citizen()
    file = await uploaded(house, present, citizen)
    assert house.run("backup", str(tmp_path / "backup.tar")).returncode == 0
    assert not clear(house.data)
    assert SECRET not in (tmp_path / "backup.tar").read_bytes()
    with tarfile.open(tmp_path / "backup.tar") as tar:
        assert {Path(name).suffix for name in tar.getnames() if file in name} == {".sealed", ".key"}
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other", tmp_path / "centre.toml")
    assert other.run("restore", str(tmp_path / "backup.tar")).returncode == 0
    (name,) = other.run("keys", "new").stdout.split(":")[:1]
    assert oct((tmp_path / "okno.keys").stat().st_mode & 0o777) == "0o600"
    try:
        other.start()
        assert await downloaded(other, present, citizen, file) == SECRET
    finally:
        other.kill()
    (tmp_path / "okno.keys").write_text((tmp_path / "okno.keys").read_text().splitlines()[-1])
    checked = other.run("check")
    assert checked.returncode == 1
    assert "is not there" in checked.stderr
    assert name not in checked.stderr
    with pytest.raises(NotStartedError, match=r"okno: .*okno\.keys: the key [0-9a-f]{16} is not there"):
        other.start()
    with pytest.raises(NotStartedError, match=r"sealed by the key [0-9a-f]{16}: the configuration names no \[keys\]"):
        House(tmp_path / "other", centre(tmp_path)).start()
    assert not house.complaints()


async def test_keys_are_changed_while_the_hub_runs(sealed: tuple[House, People], kept: Kept, tmp_path: Path) -> None:
    # SE-04
    house, present = sealed
    citizen = await present.citizen()
    file = await uploaded(house, present, citizen)
    before, (old,) = kept.content(file), KeyFile(tmp_path / "okno.keys")._keys()
    assert house.run("keys", "new").returncode == 0
    rotated = house.run("keys", "rotate", "--data")
    assert rotated.returncode == 0, rotated.stderr
    assert "rows of the database, too" in rotated.stdout
    assert "1 files are sealed by the newest key now" in rotated.stdout
    assert f"{old}: nothing is sealed by this key any more" in rotated.stdout
    assert kept.content(file) == before
    (tmp_path / "okno.keys").write_text((tmp_path / "okno.keys").read_text().splitlines()[-1])
    assert await downloaded(house, present, citizen, file) == SECRET
    assert "✓ keys: file, files are sealed by" in house.run("check").stdout
    assert not house.complaints()


@pytest.mark.peers
async def test_keys_may_stay_in_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # SE-01: made there, used by two processes at once, changed while the hub runs, and away for a while
    token = Token(tmp_path)
    for name, value in token.environment.items():
        monkeypatch.setenv(name, value)
    pin = tmp_path / "pin"
    pin.write_text(PIN, encoding="ascii")
    pin.chmod(0o600)
    settings = f'{{ module = "{MODULE}", token = "{token.label}", pin_file = "{pin}" }}'
    config = centre(tmp_path, f'keys = {{ driver = "pkcs11", settings = {settings} }}\n')
    made = House(tmp_path, config).run("keys", "new")
    assert made.returncode == 0, made.stderr
    old = made.stdout.split(":")[0]
    with house_in(tmp_path, config) as house:
        async with people(house) as present:
            citizen = await present.citizen()
            file = await uploaded(house, present, citizen)
            assert not clear(house.data)
            assert house.run("keys", "new").returncode == 0
            rotated = house.run("keys", "rotate", "--data")
            assert rotated.returncode == 0, rotated.stderr
            assert f"{old}: nothing is sealed by this key any more" in rotated.stdout
            token.taken_out()
            assert house.run("check").returncode == 1
            token.put_back()
            assert await downloaded(house, present, citizen, file) == SECRET


@pytest.mark.parametrize("kept", ["sqlite"], indirect=True)
async def test_without_its_key_the_hub_takes_no_file_and_goes_on(sealed: tuple[House, People], tmp_path: Path) -> None:
    # SE-04, CH-06: the key is gone while the hub runs
    house, present = sealed
    citizen = await present.citizen()
    file = await uploaded(house, present, citizen)
    (tmp_path / "okno.keys").rename(tmp_path / "away")
    async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data=SECRET + b"2") as answer:
        assert answer.status == 503
    async with present.http.get(f"{house.base}/chat/files/{file}?token={citizen.token}") as answer:
        assert answer.status == 503
    await citizen.tell("а написать можно")
    (tmp_path / "away").rename(tmp_path / "okno.keys")
    assert await downloaded(house, present, citizen, file) == SECRET
    assert not clear(house.data)


@pytest.mark.peers
@pytest.mark.parametrize("kept", ["mongodb"], indirect=True)
async def test_what_lay_in_clear_on_a_server_is_sealed_while_no_hub_works(tmp_path: Path, kept: Server) -> None:
    # SE-01
    word = "Заречинская"
    with house_in(tmp_path, centre(tmp_path, kept.settings)) as house:
        async with people(house) as present:
            citizen = await present.citizen()
            await citizen.tell(word)
            centre(tmp_path, kept.settings + keys(tmp_path))
            assert house.run("keys", "new").returncode == 0
            assert "another okno" in house.run("keys", "rotate").stderr
            house.stop()
            with pytest.raises(NotStartedError, match="okno keys rotate"):
                house.start()
            assert word.encode() in kept.everything()
            kept.leased(datetime.now(UTC) + timedelta(hours=1))
            for command in ("rotate", "wipe"):
                assert "stop all hubs" in house.run("keys", command).stderr
            kept.leased(datetime.now(UTC) - timedelta(hours=1))
            rotated = house.run("keys", "rotate")
            assert (rotated.returncode, "rows of the database, too" in rotated.stdout) == (0, True), rotated.stderr
            wiped = house.run("keys", "wipe")
            assert (wiped.returncode, "oplog) holds all since" in wiped.stdout) == (0, True), wiped.stderr
            assert word.encode() not in kept.everything()
            house.start()
            assert [message["text"] for message in await citizen.transcript() if message["author"] == "citizen"] == [word]


PLANTED = [f"{word}{number}" for number in range(10) for word in ("Заречинская", "+7916555", "Невыдуманное обращение ", "mail")]


async def plant(house: House, present: People, planted: int) -> Citizen:
    """A citizen says it all, and gives some of it as his name. `planted` is how often that was done, this time included."""
    citizen = await Citizen(present.http, house.base).enter(name=PLANTED[0])
    for text in PLANTED[1:]:
        await citizen.tell(text)
    admin = await present.admin()

    async def found() -> bool:
        return len((await admin.does("GET", "/api/search?text=невыдуманные"))["hits"]) >= 10 * planted
    await eventually(found)
    return citizen


async def test_what_lay_in_clear_is_sealed_and_nothing_planted_is_found_in_what_is_kept(tmp_path: Path) -> None:
    # SE-01, SE-04: in the database, its log, the files, what the hub tells of itself, and a backup
    centre(tmp_path)
    with house_in(tmp_path, tmp_path / "centre.toml") as house:
        async with people(house) as present:
            citizen = await plant(house, present, 1)
            file = await uploaded(house, present, citizen)
            assert clear(house.data / "files")
            assert house.run("keys", "rotate").returncode == 1
            assert house.run("keys", "new").returncode == 1
            house.stop()
            assert planted(tmp_path)
            centre(tmp_path, keys(tmp_path))
            assert house.run("keys", "new").returncode == 0
            house.start()
            assert await downloaded(house, present, citizen, file) == SECRET
            rotated = house.run("keys", "rotate")
            assert rotated.returncode == 0, rotated.stderr
            assert "rows of the database, too" in rotated.stdout
            assert not clear(house.data / "files")
            assert await downloaded(house, present, citizen, file) == SECRET
            assert "another okno" in house.run("keys", "wipe").stderr
            house.stop()
            assert house.run("keys", "wipe").returncode == 0
            assert planted(tmp_path) == []
            house.start()
            async with people(house) as later:  # whose connections are none of the hub before
                await plant(house, later, 2)
            assert house.run("keys", "rotate", "--data").returncode == 0
            assert house.run("backup", str(tmp_path / "all.tar")).returncode == 0
            assert not house.complaints()
            assert planted(tmp_path) == []
            house.stop()
            assert planted(tmp_path) == []


def planted(folder: Path) -> list[str]:
    """What of it stands in the clear in any file below a folder."""
    content = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [text for text in PLANTED for every in (text, text.lower()) if any(every.encode() in each for each in content)]


async def old_talk(house: House) -> int:
    """A recording of 2026 in the data of a hub that does not run."""
    store = SqliteStore(house.data / "okno.db", Russian())
    sound = Attachment(await FileStore(house.data / "files").put(SECRET), "Запись.flac", "audio/flac", len(SECRET))
    number = first_id(at(0))
    head = Conversation(number, "000-240101-00001-1", Address("voice.asterisk", "+79990001122"), at(0), WithBot())
    message = StoredEvent(number + 1, number, Message(Author.SYSTEM, "Запись разговора", at(0), key="1", internal=True, attachments=(sound,)))
    await store.commit(Commit(number, 0, (message,), head))
    await store.put(Upload(key_of(number, sound.file), sound, message.id))
    await store.close()
    return number


async def test_what_is_over_is_listed_and_deleted(tmp_path: Path) -> None:
    # SE-04
    (tmp_path / "data").mkdir()
    house = House(tmp_path, centre(tmp_path))
    number = await old_talk(house)
    listed = house.run("retention", "--dry-run")
    assert listed.returncode == 0, listed.stderr
    assert "000-240101-00001-1" in listed.stdout
    assert "1 recordings, the oldest of 2026-01-01, 0.0 MB: would be deleted" in listed.stdout
    assert clear(house.data / "files")
    done = house.run("retention")
    assert done.returncode == 0, done.stderr
    assert "1 recordings, the oldest of 2026-01-01, 0.0 MB: deleted" in done.stdout
    assert not clear(house.data / "files")
    store = SqliteStore(house.data / "okno.db", Russian())
    assert isinstance((await store.records(number))[-1].entry, Deleted)
    assert (await store.audit_entries())[0][1].what == "deleted_by_term"
    await store.close()
    assert "0 recordings, 0.0 MB: would be deleted" in house.run("retention", "--dry-run").stdout


async def test_a_hub_that_runs_deletes_by_itself_and_alone(tmp_path: Path) -> None:
    # SE-04
    (tmp_path / "data").mkdir()
    await old_talk(House(tmp_path))
    with house_in(tmp_path, centre(tmp_path)) as house:
        async with people(house) as present:
            admin = await present.admin()
            assert any(audit_entry["what"] == "deleted_by_term" for audit_entry in await admin.does("GET", "/api/audit"))
        assert not clear(house.data / "files")
        by_hand = house.run("retention")
        assert by_hand.returncode == 1
        assert "another okno" in by_hand.stderr
        assert not house.complaints()
