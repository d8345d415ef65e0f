"""Files are kept whole or not at all, and nobody reads what is sealed without its key (SE-04)."""

import asyncio
import errno
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Self

import pytest
from pymongo import MongoClient

from hub.kernel.errors import SealedError
from storage.blob_store import parts
from storage.files import FileStore, SealedFiles
from storage.keys.environment import connect as environment
from storage.keys.file import KeyFile, connect
from storage.mongo.schema import Row
from storage.stream_encryption import FORM, PIECE, TAG, sealed, unsealed
from tests.storage.blob_stores import InMongoDB, Kept, OnDisk

KEY = bytes(range(32))
SECRET = "паспорт 4510 123456".encode()
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    ring = KeyFile(tmp_path / "okno.keys")
    ring.add()
    return ring


@pytest.fixture(params=["folder", pytest.param("mongodb", marks=pytest.mark.peers)])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "folder":
        return OnDisk(tmp_path)
    client: MongoClient[Row] = request.getfixturevalue("client")
    return InMongoDB(client, "files")


def files_of(kept: Kept, keys: KeyFile | None = None, of: str = "077/files") -> SealedFiles:
    return SealedFiles(kept.shelf(), keys, of)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "raw"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [7, PIECE, PIECE * 2])
def test_what_is_sealed_is_unsealed(tmp_path: Path, size: int, step: int) -> None:
    content = os.urandom(size)
    pieces = [content[at:at + step] for at in range(0, size, step)] if step > 7 or size < 10 else [content]
    path = written(tmp_path, b"".join(sealed(KEY, pieces)))
    with path.open("rb") as file:
        assert b"".join(unsealed(KEY, file)) == content


def spoilt() -> Iterator[tuple[str, bytes]]:
    whole = b"".join(sealed(KEY, [bytes(3 * PIECE)]))
    step = PIECE + TAG
    first, second = whole[len(FORM):][:step], whole[len(FORM) + step:][:step]
    yield "a bit turned", whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]
    yield "the last piece cut off", whole[:-step]
    yield "cut in a piece", whole[:-5]
    yield "two pieces changed about", FORM + second + first + whole[len(FORM) + 2 * step:]
    yield "a piece repeated", whole + whole[-step:]
    yield "nothing but its form", FORM
    yield "nothing", b""
    yield "another form", b"x" + whole


@pytest.mark.parametrize(("how", "content"), list(spoilt()), ids=[how for how, _ in spoilt()])
def test_what_was_altered_is_not_unsealed(tmp_path: Path, how: str, content: bytes) -> None:
    with written(tmp_path, content).open("rb") as file, pytest.raises(SealedError):
        list(unsealed(KEY, file))


@pytest.mark.parametrize("from_file", [False, True])
@pytest.mark.parametrize("size", SIZES)
async def test_files_come_back_and_none_lies_in_clear(kept: Kept, tmp_path: Path, keys: KeyFile, size: int, from_file: bool) -> None:
    # SE-04, LV-01
    content = (SECRET + os.urandom(size))[:size] if size < 100 else SECRET + os.urandom(size - len(SECRET))
    files = files_of(kept, keys)
    name = await files.put(written(tmp_path, content) if from_file else content)
    assert name == sha256(content).hexdigest()
    assert await files.get(name) == content
    pieces = await files.pieces(name)
    assert pieces is not None
    assert b"".join([piece async for piece in pieces]) == content
    assert SECRET not in kept.raw()
    assert await files.put(content) == name
    assert list(files.all()) == [name]
    assert kept.shelf().totals()[0] == 1
    await files.drop(name)
    assert kept.left(name) == 0


async def test_a_file_that_was_never_there_is_none(kept: Kept, keys: KeyFile) -> None:
    files = files_of(kept, keys)
    assert await files.get("0" * 64) is None
    assert await files.pieces("0" * 64) is None
    await files.drop("0" * 64)


