"""Incoming mail by SMTP: 250 is sent when it is on disk, and unwanted mail is refused in the dialogue.

The connected server learns of a refusal in the dialogue, so the hub never writes a bounce and causes no backscatter.
"""

import asyncio
import logging
import re
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email.settings import Listen, certificate, networks
from hub.kernel.errors import StoreError

log = logging.getLogger(__name__)

RECIPIENTS = 100
"""RFC 5321 4.5.3.1.8: the minimum a server must accept."""
STRANGERS = 10
"""Unknown recipients in one session; more are address guessing."""
TIMEOUT_S, DATA_S = 300.0, 1800.0
"""For a command (RFC 5321 4.5.3.2.7), and for a whole mail: a slower one is not stored, and is redelivered."""
LINE_LIMIT = 1 << 16
"""Limit of a command. Lines of a mail are unlimited: RFC 5321 4.5.3.1.6 has 1000, and many programs write longer ones."""
ALL = 1 << 30
END = b"\r\n.\r\n"

UNKNOWN = "550 5.1.1 There is no such mailbox here"
TOO_MANY = "452 4.5.3 Too many recipients"
GUESSING = "421 4.7.0 Too many unknown recipients"
LATER = "451 4.3.0 Cannot store mail now, try again later"
CROWDED = "421 4.7.0 Too many connections, try again later"
FOREIGN = "554 5.7.1 This server takes no mail from you"

PLAIN = re.compile(r"<([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+)>((?: .*)?)")
"""RFC 5321 4.1.2: a path whose mailbox is a dot-string at a domain, and the parameters after it."""
COMMANDS = ("smtp_HELO", "smtp_EHLO", "smtp_STARTTLS", "smtp_MAIL", "smtp_RCPT", "smtp_DATA", "smtp_RSET", "smtp_NOOP", "smtp_QUIT",
            "smtp_VRFY")
HOOKS = ("handle_RCPT", "handle_DATA")

Ours = Callable[[str], bool]
Take = Callable[[bytes, str, Sequence[str]], Awaitable[str]]
"""Stores a mail of the envelope's sender, "" for a bounce (RFC 5321 4.5.5), for some recipients.

Returns the reason of a refusal, as the rest of a line that begins with 5xx, or "".
"""


class ConnectionLimits:
    """Open sessions, and the limits for new ones."""

    def __init__(self, listen: Listen) -> None:
        self._listen, self._networks = listen, networks(listen)
        self._guests: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._guests.total()

    def refusal(self, guest: str) -> str:
        if self._networks and not self._known(guest):
            return FOREIGN
        full = len(self) >= self._listen.connections or self._guests[guest] >= self._listen.connections_each
        return CROWDED if full else ""

    def enter(self, guest: str) -> None:
        self._guests[guest] += 1

    def leave(self, guest: str) -> None:
        self._guests[guest] -= 1
        if not self._guests[guest]:
            del self._guests[guest]

    def _known(self, guest: str) -> bool:
        address = ip_address(guest.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._networks)


class Handler:
    """Callbacks of aiosmtpd during a session."""

    def __dir__(self) -> tuple[str, ...]:
        return self._hooks

    def __init__(self, ours: Ours, take: Take, *, encrypts: bool) -> None:
        self._ours, self._take = ours, take
        # Without TLS the greeting needs no change, and a hook's look-up costs time in every session.
        self._hooks = (*HOOKS, "handle_EHLO") if encrypts else HOOKS

    async def handle_EHLO(  # noqa: N802  # aiosmtpd finds hooks by their commands
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str],
    ) -> list[str]:
        """There are no accounts: AUTH is not offered (RFC 4954)."""
        del server, envelope
        session.host_name = hostname
        return ["250-ENHANCEDSTATUSCODES" if line.startswith("250-AUTH") else line for line in responses]

    async def handle_RCPT(  # noqa: N802
        self, server: "SmtpSession", session: Session, envelope: Envelope, address: str, options: list[str],
    ) -> str:
        del session, options
        if not self._ours(address):
            server.strangers += 1
            return UNKNOWN if server.strangers < STRANGERS else GUESSING
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return TOO_MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session
        sender = envelope.mail_from or ""
        try:
            refusal = await self._take(envelope.original_content or b"", "" if sender == "<>" else sender, envelope.rcpt_tos)
        except StoreError as error:
            log.warning("store unavailable: the sender of an incoming mail is asked to retry", extra={"why": str(error)})
            return LATER
        return refusal or "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        """By default, aiosmtpd would answer 500 with the error's text: the mail would be lost, and the text would leak."""
        log.error("unexpected error with an incoming mail: the sender is asked to retry", exc_info=error)
        return LATER


