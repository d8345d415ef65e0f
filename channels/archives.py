"""Bounded inspection of an untrusted archive: its directory at the end tells its size (APPNOTE 6.3.10, 4.3.16)."""

import struct
from io import BytesIO
from zipfile import ZipFile

ENTRIES_LIMIT, DIRECTORY_LIMIT = 2_000, 1 << 20
"""Files in an archive, and bytes of their list. A document of a thousand pictures has half of it."""
_END = struct.Struct("<4s4H2LH")
_TAIL = _END.size + 0xFFFF
"""Bytes among which the end is: behind it stands a comment at most."""
_FILE, _ZIP64, _ZIP64_SIZE = b"PK\1\2", b"PK\6\7", 20


def opened(content: bytes) -> ZipFile | None:
    """The archive; None where it has no end, or more files than anybody looks at. Raises what ZipFile does."""
    at = content.rfind(b"PK\5\6", max(len(content) - _TAIL, 0))
    if at < 0 or len(content) < at + _END.size:
        return None
    *_, size, _, _ = _END.unpack_from(content, at)
    # What is told of in ZIP64 is no document of people's; zipfile would believe that record rather than the end.
    if content.startswith(_ZIP64, max(at - _ZIP64_SIZE, 0)) or size > min(DIRECTORY_LIMIT, at):
        return None
    # The number of files may be a lie: they are counted where they stand.
    if content.count(_FILE, at - size, at) > ENTRIES_LIMIT:
        return None
    # Without its comment, zipfile finds this end and no other.
    return ZipFile(BytesIO(content[:at + _END.size - 2] + b"\0\0"))