@pytest.mark.parametrize("clear", [False, True])
async def test_a_dropped_file_leaves_nothing(kept: Kept, keys: KeyFile, clear: bool) -> None:
    # SE-04
    files = files_of(kept, None if clear else keys)
    name = await files.put(SECRET)
    assert (SECRET in kept.raw()) is clear
    await files.drop(name)
    assert await files.get(name) is None
    assert kept.left(name) == 0
    assert SECRET not in kept.raw()
    assert await files.put(SECRET) == name
    assert await files.get(name) == SECRET


async def test_the_same_content_at_once_is_one_file(kept: Kept, tmp_path: Path, keys: KeyFile) -> None:
    # SE-04, LV-01: also from two hubs
    hubs = [files_of(kept, keys) for _ in range(4)]
    content = written(tmp_path, SECRET * PIECE)
    (name,) = set(await asyncio.gather(*(hub.put(content) for hub in hubs)))
    assert await hubs[0].get(name) == SECRET * PIECE
    assert kept.shelf().totals()[0] == 1
    await hubs[1].drop(name)
    assert kept.left(name) == 0


async def test_the_key_of_one_file_opens_no_other(kept: Kept, keys: KeyFile) -> None:
    # SE-04: whoever may write to the disk lays one pair under the name of another
    files = files_of(kept, keys)
    mine, other = [await files.put(content) for content in (b"mine", b"other")]
    kept.change_about(mine, other)
    with pytest.raises(SealedError, match="another's"):
        await files.get(mine)


async def test_a_wrong_or_missing_key_is_named_at_the_start(kept: Kept, tmp_path: Path, keys: KeyFile) -> None:
    # SE-04
    name = await files_of(kept, keys).put(SECRET)
    used = keys.newest("")
    assert files_of(kept, keys).check() == [used]
    other = KeyFile(tmp_path / "other.keys")
    other.add()
    for files in (files_of(kept, other), files_of(kept), files_of(kept, connect({"path": str(tmp_path / "gone")}))):
        with pytest.raises(SealedError, match=rf"{used}|gone: No such file"):
            files.check()
        with pytest.raises(SealedError):
            await files.get(name)
    with pytest.raises(SealedError, match="another's"):
        files_of(kept, keys, "078/files").check()


async def test_keys_are_changed_while_files_are_read_and_stored(kept: Kept, tmp_path: Path, keys: KeyFile) -> None:
    # SE-04: the hub has its own store open; the command works beside it
    hub, command = files_of(kept, keys), files_of(kept, KeyFile(tmp_path / "okno.keys"))
    first, before = await hub.put(SECRET), keys.newest("")
    content = sealed_content(kept, first)
    keys.add()
    second = await hub.put(SECRET * 2)
    assert [command.renew(file) for file in command.all()].count(True) == 1
    assert not any(command.renew(file) for file in command.all())
    assert command.forget_keys() == [before]
    assert sealed_content(kept, first) == content  # its key was wrapped anew, no more
    (tmp_path / "okno.keys").write_text((tmp_path / "okno.keys").read_text().splitlines()[-1])
    assert hub.check() == [keys.newest("")]
    assert await hub.get(first) == SECRET
    assert await hub.get(second) == SECRET * 2


def sealed_content(kept: Kept, file: str) -> bytes:
    found = kept.shelf().open(file, sealed=True)
    assert found is not None
    return b"".join(parts(found.content))


async def test_what_lay_in_clear_is_sealed(kept: Kept, keys: KeyFile) -> None:
    # SE-04
    name = await files_of(kept).put(SECRET)
    assert SECRET in kept.raw()
    hub = files_of(kept, keys)
    assert await hub.get(name) == SECRET
    assert hub.renew(name)
    assert SECRET not in kept.raw()
    assert await hub.get(name) == SECRET
    assert not hub.renew(name)


