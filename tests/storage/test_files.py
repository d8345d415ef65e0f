"""Files are kept whole or not at all, and nobody reads what is sealed without its key (SE-04)."""

import errno
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Self

import pytest

from hub.errors import SealedError
from storage.files import FileStore
from storage.keys.environment import connect as environment
from storage.keys.file import KeyFile, connect
from storage.sealing import FORM, PIECE, TAG, sealed, unsealed

KEY = bytes(range(32))
SECRET = "паспорт 4510 123456".encode()
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    ring = KeyFile(tmp_path / "okno.keys")
    ring.add()
    return ring


def store(folder: Path, keys: KeyFile | None = None, of: str = "077/files") -> FileStore:
    return FileStore(folder / "files", keys, of)


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "files").rglob("*")) if path.is_file())


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
async def test_files_come_back_and_none_lies_in_clear(tmp_path: Path, keys: KeyFile, size: int, from_file: bool) -> None:
    # SE-04
    content = (SECRET + os.urandom(size))[:size] if size < 100 else SECRET + os.urandom(size - len(SECRET))
    files = store(tmp_path, keys)
    name = await files.put(written(tmp_path, content) if from_file else content)
    assert name == sha256(content).hexdigest()
    assert await files.get(name) == content
    pieces = await files.pieces(name)
    assert pieces is not None
    assert b"".join([piece async for piece in pieces]) == content
    assert SECRET not in on_disk(tmp_path)
    assert await files.put(content) == name
    assert not list((tmp_path / "files").rglob("*.draft"))


async def test_a_file_that_was_never_there_is_none(tmp_path: Path, keys: KeyFile) -> None:
    files = store(tmp_path, keys)
    assert await files.get("0" * 64) is None
    assert await files.pieces("0" * 64) is None
    await files.drop("0" * 64)


async def test_a_dropped_file_leaves_nothing(tmp_path: Path, keys: KeyFile) -> None:
    # SE-04
    files = store(tmp_path, keys)
    name = await files.put(SECRET)
    await files.drop(name)
    assert await files.get(name) is None
    assert not list((tmp_path / "files" / name[:2]).iterdir())


async def test_the_key_of_one_file_opens_no_other(tmp_path: Path, keys: KeyFile) -> None:
    # SE-04: whoever may write to the disk lays one pair under the name of another
    files = store(tmp_path, keys)
    mine, other = [await files.put(content) for content in (b"mine", b"other")]
    for ending in (".key", ".sealed"):
        (tmp_path / "files" / other[:2] / (other + ending)).replace(tmp_path / "files" / mine[:2] / (mine + ending))
    with pytest.raises(SealedError, match="another's"):
        await files.get(mine)


async def test_a_wrong_or_missing_key_is_named_at_the_start(tmp_path: Path, keys: KeyFile) -> None:
    # SE-04
    name = await store(tmp_path, keys).put(SECRET)
    used = keys.newest("")
    assert store(tmp_path, keys).check() == [used]
    other = KeyFile(tmp_path / "other.keys")
    other.add()
    for files in (store(tmp_path, other), store(tmp_path), store(tmp_path, connect({"path": str(tmp_path / "gone")}))):
        with pytest.raises(SealedError, match=rf"{used}|gone: No such file"):
            files.check()
        with pytest.raises(SealedError):
            await files.get(name)
    with pytest.raises(SealedError, match="another's"):
        store(tmp_path, keys, "078/files").check()


async def test_keys_are_changed_while_files_are_read_and_stored(tmp_path: Path, keys: KeyFile) -> None:
    # SE-04: the hub has its own store open; the command works beside it
    hub, command = store(tmp_path, keys), store(tmp_path, KeyFile(tmp_path / "okno.keys"))
    first, before = await hub.put(SECRET), keys.newest("")
    content = (tmp_path / "files" / first[:2] / f"{first}.sealed").read_bytes()
    keys.add()
    second = await hub.put(SECRET * 2)
    assert [command.renew(file) for file in command.all()].count(True) == 1
    assert not any(command.renew(file) for file in command.all())
    assert command.forget_keys() == [before]
    assert (tmp_path / "files" / first[:2] / f"{first}.sealed").read_bytes() == content  # its key was wrapped anew, no more
    (tmp_path / "okno.keys").write_text((tmp_path / "okno.keys").read_text().splitlines()[-1])
    assert hub.check() == [keys.newest("")]
    assert await hub.get(first) == SECRET
    assert await hub.get(second) == SECRET * 2


async def test_what_lay_in_clear_is_sealed(tmp_path: Path, keys: KeyFile) -> None:
    # SE-04
    name = await store(tmp_path).put(SECRET)
    assert SECRET in on_disk(tmp_path)
    hub = store(tmp_path, keys)
    assert await hub.get(name) == SECRET
    assert hub.renew(name)
    assert SECRET not in on_disk(tmp_path)
    assert await hub.get(name) == SECRET
    assert not hub.renew(name)


async def test_a_torn_file_in_clear_is_told_and_left(tmp_path: Path, keys: KeyFile) -> None:
    name = await store(tmp_path).put(SECRET)
    path = tmp_path / "files" / name[:2] / name
    path.write_bytes(SECRET[:-1])
    with pytest.raises(SealedError, match="was altered"):
        store(tmp_path, keys).renew(name)
    assert path.read_bytes() == SECRET[:-1]
    assert not list((tmp_path / "files").rglob("*.draft"))


async def test_a_crash_before_a_file_is_in_its_place_leaves_it_to_the_next_try(tmp_path: Path, keys: KeyFile) -> None:
    # CH-06: the key lies there, the content does not yet
    files = store(tmp_path, keys)
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
    files = store(tmp_path, keys)
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
