"""Settings of the e-mail channel, and the contents of the files that they name."""

import ssl
from ipaddress import ip_network
from typing import Annotated, Literal

import msgspec

from channels.secret import OwnSecretFile, SecretFile, secret
from channels.tls import Certificate, CertificateError
from hub.kernel.public_networks import Network

Tls = Literal["tls", "starttls", "none"]
"""TLS from the first byte (RFC 8314 3), by STARTTLS (RFC 3207, RFC 3501 6.2.1), or none."""

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Our own SMTP server."""

    host: str = "0.0.0.0"  # noqa: S104  # mail comes from everywhere unless the operator says otherwise
    port: Port = 25
    hostname: str = ""
    """Its name in the greeting; "" is the domain."""
    certificate: str = ""
    key: str = ""
    """"" where it is in the same file."""
    implicit: bool = False
    """TLS from the first byte (RFC 8314 3), as on port 465, instead of STARTTLS."""
    size_limit: Positive = 40 << 20
    """Maximum bytes of a mail."""
    connections: Positive = 200
    connections_each: Positive = 20
    """From one address."""
    networks: tuple[str, ...] = ()
    """Permitted clients, as 192.0.2.0/24; everybody by default."""


class OAuth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Source of access tokens: RFC 6749 6 with a refresh token, 4.4 without one."""

    token_url: Annotated[str, msgspec.Meta(title="Адрес выдачи токенов")]
    client_id: Annotated[str, msgspec.Meta(title="Имя клиента")]
    client_secret_file: Annotated[SecretFile, msgspec.Meta(title="Секрет клиента")] = ""
    refresh_token_file: Annotated[SecretFile, msgspec.Meta(title="Токен обновления")] = ""
    scope: Annotated[str, msgspec.Meta(title="Область доступа")] = ""


class Mailbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An IMAP account that the hub reads."""

    host: Annotated[str, msgspec.Meta(title="Сервер IMAP")]
    user: Annotated[str, msgspec.Meta(title="Имя для входа")]
    port: Annotated[Port, msgspec.Meta(title="Порт")] = 993
    tls: Annotated[Tls, msgspec.Meta(title="Шифрование")] = "tls"
    password_file: Annotated[SecretFile, msgspec.Meta(title="Пароль")] = ""
    oauth: Annotated[OAuth | None, msgspec.Meta(title="Вход по токену (OAuth)")] = None
    folder: Annotated[str, msgspec.Meta(title="Папка")] = "INBOX"
    ca_file: str = ""

    @property
    def words(self) -> str:
        return f"{self.user}@{self.host}" if "@" not in self.user else f"{self.user} на {self.host}"


class Dkim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RFC 6376: the public key is in DNS as <selector>._domainkey.<domain>."""

    selector: Annotated[str, msgspec.Meta(title="Селектор DKIM")]
    key_file: Annotated[SecretFile, msgspec.Meta(title="Закрытый ключ DKIM")]


class Relay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mail server that accepts outgoing mail."""

    host: Annotated[str, msgspec.Meta(title="Сервер SMTP")]
    port: Annotated[Port, msgspec.Meta(title="Порт")] = 587
    tls: Annotated[Tls, msgspec.Meta(title="Шифрование")] = "starttls"
    user: Annotated[str, msgspec.Meta(title="Имя для входа")] = ""
    password_file: Annotated[SecretFile, msgspec.Meta(title="Пароль")] = ""
    ca_file: str = ""
    dkim: Annotated[Dkim | None, msgspec.Meta(title="Подпись DKIM")] = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    domain: Annotated[str, msgspec.Meta(title="Домен центра")]
    address: Annotated[str, msgspec.Meta(title="Адрес для граждан")]
    """The centre's address, like ask@centre.example."""
    key_file: Annotated[OwnSecretFile, msgspec.Meta(title="Ключ подписи ответов")]
    """Signs reply addresses; its holder can write into any conversation."""
    relay: Annotated[Relay, msgspec.Meta(title="Отправка: SMTP")]
    name: Annotated[str, msgspec.Meta(title="Имя отправителя")] = ""
    """Shown beside our address."""
    listen: Listen | None = None
    mailboxes: Annotated[tuple[Mailbox, ...], msgspec.Meta(title="Приём: ящики IMAP")] = ()
    signed: bool = True
    """Replies go to address+token; false where the mail server does not support it (RFC 5233)."""
    robot_per_hour: Positive = 20
    """Automatic letters to one mailbox; more count as a loop (RFC 3834 2)."""
    robot_per_day: Positive = 50

    def __post_init__(self) -> None:
        if self.address.count("@") != 1 or self.address.startswith("@") or self.address.endswith("@"):
            raise ValueError("address is not a mailbox")
        if self.listen is None and not self.mailboxes:
            raise ValueError("neither listen nor mailboxes: no mail would come in")
        if self.listen is not None and self.listen.implicit and not self.listen.certificate:
            raise ValueError("listen.implicit needs listen.certificate")


def networks(listen: Listen) -> tuple[Network, ...]:
    """Raises msgspec.ValidationError that names an invalid network."""
    try:
        return tuple(ip_network(each) for each in listen.networks)
    except ValueError as error:
        message = f"listen.networks: {error}"
        raise msgspec.ValidationError(message) from error


def certificate(listen: Listen) -> Certificate | None:
    """None when there is none; raises msgspec.ValidationError that names a bad one."""
    if not listen.certificate:
        return None
    try:
        return Certificate("email.mail", listen.certificate, listen.key)
    except CertificateError as error:
        message = f"listen.certificate: {error}"
        raise msgspec.ValidationError(message) from error


def client_tls(ca_file: str) -> ssl.SSLContext:
    """Trusts the system's authorities, or only those of a file; raises msgspec.ValidationError that names it."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        message = f"ca_file: {ca_file}: {error.strerror or error}"
        raise msgspec.ValidationError(message) from error


def whole(path: str, key: str) -> bytes:
    """The whole content of a file, like a private key; raises msgspec.ValidationError that names it."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"{key}: {path}: {error.strerror}"
        raise msgspec.ValidationError(message) from error


def password(path: str) -> str:
    return secret(path) if path else ""
