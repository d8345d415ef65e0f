"""Outgoing mail: one reused connection to the relay, and DKIM signatures (RFC 6376)."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

import dkim
import msgspec
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from channels.email.settings import Dkim, Relay, client_tls, password, whole
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import UnavailableError, UndeliverableError

log = logging.getLogger(__name__)

TIMEOUT_S = 60.0
IDLE_S = 30.0
"""Idle time of a connection: servers disconnect idle clients (RFC 5321 4.5.3.2.7: five minutes)."""
PERMANENT = 500
FINAL_OF_SENDER = {552, 554}
"""Refusals of MAIL FROM that are of the letter: larger than the relay takes (RFC 1870 6.1), or its parameters (RFC 5321 4.2.2)."""
NOTIFY = "NOTIFY=SUCCESS,FAILURE,DELAY"
"""RFC 3461 4.1: a report also of success; the default is failures only."""
SIGNED = [b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to", b"mime-version",
          b"content-type", b"content-transfer-encoding", b"auto-submitted"]
"""RFC 6376 5.4.1."""


class Signer:
    def __init__(self, settings: Dkim, domain: str) -> None:
        """Raises msgspec.ValidationError for an invalid key."""
        self._selector, self._domain = settings.selector.encode("idna"), domain.encode("idna")
        self._key = whole(settings.key_file, "relay.dkim.key_file")
        try:
            self.signed(b"From: a@b\r\n\r\n")
        except (dkim.DKIMException, ValueError) as error:
            message = f"relay.dkim.key_file: {settings.key_file}: {error}"
            raise msgspec.ValidationError(message) from error

    def signed(self, mail: bytes) -> bytes:
        header: bytes = dkim.sign(
            mail, self._selector, self._domain, self._key, canonicalize=(b"relaxed", b"relaxed"), include_headers=SIGNED)
        return header + mail


class MailSender:
    """The relay, and its last known state."""

    def __init__(self, relay: Relay, domain: str) -> None:
        """Raises msgspec.ValidationError for unreadable files of its settings."""
        self._relay, self._domain = relay, domain
        self._password = password(relay.password_file)
        self._tls = client_tls(relay.ca_file) if relay.tls != "none" else None
        self._signer = Signer(relay.dkim, domain) if relay.dkim else None
        self._client: SMTP | None = None
        self._turn = asyncio.Lock()
        self._rest: asyncio.TimerHandle | None = None
        self._tasks = BackgroundTasks()
        self.why = ""
        """The last error; "" when it works or was not used."""

    @property
    def words(self) -> str:
        place = f"отправка через {self._relay.host}:{self._relay.port}"
        return f"{place}: {self.why}" if self.why else place

    async def send(self, sender: str, recipients: Sequence[str], mail: bytes, *, asks: bool = False) -> None:
        """To all recipients, or to none. `asks`: request a delivery report, where the relay supports it.

        Raises UndeliverableError for a permanent refusal, and UnavailableError for everything else.
        """
        if self._signer is not None:
            mail = await asyncio.to_thread(self._signer.signed, mail)
        async with self._turn:
            try:
                await self._given(sender, recipients, mail, asks=asks)
            except (OSError, SMTPException) as error:
                await self._hang_up()
                self.why = _words(error)
                raise UnavailableError(self.words) from error
            self.why = ""
            self._rest_later()

    async def probe(self) -> None:
        """Test the sign-in; raises UnavailableError."""
        try:
            client = await self._connected()
        except (OSError, SMTPException) as error:
            self.why = _words(error)
            raise UnavailableError(self.words) from error
        await _quit(client)

    async def close(self) -> None:
        await self._tasks.cancel()
        async with self._turn:
            await self._hang_up()

    async def _given(self, sender: str, recipients: Sequence[str], mail: bytes, *, asks: bool) -> None:
        used = self._client is not None
        client = self._client = self._client or await self._connected()
        try:
            await _give(client, sender, recipients, mail, asks=asks)
        except SMTPServerDisconnected:
            # The relay closed the idle connection; whatever became of the mail, it is sent again with the same Message-ID.
            if not used:
                raise
            await self._hang_up()
            self._client = await self._connected()
            await _give(self._client, sender, recipients, mail, asks=asks)

    async def _connected(self) -> SMTP:
        relay = self._relay
        client = SMTP(hostname=relay.host, port=relay.port, local_hostname=self._domain, timeout=TIMEOUT_S, tls_context=self._tls,
                      use_tls=relay.tls == "tls", start_tls=relay.tls == "starttls", username=relay.user or None,
                      password=self._password or None)
        await client.connect()
        if client.is_ehlo_or_helo_needed:  # its answer lists its extensions
            await client.ehlo()
        return client

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(IDLE_S, lambda: self._tasks.spawn(self._rested()))

    async def _rested(self) -> None:
        async with self._turn:
            if self._client is not None:
                client, self._client = self._client, None
                await _quit(client)

    async def _hang_up(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        client, self._client = self._client, None
        if client is not None:
            client.close()


async def _give(client: SMTP, sender: str, recipients: Sequence[str], mail: bytes, *, asks: bool) -> None:
    try:
        await _transact(client, sender, recipients, mail, asks=asks)
    except SMTPSenderRefused as error:
        if error.code in FINAL_OF_SENDER:  # others are of our settings, and may be mended
            raise UndeliverableError(_refused("Письмо не принято", error.code, error.message)) from error
        raise
    except SMTPRecipientRefused as error:
        if error.code >= PERMANENT:
            what = "Адрес не принят" if error.recipient == recipients[0] else f"Адрес копии {error.recipient} не принят"
            raise UndeliverableError(_refused(what, error.code, error.message)) from error
        raise
    except SMTPDataError as error:
        if error.code >= PERMANENT:
            raise UndeliverableError(_refused("Письмо не принято", error.code, error.message)) from error
        raise


async def _transact(client: SMTP, sender: str, recipients: Sequence[str], mail: bytes, *, asks: bool) -> None:
    """One mail transaction (RFC 5321 3.3). `SMTP.sendmail` also sends to some recipients where others are refused."""
    asked = asks and client.supports_extension("dsn")
    international = _options(client, (sender, *recipients))
    encoding = "utf-8" if international else "ascii"
    size = [f"SIZE={len(mail)}"] if client.supports_extension("size") else []  # RFC 1870
    try:
        await client.mail(sender, options=[*size, *international, *(["RET=HDRS"] if asked else [])], encoding=encoding)
        for recipient in recipients:
            await client.rcpt(recipient, options=[NOTIFY] if asked else [], encoding=encoding)
        await client.data(mail)
    except (SMTPResponseException, ValueError):  # the latter of what is no address
        with suppress(OSError, SMTPException):
            await client.rset()
        raise


def _options(client: SMTP, addresses: Sequence[str]) -> list[str]:
    if all(address.isascii() for address in addresses):
        return []
    if not client.supports_extension("smtputf8"):  # RFC 6531 3.2
        raise UndeliverableError("Почтовый сервер не умеет адресов не на латинице.")
    return ["SMTPUTF8"]


async def _quit(client: SMTP) -> None:
    with suppress(OSError, SMTPException):
        await client.quit()
    client.close()


def _refused(what: str, code: int, text: str) -> str:
    return f"{what} почтовым сервером: {code} {text}".strip()


def _words(error: Exception) -> str:
    """The error in words for an operator."""
    match error:
        case SMTPAuthenticationError():
            return f"вход отклонён: {error.code} {error.message}"
        case SMTPResponseException():
            return f"отложено: {error.code} {error.message}"
        case TimeoutError():
            return "нет ответа"
        case _:
            return f"нет связи: {error}"
