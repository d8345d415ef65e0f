"""Certificates of our own listeners: renewed files are used by the next handshake, and open connections continue.

The files are checked in each ClientHello (two calls of stat(2)), so that no watcher is needed for folders whose links are swapped, as by
certbot and Kubernetes. An invalid pair is reported, and the previous one stays in use.
"""

import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from cryptography import x509
from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.kernel.health import Health
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""TLS 1.2 suites with forward secrecy and authenticated encryption (RFC 9325 4.2). All TLS 1.3 suites have both."""
SOON = timedelta(days=14)
"""certbot renews 30 days before the end: fewer days mean that the renewal fails."""
OTHERS = 0o007
"""File modes that make a key world-readable."""

Mark = tuple[tuple[int, ...] | None, ...]
"""Fingerprint of the state of the two files."""


class CertificateError(OknoError):
    """A certificate or its key is unusable; the text names the file."""


class Pair(Struct, frozen=True):
    """A certificate with its key, as loaded. `names` are its host names."""

    context: ssl.SSLContext
    begins: datetime
    ends: datetime
    names: tuple[str, ...]
    mark: Mark


class Certificate:
    """hub.conversations.ports.HasHealth: the certificate of one listener."""

    def __init__(self, name: str, certificate: str, key: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`key` is "" where it is in the same file. Raises CertificateError."""
        self.name, self._certificate, self._key, self._now = name, Path(certificate), Path(key or certificate), now
        self.on_refused = Signal[[CertificateError]]()
        self.on_renewed = Signal[[]]()
        self.fault = ""
        """Why the current files are not used; "" when they are."""
        self._pair = self._read(self._mark())
        self._refused: Mark = ()
        self.context = self._pair.context
        """For servers: each handshake uses the newest pair."""
        self.context.sni_callback = self._greeted
        if self.left() < SOON:
            log.warning("TLS certificate expires soon", extra={"listener": name, "ends": self.ends.isoformat()})

    @property
    def ends(self) -> datetime:
        return self._pair.ends

    @property
    def names(self) -> tuple[str, ...]:
        return self._pair.names

    def left(self) -> timedelta:
        """Remaining validity; negative after its end."""
        return self.ends - self._now()

    def health(self) -> Health:
        """From memory."""
        days = self.left().days
        good = f"сертификат до {self.ends:%d.%m.%Y}, ещё {days} дн." if days >= 0 else f"срок сертификата истёк {self.ends:%d.%m.%Y}"
        return Health(days >= 0, f"{good}; новый не принят: {self.fault}" if self.fault else good)

    def open_to_others(self) -> bool:
        """Whether the key is world-readable."""
        return bool(self._key.stat().st_mode & OTHERS)

    def refresh(self) -> None:
        """Load the current files, if they are a new valid pair."""
        mark = self._mark()
        if mark in {self._pair.mark, self._refused}:
            return
        try:
            pair = self._newer(mark)
        except CertificateError as error:
            self._refused, self.fault = mark, str(error)
            log.error("new TLS certificate refused: the previous one stays in use", extra={"listener": self.name, "why": self.fault})  # noqa: TRY400 - it is no fault of ours
            self.on_refused(error)
        else:
            self._pair, self._refused, self.fault = pair, (), ""
            log.info("new TLS certificate loaded", extra={"listener": self.name, "ends": pair.ends.isoformat()})
            self.on_renewed()

    def _greeted(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> None:
        """Called in each ClientHello, with or without a server name."""
        del name, context
        self.refresh()
        connection.context = self._pair.context

    def _mark(self) -> Mark:
        return tuple(_state(path) for path in (self._certificate, self._key))

    def _newer(self, mark: Mark) -> Pair:
        pair = self._read(mark)
        if pair.ends <= self._now() < self.ends:
            message = f"{self._certificate}: its term ended on {pair.ends:%Y-%m-%d}"
            raise CertificateError(message)
        return pair

    def _read(self, mark: Mark) -> Pair:
        try:
            leaf = x509.load_pem_x509_certificates(self._certificate.read_bytes())[0]
            context = _context()
            context.load_cert_chain(self._certificate, self._key, password=_nobody)
        except ValueError as error:
            message = f"{self._certificate}: no certificate in PEM"
            raise CertificateError(message) from error
        except ssl.SSLError as error:
            message = f"{self._certificate}, {self._key}: {_words(error)}"
            raise CertificateError(message) from error
        except OSError as error:
            message = f"{error.filename or self._key}: {error.strerror}"
            raise CertificateError(message) from error
        return Pair(context, leaf.not_valid_before_utc, leaf.not_valid_after_utc, _names(leaf), mark)


@runtime_checkable
class Certified(Protocol):
    """A channel with certificates."""

    @property
    def certificates(self) -> tuple[Certificate, ...]: ...


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 9325 3.1.1: nothing older
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION  # RFC 9325 3.3, 3.5
    return context


def _words(error: ssl.SSLError) -> str:
    match error.reason:
        case "KEY_VALUES_MISMATCH":
            return "the key is not the certificate's"
        case None | "BAD_DECRYPT" | "BAD_PASSWORD_READ":
            return "no key in PEM, or it is locked by a password"
        case reason:
            return reason.lower().replace("_", " ")


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress)))


def _nobody() -> str:
    """No password: nobody can type one."""
    return ""


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