@pytest.mark.parametrize("size", SIZES)
async def test_what_somebody_else_puts_there_in_clear_is_not_served(kept: Kept, keys: KeyFile, size: int) -> None:
    # Whoever may write the files, and has no keys, takes the sealed one away and lays another one beside it.
    name = await files_of(kept).put(b"a" * size)
    hub = files_of(kept, keys)
    assert await hub.get(name) == b"a" * size
    kept.tear(name, b"MZ" + b"b" * size)
    with pytest.raises(SealedError, match="somebody else"):
        await hub.get(name)
    with pytest.raises(SealedError, match="somebody else"):
        await hub.pieces(name)


async def test_a_torn_file_in_clear_is_told_and_left(kept: Kept, keys: KeyFile) -> None:
    name = await files_of(kept).put(SECRET)
    kept.tear(name, SECRET[:-1])
    with pytest.raises(SealedError, match="was altered"):
        files_of(kept, keys).renew(name)
    assert await files_of(kept).get(name) == SECRET[:-1]
    assert kept.left("x") == 0


async def test_what_was_cut_off_is_never_seen_and_swept_when_nobody_can_be_at_it_still(kept: Kept, keys: KeyFile) -> None:
    # CH-06, SE-03
    files = files_of(kept, keys)
    name = await files.put(b"whole")
    kept.cut_off(SECRET, days=0)
    kept.cut_off(SECRET * 2, days=2)
    assert list(files.all()) == [name]
    assert files.sweep() == 1
    assert SECRET * 2 not in kept.raw()
    assert SECRET in kept.raw()
    assert files.sweep() == 0
    assert await files.get(name) == b"whole"


async def test_what_fails_in_the_middle_leaves_nothing(kept: Kept, keys: KeyFile) -> None:
    # CH-06
    def pieces() -> Iterator[bytes]:
        yield SECRET
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        kept.shelf().add(pieces(), lambda: ("0" * 64, None))
    assert kept.left("x") == 0
    assert kept.shelf().totals() == (0, 0)


async def test_a_crash_before_a_file_is_in_its_place_leaves_it_to_the_next_try(tmp_path: Path, keys: KeyFile) -> None:
    # CH-06: the key lies there, the content does not yet
    files = FileStore(tmp_path / "files", keys)
    name = await files.put(SECRET)
    (tmp_path / "files" / name[:2] / f"{name}.sealed").unlink()
    assert await files.get(name) is None
    assert await files.put(SECRET) == name
    assert await files.get(name) == SECRET


class FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, file: BinaryIO, room: int) -> None:
        self._file, self._room = file, room

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> int:
        if self._file.tell() + len(content) > self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


@pytest.mark.parametrize("room", [0, PIECE * 2])
async def test_a_full_disk_keeps_nothing(tmp_path: Path, keys: KeyFile, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # CH-06
    files = FileStore(tmp_path / "files", keys)
    real = Path.open
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda self, mode="r", **more: FullDisk(real(self, mode), room) if mode == "wb" else real(self, mode, **more))
        with pytest.raises(OSError, match="No space left"):
            await files.put(bytes(PIECE * 4))
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert await files.get(await files.put(bytes(PIECE * 4))) == bytes(PIECE * 4)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, keys: KeyFile) -> None:
    # SE-04
    (tmp_path / "okno.keys").chmod(0o640)
    with pytest.raises(SealedError, match="chmod 600"):
        keys.newest("")


@pytest.mark.parametrize(("content", "why"), [("", "there is no key"), ("AAAA", "32 bytes in base64"), ("не ключ", "no keys|32 bytes")])
def test_a_key_file_that_is_none_says_so(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "okno.keys"
    path.write_text(content, encoding="utf8")
    path.chmod(0o600)
    with pytest.raises(SealedError, match=why):
        connect({"path": str(path)}).newest("")


def test_keys_come_from_the_environment(tmp_path: Path, keys: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    # SE-04
    keys.add()
    monkeypatch.setenv("OKNO_KEYS", " ".join((tmp_path / "okno.keys").read_text().split()))
    ring = environment({})
    assert ring.newest("") == keys.newest("")
    assert ring.unwrap(keys.wrap(KEY, "077/files/a"), "077/files/a") == KEY
