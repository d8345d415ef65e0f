"""Bounded inspection of an untrusted archive: its directory at the end tells its size (APPNOTE 6.3.10, 4.3.16)."""

import struct
from io import BytesIO
from zipfile import ZipFile

ENTRIES_LIMIT, DIRECTORY_LIMIT = 2_000, 1 << 20
"""Files in an archive, and bytes of their list. A document of a thousand pictures has half of it."""
_END = struct.Struct("<4s4H2LH")
_TAIL = _END.size + 0xFFFF
"""Bytes that contain the end record: at most a comment follows it."""
_FILE, _ZIP64, _ZIP64_SIZE = b"PK\1\2", b"PK\6\7", 20


def opened(content: bytes) -> ZipFile | None:
    """The archive; None without an end record, or with too many files. Raises what ZipFile does."""
    at = content.rfind(b"PK\5\6", max(len(content) - _TAIL, 0))
    if at < 0 or len(content) < at + _END.size:
        return None
    *_, size, _, _ = _END.unpack_from(content, at)
    # People's documents do not need ZIP64; zipfile would prefer that record to the end record.
    if content.startswith(_ZIP64, max(at - _ZIP64_SIZE, 0)) or size > min(DIRECTORY_LIMIT, at):
        return None
    # The stated number of files may be false: count the entries.
    if content.count(_FILE, at - size, at) > ENTRIES_LIMIT:
        return None
    # Without its comment, zipfile finds exactly this end record.
    return ZipFile(BytesIO(content[:at + _END.size - 2] + b"\0\0"))
