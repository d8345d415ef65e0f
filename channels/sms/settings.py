"""The settings of `sms.smpp`."""

import ssl
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from channels.secret import SecretFile, secret
from channels.sms.file_links import FileLinkSettings
from channels.sms.parts import Concatenation
from channels.sms.pdu import Command
from channels.sms.session import SmscEndpoint

LONGEST_PASSWORD = 8
"""SMPP 3.4 §5.2.2."""
_BINDS = {
    "transceiver": (Command.BIND_TRANSCEIVER,), "pair": (Command.BIND_TRANSMITTER, Command.BIND_RECEIVER),
    "transmitter": (Command.BIND_TRANSMITTER,), "receiver": (Command.BIND_RECEIVER,)}

Seconds = Annotated[float, Meta(gt=0, le=3600)]


class SmscSettings(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[Annotated[str, Meta(pattern=r"^[\w.-]+$")], Meta(title="Имя соединения")]
    host: Annotated[str, Meta(title="Сервер SMPP")]
    port: Annotated[Annotated[int, Meta(ge=1, le=65535)], Meta(title="Порт")]
    system_id: Annotated[Annotated[str, Meta(pattern="^[ -~]{1,15}$")], Meta(title="Имя (system_id)")]
    source: Annotated[Annotated[str, Meta(pattern="^[ -~]{1,20}$")], Meta(title="Отправитель: номер или имя")]
    """The sender of messages: a number with «+», a short code, or a name."""
    password_file: Annotated[SecretFile, Meta(title="Пароль")] = ""
    system_type: Annotated[str, Meta(pattern="^[ -~]{0,12}$")] = ""
    bind: Annotated[Literal["transceiver", "pair", "transmitter", "receiver"], Meta(title="Вид входа")] = "transceiver"
    window: Annotated[Annotated[int, Meta(ge=1, le=1000)], Meta(title="Сообщений без ответа сразу")] = 10
    enquire_s: Annotated[Seconds, Meta(title="Проверка связи, с")] = 30.0
    timeout_s: Annotated[Seconds, Meta(title="Ждать ответа, с")] = 10.0
    reconnect_s: Seconds = 1.0
    tls: Annotated[bool, Meta(title="Шифрование TLS")] = False
    ca_file: str = ""
    final_errors: tuple[int, ...] = ()
    """Its own final statuses, without a retry."""


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    smscs: Annotated[Annotated[tuple[str, ...], Meta(min_length=1)], Meta(title="Через соединения")]
    prefix: Annotated[Annotated[str, Meta(pattern=r"^(\+?[0-9]+)?$")], Meta(title="Номера начинаются с")] = ""
    per_s: Annotated[Annotated[float, Meta(ge=0)], Meta(title="Не больше в секунду")] = 0.0


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    smscs: Annotated[Annotated[tuple[SmscSettings, ...], Meta(min_length=1)], Meta(title="Соединения с оператором связи")]
    routes: Annotated[tuple[Route, ...], Meta(title="Маршруты")] = ()
    region: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "RU"
    joining: Concatenation = Concatenation.UDH8
    plain: bool = False
    id_tag: Annotated[int, Meta(ge=0, le=0xFFFF)] = 0
    parts_wait_s: Seconds = 900.0
    file_links: FileLinkSettings | None = None


def read(settings: dict[str, object]) -> Settings:
    """Raises msgspec.ValidationError, which names the key."""
    read_ = msgspec.convert(settings, Settings)
    names = [smsc.name for smsc in read_.smscs]
    if len(set(names)) < len(names):
        message = "two of one name - at `$.smscs[...].name`"
        raise msgspec.ValidationError(message)
    for at, route in enumerate(read_.routes):
        if unknown := set(route.smscs) - set(names):
            message = f"there is no SMSC {min(unknown)!r} - at `$.routes[{at}].smscs`"
            raise msgspec.ValidationError(message)
    return read_


def ways(smsc: SmscSettings) -> tuple[SmscEndpoint, ...]:
    """Its endpoints, one for each of its binds; reads its password."""
    password = secret(smsc.password_file) if smsc.password_file else ""
    if len(password) > LONGEST_PASSWORD or not password.isascii():
        message = f"{smsc.password_file}: more than {LONGEST_PASSWORD} ASCII signs - at `$.smscs[...].password_file`"
        raise msgspec.ValidationError(message)
    tls = _tls(smsc.ca_file) if smsc.tls else None
    return tuple(
        SmscEndpoint(smsc.host, smsc.port, smsc.system_id, password, smsc.system_type, bind,
                     smsc.window, smsc.enquire_s, smsc.timeout_s, tls)
        for bind in _BINDS[smsc.bind])


def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        message = f"{ca_file}: {error.strerror or error} - at `$.smscs[...].ca_file`"
        raise msgspec.ValidationError(message) from error
