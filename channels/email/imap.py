"""Reads mailboxes by IMAP: fetches without marking, and marks only after the commit.

imapclient blocks, so each mailbox has a thread. The event loop stores a fetched chunk while the thread fetches the next one.
"""

import asyncio
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from channels.email.accounts import TIMEOUT_S, Account, in_words, leave
from channels.email.mailbox_progress import FolderProgress, KeywordProgress, MailboxProgress, UidProgress, place_of
from channels.email.settings import Mailbox
from hub.conversations.delivery_status import Bookmark
from hub.conversations.ports import Store
from hub.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_S = 5 * 60.0
"""RFC 2177 3: a server may end an IDLE after 30 minutes. A stalled one is detected only after this time."""
NO_IDLE_S = 60.0
"""Polling interval of a server without IDLE."""
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 60.0
PARTING_S = 2.0
"""Wait for the end of a thread; one blocked by a silent server ends by itself."""
CHUNK, CHUNK_BYTES = 100, 8 << 20
AHEAD = 2
"""Chunks being stored while the next one is fetched."""

TakeAll = Callable[[Sequence[bytes]], Coroutine[Any, Any, list[bool]]]
"""Stores mails; returns which of them are done."""


class Watch:
    """One mailbox, and its state."""

    def __init__(self, mailbox: Mailbox, take: TakeAll, store: Store) -> None:
        """Raises msgspec.ValidationError for unreadable files of its settings."""
        self.account, self.take, self.store = Account(mailbox), take, store
        self.why = "ещё не подключён"
        """The reason of a missing connection; "" when connected."""

    @property
    def connected(self) -> bool:
        return not self.why

    @property
    def words(self) -> str:
        return f"ящик {self.account.mailbox.words}" + (f": {self.why}" if self.why else "")

    async def run(self) -> None:
        """Watch until cancelled; a bug is raised, a server's fault is not."""
        reader = Reader(self, asyncio.get_running_loop())
        threading.Thread(target=reader.run, name=f"imap {self.account.mailbox.host}", daemon=True).start()
        try:
            await asyncio.shield(reader.ended)
        finally:
            reader.stop()
            await asyncio.wait([reader.ended], timeout=PARTING_S)
            self.why = "закрыт"


