"""Mailboxes that are read by IMAP: fetched without a trace, and marked only after the commit.

imapclient blocks, so each mailbox has a thread; what it fetched is stored in the event loop, a chunk while the next is fetched.
"""

import asyncio
import logging
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from channels.email.marks import BookmarkMark, KeywordMark, Mark, MoveMark, place_of
from channels.email.settings import Mailbox, client_tls, password
from channels.email.tokens import Tokens
from hub.errors import UnavailableError
from hub.ports import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_S = 60.0
IDLE_S = 29 * 60.0
"""RFC 2177 3: a server may end an IDLE of 30 minutes."""
NO_IDLE_S = 60.0
"""How often a server is asked that cannot tell."""
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 60.0
CHUNK, CHUNK_BYTES = 100, 8 << 20
AHEAD = 2
"""Chunks on their way to the disk while the next one is fetched."""

TakeAll = Callable[[Sequence[bytes]], Coroutine[Any, Any, list[bool]]]
"""Store mails; which of them need not be brought again."""


class Watch:
    """One mailbox, watched by a thread until it is cancelled."""

    def __init__(self, mailbox: Mailbox, take: TakeAll, store: Store) -> None:
        """Raises msgspec.ValidationError for what its settings name and cannot be read."""
        self._mailbox, self._take, self._store = mailbox, take, store
        self._password = password(mailbox.password_file)
        self._tokens = Tokens(mailbox.oauth) if mailbox.oauth else None
        self._tls = client_tls(mailbox.ca_file) if mailbox.tls != "none" else None
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._client: IMAPClient | None = None
        self._asked: set[Future[Any]] = set()
        self._pause_s = FIRST_PAUSE_S
        self.connected, self.why = False, "ещё не подключён"

    @property
    def words(self) -> str:
        return f"ящик {self._mailbox.words}" + ("" if self.connected else f": {self.why}")

    async def run(self) -> None:
        """Watch until cancelled; a fault of ours comes out, one of the server's does not."""
        self._loop = asyncio.get_running_loop()
        self._stopping.clear()
        ended: asyncio.Future[None] = self._loop.create_future()
        thread = threading.Thread(target=self._watch, args=(ended,), name=f"imap {self._mailbox.host}", daemon=True)
        thread.start()
        try:
            await asyncio.shield(ended)
        finally:
            self._stop()
            await asyncio.wait([ended])

    def probe(self) -> str:
        """Blocking: come in, look and leave; raises UnavailableError or OSError."""
        try:
            client = self._come_in()
        except (IMAPClientError, ssl.SSLError) as error:
            raise UnavailableError(_words(error)) from error
        with suppress(IMAPClientError, OSError):
            client.logout()
        return f"ящик {self._mailbox.words}"

    def _stop(self) -> None:
        self._stopping.set()
        for future in list(self._asked):
            future.cancel()
        if (client := self._client) is not None:
            with suppress(OSError):
                client.shutdown()

    def _watch(self, ended: "asyncio.Future[None]") -> None:
        """The thread."""
        fault: Exception | None = None
        try:
            while not self._stopping.is_set():
                self._visit()
        except CancelledError:
            pass  # the event loop has told us to stop
        except Exception as error:  # noqa: BLE001  # it is raised where the thread was started
            fault = error
        self.connected = False
        with suppress(RuntimeError):  # the loop has gone before us
            self._loop.call_soon_threadsafe(_end, ended, fault)

    def _visit(self) -> None:
        """One connection, and the pause after it if it has failed."""
        try:
            self._client = self._come_in()
            self._serve(self._client)
        except (IMAPClientError, OSError, UnavailableError) as error:
            self.connected, self.why = False, _words(error)
            if not self._stopping.is_set():
                log.warning("a mailbox is away", extra={"mailbox": self._mailbox.host, "why": self.why})
                self._stopping.wait(self._pause())
        finally:
            client, self._client = self._client, None
            if client is not None:
                with suppress(OSError, IMAPClientError):
                    client.shutdown()

    def _pause(self) -> float:
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, LAST_PAUSE_S)
        return pause_s

    def _come_in(self) -> IMAPClient:
        box = self._mailbox
        client = IMAPClient(box.host, box.port, ssl=box.tls == "tls", ssl_context=self._tls, timeout=TIMEOUT_S)
        try:
            if box.tls == "starttls":
                client.starttls(self._tls)
            if self._tokens is None:
                client.login(box.user, self._password)
            else:
                self._sign_in(client, self._tokens)
        except BaseException:
            with suppress(OSError, IMAPClientError):
                client.shutdown()
            raise
        return client

    def _sign_in(self, client: IMAPClient, tokens: Tokens) -> None:
        token, user = tokens.token(), self._mailbox.user
        try:
            if client.has_capability("AUTH=OAUTHBEARER"):
                client.oauthbearer_login(user, token)
            else:
                client.oauth2_login(user, token)
        except LoginError:
            tokens.refused()
            raise

    def _serve(self, client: IMAPClient) -> None:
        mark = self._mark(client)
        self.connected, self._pause_s = True, FIRST_PAUSE_S
        pushes = client.has_capability("IDLE")
        while not self._stopping.is_set():
            kept = self._fetch(client, mark)
            if kept:
                self._pause_s = FIRST_PAUSE_S
            # What could not be stored is tried again after a pause, whether something new comes or not.
            self._await_mail(client, (IDLE_S if pushes else NO_IDLE_S) if kept else self._pause(), pushes=pushes)

    def _mark(self, client: IMAPClient) -> Mark:
        selected = client.select_folder(self._mailbox.folder)
        if (mark := KeywordMark.fitting(client, selected) or MoveMark.fitting(client, selected)) is not None:
            return mark
        key = place_of(self._mailbox)
        return BookmarkMark(client, selected, key, lambda: self._ask(self._store.get(*BookmarkMark.document(key))),
                            lambda bookmark: self._ask(self._store.put(bookmark)))

    def _fetch(self, client: IMAPClient, mark: Mark) -> bool:
        """Fetch all that is new; False when some of it could not be stored."""
        under_way: deque[tuple[list[int], Future[list[bool]]]] = deque()
        complete = True
        for uids in self._chunks(client, mark.fresh()):
            fetched = client.fetch(uids, [b"BODY.PEEK[]"])
            there = [uid for uid in uids if b"BODY[]" in fetched.get(uid, {})]  # others read mail here, too, and drop it
            under_way.append((there, self._begin(self._take([fetched[uid][b"BODY[]"] for uid in there]))))
            if len(under_way) > AHEAD:
                complete &= self._settle(mark, *under_way.popleft())
        while under_way:
            complete &= self._settle(mark, *under_way.popleft())
        return complete

    def _settle(self, mark: Mark, uids: list[int], taken: "Future[list[bool]]") -> bool:
        """Mark what is on the disk."""
        stored = self._outcome(taken)
        mark.stored(uids, stored)
        return all(stored)

    @staticmethod
    def _chunks(client: IMAPClient, uids: list[int]) -> list[list[int]]:
        """As many at once as memory should hold, in their order."""
        if not uids:
            return []
        sizes = client.fetch(uids, [b"RFC822.SIZE"])
        chunks: list[list[int]] = [[]]
        room = CHUNK_BYTES
        for uid in uids:
            room -= sizes.get(uid, {}).get(b"RFC822.SIZE", 0)
            if chunks[-1] and (room < 0 or len(chunks[-1]) >= CHUNK):
                chunks.append([])
                room = CHUNK_BYTES - sizes.get(uid, {}).get(b"RFC822.SIZE", 0)
            chunks[-1].append(uid)
        return chunks

    def _await_mail(self, client: IMAPClient, patience_s: float, *, pushes: bool) -> None:
        if not pushes:
            self._stopping.wait(patience_s)
            client.noop()
            return
        client.idle()
        if not _told(client):
            client.idle_check(patience_s)
        client.idle_done()

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        return self._outcome(self._begin(work))

    def _begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)
        return future

    def _outcome(self, future: "Future[T]") -> T:
        if self._stopping.is_set():
            future.cancel()
        return future.result()


def _told(client: IMAPClient) -> bool:
    """Whether more than the go-ahead of IDLE has been read already: idle_check looks at the socket, not at what was read of it."""
    socket = client.socket()
    socket.setblocking(False)
    try:
        return bool(client._imap.file.peek(1))  # noqa: SLF001  # imapclient has no other way to it
    finally:
        socket.settimeout(TIMEOUT_S)


def _end(ended: "asyncio.Future[None]", fault: Exception | None) -> None:
    if fault is None:
        ended.set_result(None)
    else:
        ended.set_exception(fault)


def _words(error: Exception) -> str:
    """For an operator."""
    match error:
        case LoginError():
            return f"вход отклонён: {error}"
        case CapabilityError() | IMAPClientError():
            return f"сервер ответил ошибкой: {error}"
        case TimeoutError():
            return "нет ответа"
        case _:
            return f"нет связи: {error}"
