"""Attachments as files beside the database, named by the SHA-256 of their content."""

import asyncio
import hashlib
import os
from pathlib import Path


class FileStore:
    """hub.ports.Files. A file is on the disk before the message that names it is stored."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        return await asyncio.to_thread(self._put, content)

    async def get(self, file: str) -> bytes | None:
        return await asyncio.to_thread(self._get, file)

    def _put(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{name}.{os.getpid()}.{id(content)}.draft")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name is on the disk, too
        finally:
            os.close(folder)
        return name

    def _get(self, file: str) -> bytes | None:
        path = self._path(file)
        return path.read_bytes() if path.is_file() else None

    def _path(self, file: str) -> Path:
        return self._folder / file[:2] / file