class Reader:
    """The thread of a mailbox. Only `stop` is called from other threads."""

    def __init__(self, watch: Watch, loop: asyncio.AbstractEventLoop) -> None:
        self._watch, self._loop = watch, loop
        self.ended: asyncio.Future[None] = loop.create_future()
        self._stopping = threading.Event()
        self._client: IMAPClient | None = None
        self._asked: set[Future[Any]] = set()
        self._pause_s = FIRST_PAUSE_S

    def stop(self) -> None:
        self._stopping.set()
        for future in list(self._asked):
            future.cancel()
        if (client := self._client) is not None:
            with suppress(OSError):
                # A reading thread holds what imaplib would close, and TLS would wait for its other end.
                socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)

    def run(self) -> None:
        fault: Exception | None = None
        try:
            while not self._stopping.is_set():
                self._visit()
        except CancelledError:
            pass  # stopped during storing: the mail is fetched again
        except Exception as error:  # noqa: BLE001  # it is raised where the thread was started
            fault = error
        with suppress(RuntimeError):  # the loop has ended before
            self._loop.call_soon_threadsafe(_end, self.ended, fault)

    def _visit(self) -> None:
        """One connection, and the pause after it if it has failed."""
        try:
            self._serve(self._watch.account.come_in(self._opened))
        except (IMAPClientError, OSError, UnavailableError) as error:
            if not self._stopping.is_set():
                self._watch.why = in_words(error)
                log.warning("mailbox unavailable: reconnecting",
                            extra={"mailbox": self._watch.account.mailbox.host, "why": self._watch.why})
                self._stopping.wait(self._pause())
        finally:
            client, self._client = self._client, None
            if client is not None:
                leave(client)

    def _opened(self, client: IMAPClient) -> None:
        self._client = client

    def _pause(self) -> float:
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, LAST_PAUSE_S)
        return pause_s

    def _serve(self, client: IMAPClient) -> None:
        mark = self._mark(client)
        self._watch.why = ""
        pushes = client.has_capability("IDLE")
        before: list[int] = []
        while not self._stopping.is_set():
            _announced(client)
            found = mark.fresh()
            kept = self._fetch(client, mark, found)
            if kept:
                self._pause_s = FIRST_PAUSE_S
                news, before = found not in ([], before) or _announced(client), found
                if news:
                    # Mail during another command was announced in it, and IDLE does not repeat that.
                    continue
            # Failed mails are retried after a pause, with or without new ones.
            self._await_mail(client, (IDLE_S if pushes else NO_IDLE_S) if kept else self._pause(), pushes=pushes)

    def _mark(self, client: IMAPClient) -> MailboxProgress:
        store, mailbox = self._watch.store, self._watch.account.mailbox
        selected = client.select_folder(mailbox.folder)
        if (mark := KeywordProgress.fitting(client, selected) or FolderProgress.fitting(client, selected)) is not None:
            return mark
        key = place_of(mailbox)
        last = self._outcome(self._begin(store.get(Bookmark, key)))
        return UidProgress(client, selected, key, last, lambda bookmark: self._outcome(self._begin(store.put(bookmark))))

    def _fetch(self, client: IMAPClient, mark: MailboxProgress, found: list[int]) -> bool:
        """Fetch new mails; False when some could not be stored."""
        under_way: deque[tuple[list[int], Future[list[bool]]]] = deque()
        complete = True
        for uids in chunks(client, found):
            fetched = client.fetch(uids, [b"BODY.PEEK[]"])
            there = [uid for uid in uids if b"BODY[]" in fetched.get(uid, {})]  # other clients may delete mail
            under_way.append((there, self._begin(self._watch.take([fetched[uid][b"BODY[]"] for uid in there]))))
            if len(under_way) > AHEAD:
                complete &= self._settle(mark, *under_way.popleft())
        while under_way:
            complete &= self._settle(mark, *under_way.popleft())
        return complete

    def _settle(self, mark: MailboxProgress, uids: list[int], taken: "Future[list[bool]]") -> bool:
        """Mark stored mails."""
        stored = self._outcome(taken)
        mark.stored(uids, stored)
        return all(stored)

    def _await_mail(self, client: IMAPClient, patience_s: float, *, pushes: bool) -> None:
        if not pushes:
            self._stopping.wait(patience_s)
            client.noop()
            return
        client.idle()
        if not _told(client):
            client.idle_check(patience_s)
        client.idle_done()

    def _begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)
        return future

    def _outcome(self, future: "Future[T]") -> T:
        if self._stopping.is_set():  # stop() may have been called before
            future.cancel()
        return future.result()


def chunks(client: IMAPClient, uids: list[int]) -> list[list[int]]:
    """Chunks of a limited size, in order."""
    if not uids:
        return []
    sizes = client.fetch(uids, [b"RFC822.SIZE"])
    found: list[list[int]] = [[]]
    held = 0
    for uid in uids:
        size = sizes.get(uid, {}).get(b"RFC822.SIZE", 0)
        if found[-1] and (held + size > CHUNK_BYTES or len(found[-1]) >= CHUNK):
            found.append([])
            held = 0
        found[-1].append(uid)
        held += size
    return found


def _announced(client: IMAPClient) -> bool:
    """Whether new mail was announced since the last call (RFC 9051 7.4.1): imaplib keeps responses of any command."""
    return bool(client._imap.response("EXISTS")[1] != [None])  # noqa: SLF001  # imapclient has no other way to it


def _told(client: IMAPClient) -> bool:
    """Whether more than the continuation of IDLE has been read: idle_check looks at the socket, not at the buffer."""
    line = client.socket()
    line.setblocking(False)
    try:
        return bool(client._imap.file.peek(1))  # noqa: SLF001  # imapclient has no other way to it
    finally:
        line.settimeout(TIMEOUT_S)


def _end(ended: "asyncio.Future[None]", fault: Exception | None) -> None:
    if ended.done():
        return
    if fault is None:
        ended.set_result(None)
    else:
        ended.set_exception(fault)
