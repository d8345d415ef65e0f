"""Places of files, audit seals and the register of erasures beside a store, and their migration."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from hub.kernel.ports import WrappedKey
from storage.blob_store import BlobStore, SmallBlobs, parts
from storage.erasure_register import DurableErasureRegister, ErasureFile
from storage.folder import FolderBlobs, FolderBlobStore

FILES, AUDIT, ERASURES = "files", "audit", "erasures.jsonl"
FORMS = (True, False)
"""Sealed, and in clear."""


class Place(NamedTuple):
    shelf: BlobStore
    seals: SmallBlobs
    register: DurableErasureRegister


def in_folder(folder: Path, copies: Path | None = None) -> Place:
    """Of one machine; `copies` is a folder that somebody else keeps."""
    return Place(FolderBlobStore(folder / FILES), FolderBlobs(folder / AUDIT), ErasureFile(folder / ERASURES, copies))


def carried(source: Place, target: Place, progress: Callable[[float], None]) -> None:
    """Have all of the source in the target, as it lies there, and nothing else but lines of the register; the next time only what is new.

    Hubs may work at the source meanwhile. Raises UnavailableStoreError, SealedError, OSError.
    """
    target.register.lead(source.register.after(0))
    _put_all(source.seals, target.seals)
    _drop_others(source.seals, target.seals)
    _put_all(source.shelf.marks, target.shelf.marks)
    total = source.shelf.totals()[0]
    for done, file in enumerate(source.shelf.all(), 1):
        _carry(file, source.shelf, target.shelf)
        progress(min(done / max(total, 1), 1.0))
    for file in target.shelf.all():
        for sealed in FORMS:
            if not _there(file, source.shelf, sealed=sealed):
                target.shelf.drop(file, sealed=sealed)
    _drop_others(source.shelf.marks, target.shelf.marks)
    progress(1.0)


def totals(place: Place) -> dict[str, object]:
    """What both places must have alike when nothing has changed since; a register may have more lines than the one that led."""
    return {"files": place.shelf.totals(), "seals": len(place.seals.names())}


def _carry(file: str, source: BlobStore, target: BlobStore) -> None:
    for sealed in FORMS:
        found = source.open(file, sealed=sealed)
        if found is None:
            continue
        with closing(found.content):
            if not _there(file, target, sealed=sealed):
                target.add(parts(found.content), partial(_told, file, found.wrapped))
            elif found.wrapped is not None:  # keys may have been changed since
                target.wrap(file, partial(_newer, found.wrapped))


def _told(file: str, wrapped: WrappedKey | None) -> tuple[str, WrappedKey | None]:
    return file, wrapped


def _newer(wrapped: WrappedKey, known: WrappedKey) -> WrappedKey | None:
    return None if known == wrapped else wrapped


def _put_all(source: SmallBlobs, target: SmallBlobs) -> None:
    for name in source.names():
        if (content := source.get(name)) is not None and target.get(name) != content:
            target.put(name, content, again=True)


def _drop_others(source: SmallBlobs, target: SmallBlobs) -> None:
    for name in {*target.names()} - {*source.names()}:
        target.drop(name)


def _there(file: str, shelf: BlobStore, *, sealed: bool) -> bool:
    found = shelf.open(file, sealed=sealed)
    if found is not None:
        found.content.close()
    return found is not None
