"""Unpacks an untrusted backup: regular files with known names, into a new folder.

tarfile's filters are not relied on: on interpreters with CVE-2025-4517 a link behind a very long path leads out of the folder.
"""

import lzma
import os
import re
import tarfile
import zlib
from pathlib import Path
from shutil import copyfileobj

from okno.stores import DATABASE
from storage.folder import KNOWN
from storage.places import AUDIT, ERASURES, FILES

NAMES = re.compile(
    rf"{re.escape(DATABASE)}|{re.escape(ERASURES)}|{AUDIT}/\w[\w.-]{{0,99}}|{FILES}/{re.escape(KNOWN)}/\w[\w.-]{{0,99}}"
    rf"|{FILES}/[0-9a-f]{{2}}/[0-9a-f]{{64}}(?:\.sealed|\.key)?", re.ASCII)
"""Files of a backup (storage/folder.py, storage/seals.py). No part of a path begins with a dot, except the folder of known keys."""
FOLDERS = re.compile(rf"{AUDIT}|{FILES}(?:/{re.escape(KNOWN)}|/[0-9a-f]{{2}})?")


class ForeignFileError(tarfile.TarError):
    """The archive contains something that is not part of a backup."""


def unpack(source: Path, into: Path) -> None:
    """Raises TarError and OSError. `into` is an empty folder without other writers."""
    from tqdm import tqdm  # noqa: PLC0415 - a hub restores backups without progress bars

    try:
        with tarfile.open(source) as tar:
            for member in tqdm([each for each in tar.getmembers() if not _is_folder(each)], unit="file", desc="restore", disable=None):
                _take(tar, member, into)
    except (EOFError, lzma.LZMAError, zlib.error) as error:
        raise tarfile.ReadError(str(error)) from error


def _is_folder(member: tarfile.TarInfo) -> bool:
    """Whether a member is a folder, which is created with its first file. Raises ForeignFileError for foreign members."""
    if member.isdir() and FOLDERS.fullmatch(member.name):
        return True
    if not (member.isreg() and not member.issparse() and NAMES.fullmatch(member.name)):
        message = f"no backup has {member.name[:100]!a} of this kind"
        raise ForeignFileError(message)
    return False


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    content = tar.extractfile(member)
    assert content is not None  # noqa: S101 - it is a regular file
    path = into / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Duplicates are refused, and nothing is written through a link.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        copyfileobj(content, file)
        if file.tell() != member.size:
            message = f"{member.name} is cut off"
            raise tarfile.ReadError(message)
