"""Uploaded files: the type is detected from the content, and each file belongs to one conversation."""

import asyncio
import struct
import zlib
from collections.abc import AsyncGenerator, Sequence
from urllib.parse import unquote
from zipfile import ZIP_STORED, BadZipFile

import puremagic

from channels.archives import opened
from hub.conversations.attachments import ALLOWED, SOUNDS_AND_FILMS, UNKNOWN, Upload, key_of, named
from hub.conversations.message import Attachment
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Files
from hub.kernel.web.download import begun

NAME_LIMIT = 200
AT_ONCE = 1 << 14
"""Bytes: the type of smaller contents is detected within a millisecond."""
WAITING, CLOSED = "Файл ещё проверяется: откройте его чуть позже.", "Файл не прошёл проверку и не открывается."
OFFICE = "application/vnd.openxmlformats-officedocument."
PARTS = {"word/document.xml": OFFICE + "wordprocessingml.document", "xl/workbook.xml": OFFICE + "spreadsheetml.sheet"}


async def kept(files: Files, name: str, content: bytes) -> Attachment:
    """Store a carrier's file, of any type; types that a browser might execute become unknown."""
    return await stored(files, name, content, await kind_of(content))


async def stored(files: Files, name: str, content: bytes, kind: str) -> Attachment:
    """As `kept`, with a known type."""
    if kind not in ALLOWED and kind not in SOUNDS_AND_FILMS:
        kind = UNKNOWN
    return Attachment(await files.put(content), named(clean_name(name), kind), kind, len(content))


async def let_in(files: Files, name: str, content: bytes) -> Attachment:
    """Store a file of a user who can choose another one; raises RefusedError for a forbidden type."""
    kind = await kind_of(content)
    if kind not in ALLOWED:
        raise RefusedError("bad_type", "Такие файлы не принимаются. Подойдут изображения, PDF, DOCX, XLSX, ODT и текст.")
    return await stored(files, name, content, kind)


class Uploads:
    def __init__(self, intake: Intake, store: Store, files: Files) -> None:
        self._intake, self._store, self._files = intake, store, files

    async def keep(self, conversation: int, name: str, content: bytes) -> Attachment:
        """Store a file; raises RefusedError for a forbidden type."""
        attachment = await let_in(self._files, name, content)
        await self._intake.keep(conversation, attachment)
        return attachment

    async def attachments(self, conversation: int, files: Sequence[str]) -> tuple[Attachment, ...]:
        """Files that the citizen uploaded before; raises RefusedError for files of others."""
        return tuple([await self._known(conversation, file) for file in files])

    async def read(self, conversation: int, file: str) -> tuple[Attachment, AsyncGenerator[bytes, None]]:
        """A file as a stream; raises RefusedError for others' files and quarantined ones, StoreError, OSError."""
        attachment = await self._known(conversation, file)
        if (held := self._intake.quarantined(conversation, file)) is not None:
            raise RefusedError("quarantined", WAITING if held.state.waits else CLOSED)
        content = await self._files.pieces(file)
        if content is None:
            raise RefusedError("no_such_file", "Такого файла нет.")
        return attachment, await begun(content)

    async def _known(self, conversation: int, file: str) -> Attachment:
        upload = await self._store.get(Upload, key_of(conversation, file))
        if upload is None:
            raise RefusedError("no_such_file", "Такого файла нет.")
        return upload.attachment


async def kind_of(content: bytes) -> str:
    """The media type of a content, "" if unknown; some contents take ten milliseconds."""
    return sniff(content) if len(content) < AT_ONCE else await asyncio.to_thread(sniff, content)


def sniff(content: bytes) -> str:
    """The media type of a content, "" if unknown."""
    if content.startswith(b"PK"):
        return _office(content)
    if content.startswith(b"OggS"):
        return _ogg(content)
    try:
        return puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        pass
    try:
        content.decode("utf8")
    except UnicodeDecodeError:
        return ""
    return "" if b"\0" in content or b"<" in content[:1024] else "text/plain"


def _office(content: bytes) -> str:
    """The type of an office document by the entries of its ZIP; "" for one with macros."""
    try:
        if (archive := opened(content)) is None:
            return ""
        with archive:
            names = set(archive.namelist())
            if any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names):
                return ""
            # ODF 1.3 part 2 §3.3: it is stored uncompressed; reading an LZMA entry may take gigabytes.
            if "mimetype" in names and archive.getinfo("mimetype").compress_type == ZIP_STORED:
                with archive.open("mimetype") as declared:
                    kind = declared.read(100).decode("ascii", "replace").strip()
                return kind if kind in ALLOWED else ""
    except (BadZipFile, OSError, RuntimeError, ValueError, EOFError, struct.error, zlib.error):
        return ""
    if "[Content_Types].xml" not in names:  # ECMA-376 part 2 §10.1.2
        return ""
    return next((kind for part, kind in PARTS.items() if part in names), "")


def _ogg(content: bytes) -> str:
    """The type by its first packet: messengers' voice messages are Opus."""
    spoken = (b"OpusHead", b"\x01vorbis", b"Speex   ")  # RFC 7845 §5.1, Vorbis I §4.2.1, RFC 5574
    return "audio/ogg" if content[28:36].startswith(spoken) else "application/ogg"  # RFC 3533 §6: 27 bytes and one segment; RFC 5334 §10


def clean_name(name: str) -> str:
    """The last part of a path, without control characters: it is shown and offered for saving."""
    last = unquote(name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:NAME_LIMIT].strip() or "file"