class SmtpSession(SMTP):
    """One session; a refused client is told so and disconnected."""

    line_length_limit = LINE_LIMIT
    envelope: Envelope

    def __dir__(self) -> tuple[str, ...]:
        # In each session aiosmtpd searches all names for commands, twice; and there are no accounts (AUTH).
        return COMMANDS

    def __init__(self, handler: Handler, limits: ConnectionLimits, listen: Listen, hostname: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            handler, data_size_limit=listen.size_limit, enable_SMTPUTF8=True, hostname=hostname, ident="ESMTP", tls_context=tls,
            timeout=TIMEOUT_S, loop=asyncio.get_running_loop())
        self._limits = limits
        self.strangers = 0
        """Unknown recipients so far."""

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Replaces the library's method, which reads line by line and refuses long ones."""
        if await self.check_helo_needed():
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(DATA_S)
        content = await self._content()
        self._reset_timeout()
        if content is None:
            answer = "552 5.3.4 Error: Too much mail data"
        else:
            self.envelope.content = self.envelope.original_content = content
            answer = await self._call_handler_hook("DATA")
        self.envelope = self._create_envelope()
        await self.push(answer)

    async def _content(self) -> bytes | None:
        """A complete mail; None for one over the size limit. Raises ConnectionResetError."""
        limit, data, too_big = self.data_size_limit or 0, bytearray(b"\r\n"), False
        while True:
            seen = max(len(data) - len(END) + 1, 0)
            piece = await self._reader.read(ALL)
            if not piece:
                raise ConnectionResetError
            data += piece
            if (end := data.find(END, seen)) >= 0:
                break
            if too_big or len(data) > limit:
                too_big = True
                del data[:-len(END)]
        if rest := bytes(data[end + len(END):]):
            self._reader.feed_data(rest)  # the rest is a pipelined command
        if too_big or end > limit:
            return None
        return bytes(data[:end + 2]).replace(b"\r\n.", b"\r\n")[2:]  # RFC 5321 4.5.2

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The library parses a whole RFC 5322 header: for nearly all addresses a pattern is enough."""
        plain = PLAIN.fullmatch(arg)
        return (plain[1], plain[2]) if plain else super()._getaddr(arg)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def _handle_client(self) -> None:
        # Every connection ends here exactly once, also with STARTTLS.
        guest = str(self._writer.get_extra_info("peername")[0])
        if refusal := self._limits.refusal(guest):
            await self.push(refusal)
            self._writer.close()
            return
        self._limits.enter(guest)
        try:
            await super()._handle_client()
        finally:
            self._limits.leave(guest)


class SmtpServer:
    """Our SMTP server, in this event loop."""

    def __init__(self, listen: Listen, domain: str, ours: Ours, take: Take) -> None:
        """Raises msgspec.ValidationError for an unreadable certificate or network."""
        self._listen, self._hostname, self.certificate = listen, listen.hostname or domain, certificate(listen)
        self._limits, self._handler = ConnectionLimits(listen), Handler(ours, take, encrypts=self.certificate is not None)
        self._server: asyncio.Server | None = None
        self._dialogues: WeakSet[SmtpSession] = WeakSet()
        self._why = "ещё не открыт"
        self.port = listen.port
        """The port once it is open: the system chooses one for 0."""

    @property
    def is_good(self) -> bool:
        """Whether it is open, with a valid certificate."""
        return self.is_open and (self.certificate is None or self.certificate.health().up)

    @property
    def is_open(self) -> bool:
        return self._server is not None

    @property
    def words(self) -> str:
        place = f"{self._listen.host}:{self.port}"
        if not self.is_open:
            return f"приём SMTP на {place}: {self._why}"
        sealed = f", {self.certificate.health().words}" if self.certificate else ""
        return f"приём SMTP на {place}, соединений: {len(self._limits)}{sealed}"

    async def open(self) -> None:
        """Raises OSError, as for a port in use."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own log would contain every sender and recipient
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._dialogue, self._listen.host, self.port, ssl=self._tls if self._listen.implicit else None)
        except OSError as error:
            self._why = error.strerror or str(error)
            raise
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Close all connections; an unanswered mail is redelivered."""
        server, self._server = self._server, None
        if server is not None:
            self._why = "закрыт"
            server.close()
            for dialogue in list(self._dialogues):
                dialogue.hang_up()

    @property
    def _tls(self) -> ssl.SSLContext | None:
        return self.certificate.context if self.certificate else None

    def _dialogue(self) -> SmtpSession:
        dialogue = SmtpSession(self._handler, self._limits, self._listen, self._hostname, None if self._listen.implicit else self._tls)
        self._dialogues.add(dialogue)
        return dialogue
