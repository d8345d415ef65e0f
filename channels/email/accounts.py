"""Sign-in at an IMAP server, by a password or an access token. Blocking: for threads."""

import ssl
from collections.abc import Callable
from contextlib import suppress

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from channels.email.settings import Mailbox, client_tls, password
from channels.email.tokens import Tokens
from hub.kernel.errors import UnavailableError

TIMEOUT_S = 60.0


class Account:
    def __init__(self, mailbox: Mailbox) -> None:
        """Raises msgspec.ValidationError for unreadable files of its settings."""
        self.mailbox = mailbox
        self._password = password(mailbox.password_file)
        self._tokens = Tokens(mailbox.oauth) if mailbox.oauth else None
        self._tls = client_tls(mailbox.ca_file) if mailbox.tls != "none" else None

    def come_in(self, opened: Callable[[IMAPClient], None]) -> IMAPClient:
        """Connect and sign in; `opened` gets the connection before any command. Raises IMAPClientError, OSError or UnavailableError."""
        box = self.mailbox
        client = IMAPClient(box.host, box.port, ssl=box.tls == "tls", ssl_context=self._tls, timeout=TIMEOUT_S)
        opened(client)
        try:
            if box.tls == "starttls":
                client.starttls(self._tls)
            if self._tokens is None:
                client.login(box.user, self._password)
            else:
                self._sign_in(client, self._tokens)
        except BaseException:
            leave(client)
            raise
        return client

    def probe(self) -> str:
        """Test the sign-in; raises UnavailableError."""
        try:
            client = self.come_in(lambda _: None)
            client.select_folder(self.mailbox.folder, readonly=True)
        except (IMAPClientError, OSError) as error:
            message = f"ящик {self.mailbox.words}: {in_words(error)}"
            raise UnavailableError(message) from error
        with suppress(IMAPClientError, OSError):
            client.logout()
        return f"ящик {self.mailbox.words}"

    def _sign_in(self, client: IMAPClient, tokens: Tokens) -> None:
        token, user = tokens.token(), self.mailbox.user
        try:
            if client.has_capability("AUTH=OAUTHBEARER"):  # RFC 7628
                client.oauthbearer_login(user, token)
            else:
                client.oauth2_login(user, token)
        except LoginError:
            tokens.refused()
            raise


def leave(client: IMAPClient) -> None:
    with suppress(IMAPClientError, OSError):
        client.shutdown()


def in_words(error: Exception) -> str:
    """The error in words for an operator."""
    match error:
        case LoginError():
            return f"вход отклонён: {error}"
        case IMAPClientError():
            return f"сервер ответил ошибкой: {error}"
        case ssl.SSLError():
            return f"шифрование не удалось: {error}"
        case TimeoutError():
            return "нет ответа"
        case UnavailableError():
            return str(error)
        case _:
            return f"нет связи: {error}"
