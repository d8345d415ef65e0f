"""Access tokens for mailboxes without passwords (RFC 6749). Blocking: for the threads that read mailboxes."""

import json
import logging
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import msgspec

from channels.email.settings import OAuth
from channels.secret import secret
from hub.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

TIMEOUT_S = 20.0
EARLY_S = 60.0
"""A token that expires sooner is not used."""
LIFE_S = 300.0
"""Assumed lifetime of a token without one (RFC 6749 5.1)."""


class Answer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = LIFE_S
    refresh_token: str = ""


class Tokens:
    """Access tokens of one account: requested when the last one expires."""

    def __init__(self, oauth: OAuth) -> None:
        """Raises msgspec.ValidationError for unreadable secrets, and an invalid address."""
        if urlsplit(oauth.token_url).scheme not in {"http", "https"}:
            message = f"oauth.token_url: {oauth.token_url}"
            raise msgspec.ValidationError(message)
        self._oauth = oauth
        self._secret = secret(oauth.client_secret_file) if oauth.client_secret_file else ""
        self._refresh = secret(oauth.refresh_token_file) if oauth.refresh_token_file else ""
        self._token, self._until = "", 0.0

    def token(self) -> str:
        """Raises UnavailableError with the server's message."""
        if time.monotonic() >= self._until:
            answer = self._asked()
            self._token, self._until = answer.access_token, time.monotonic() + answer.expires_in - EARLY_S
            self._rotate(answer.refresh_token)
        return self._token

    def refused(self) -> None:
        """The mail server refused the last token before its expiry."""
        self._until = 0.0

    def _asked(self) -> Answer:
        oauth = self._oauth
        form = {"client_id": oauth.client_id, "client_secret": self._secret, "scope": oauth.scope, "refresh_token": self._refresh}
        form = {name: value for name, value in form.items() if value}
        form["grant_type"] = "refresh_token" if self._refresh else "client_credentials"
        request = Request(oauth.token_url, urlencode(form).encode(), {"Accept": "application/json"})  # noqa: S310  # checked at the start
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return msgspec.json.decode(answer.read(1 << 20), type=Answer)
        except HTTPError as error:
            message = f"сервер токенов ответил {error.code}: {_why(error.read(1 << 12))}"
            raise UnavailableError(message) from error
        except (OSError, msgspec.DecodeError) as error:
            message = f"сервер токенов не отвечает: {error}"
            raise UnavailableError(message) from error

    def _rotate(self, refresh: str) -> None:
        """A new refresh token replaces the old one (RFC 6749 6), also after a restart."""
        if not refresh or refresh == self._refresh:
            return
        self._refresh = refresh
        path = Path(self._oauth.refresh_token_file)
        draft = path.with_name(path.name + ".new")
        try:
            draft.touch(mode=0o600)
            draft.write_text(refresh + "\n", encoding="utf8")
            draft.replace(path)
        except OSError as error:
            log.warning("new OAuth refresh token not saved: the previous one is used at the next start", extra={"why": str(error)})


def _why(body: bytes) -> str:
    """Only the error's code (RFC 6749 5.2)."""
    try:
        told = json.loads(body)
    except ValueError:
        return "без объяснения"
    return str(told.get("error", "без объяснения")) if isinstance(told, dict) else "без объяснения"
