r"""Marks stored mails in a mailbox: by a keyword, by another folder, or by a bookmark of ours.

A keyword is preferred: it leaves the mailbox unchanged for its other readers. Where the server stores no keywords (RFC 9051 7.1,
PERMANENTFLAGS without \*), mails are moved. Where the server cannot move them either, the hub keeps
the highest UID up to which all mails are stored.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, Protocol

from imapclient import IMAPClient

from channels.email.settings import Mailbox
from hub.conversations.delivery_status import Bookmark

STORED = b"$HubStored"
FOLDER = "Hub"
Selected = dict[bytes, Any]


class MailboxProgress(Protocol):
    def fresh(self) -> list[int]:
        """UIDs of mails not stored yet, oldest first."""

    def stored(self, uids: Sequence[int], which: Sequence[bool]) -> None:
        """Mark stored mails."""


class KeywordProgress:
    def __init__(self, client: IMAPClient) -> None:
        self._client = client

    @classmethod
    def fitting(cls, client: IMAPClient, selected: Selected) -> "KeywordProgress | None":
        kept = selected.get(b"PERMANENTFLAGS", ())
        return cls(client) if b"\\*" in kept or STORED in kept else None

    def fresh(self) -> list[int]:
        return sorted(self._client.search([b"UNKEYWORD", STORED, b"UNDELETED"]))

    def stored(self, uids: Sequence[int], which: Sequence[bool]) -> None:
        if done := [uid for uid, stored in zip(uids, which, strict=True) if stored]:
            self._client.add_flags(done, [STORED], silent=True)


class FolderProgress:
    """RFC 6851."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client
        if not client.folder_exists(FOLDER):
            client.create_folder(FOLDER)

    @classmethod
    def fitting(cls, client: IMAPClient, selected: Selected) -> "FolderProgress | None":
        writable = not selected.get(b"READ-ONLY", False)
        return cls(client) if writable and client.has_capability("MOVE") else None

    def fresh(self) -> list[int]:
        return sorted(self._client.search([b"UNDELETED"]))

    def stored(self, uids: Sequence[int], which: Sequence[bool]) -> None:
        if done := [uid for uid, stored in zip(uids, which, strict=True) if stored]:
            self._client.move(done, FOLDER)


class UidProgress:
    """Bookmark: the highest UID up to which all are stored, for one UIDVALIDITY (RFC 9051 2.3.1.1); another one starts again."""

    def __init__(self, client: IMAPClient, selected: Selected, key: str, last: Bookmark | None,
                 write: Callable[[Bookmark], None]) -> None:
        self._client, self._key, self._write = client, key, write
        self._validity = int(selected[b"UIDVALIDITY"])
        self._last = self._parsed(last)
        self._stuck = False

    def fresh(self) -> list[int]:
        self._stuck = False
        # 5:* includes the last mail even if its UID is lower.
        found = self._client.search([b"UID", f"{self._last + 1}:*".encode(), b"UNDELETED"])
        return sorted(uid for uid in found if uid > self._last)

    def stored(self, uids: Sequence[int], which: Sequence[bool]) -> None:
        pairs = () if self._stuck else tuple(zip(uids, which, strict=True))
        done = [uid for uid, _ in takewhile(lambda pair: pair[1], pairs)]
        self._stuck = len(done) < len(uids)
        if done:
            self._last = done[-1]
            self._write(Bookmark(self._key, f"{self._validity}:{self._last}"))

    def _parsed(self, bookmark: Bookmark | None) -> int:
        validity, _, last = bookmark.value.partition(":") if bookmark else ("", "", "")
        return int(last) if validity == str(self._validity) else 0


def place_of(mailbox: Mailbox) -> str:
    """The key of a mailbox's bookmark."""
    return f"email.mail/{mailbox.user}@{mailbox.host}/{mailbox.folder}"
