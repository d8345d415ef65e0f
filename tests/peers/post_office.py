"""A mail server that keeps what it is given: aiosmtpd in the test's own loop, so that waiting for a mail is waiting for it."""

import asyncio
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.channels.line import PATIENCE_S


class Taken:
    """One mail as it came."""

    def __init__(self, envelope: Envelope) -> None:
        self.sender, self.recipients = envelope.mail_from or "", list(envelope.rcpt_tos)
        self.raw: bytes = envelope.original_content or b""
        message = message_from_bytes(self.raw, policy=default)
        assert isinstance(message, EmailMessage)
        self.message = message

    @property
    def text(self) -> str:
        """What was written, without what stands below each letter."""
        body = self.message.get_body(("plain",))
        assert body is not None
        whole: str = body.get_content().replace("\r\n", "\n").replace(" \n", " ")
        return whole.partition("\n\n***")[0].strip()


class PostOffice:
    """A relay, or a citizen's own server. `refusals` answers the next mails at a stage ("MAIL", "RCPT", "DATA") before it goes on as usual."""

    def __init__(self, tls: ssl.SSLContext | None = None, user: str = "", password: str = "") -> None:
        self._tls, self._login = tls, (user.encode(), password.encode())
        self.taken: list[Taken] = []
        self.refusals: dict[str, list[str]] = {"MAIL": [], "RCPT": [], "DATA": []}
        self.deaf = False
        """Hang up in the middle of each mail."""
        self.sessions: list[SMTP] = []
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> "PostOffice":
        self._server = await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for session in self.sessions:
            if session.transport is not None:
                session.transport.close()

    async def hears(self, text: str) -> Taken:
        """Wait for a mail that says it."""
        return await self.gets(lambda taken: text in taken.text)

    async def gets(self, wanted: Any) -> Taken:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: any(map(wanted, self.taken)))
        return next(taken for taken in self.taken if wanted(taken))

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  # aiosmtpd finds hooks by their commands
        if self.refusals["MAIL"]:
            return self.refusals["MAIL"].pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  # aiosmtpd finds hooks by their commands
        if self.refusals["RCPT"]:
            return self.refusals["RCPT"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd finds hooks by their commands
        if self.deaf:
            assert server.transport is not None
            server.transport.close()
            return "421 4.3.2 dying"
        if self.refusals["DATA"]:
            return self.refusals["DATA"].pop(0)
        async with self._news:
            self.taken.append(Taken(envelope))
            self._news.notify_all()
        return "250 2.0.0 kept"

    def _session(self) -> SMTP:
        session = SMTP(self, enable_SMTPUTF8=True, hostname="post.example", tls_context=self._tls, auth_required=bool(self._login[0]),
                       authenticator=self._authenticate, loop=asyncio.get_running_loop())
        self.sessions.append(session)
        return session

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, told: Any) -> AuthResult:
        good = (told.login, told.password) == self._login
        return AuthResult(success=good, handled=False)
