"""Profile of an HTTP SMS provider: request templates and response fields. Pure: settings and bytes in, fields out."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from msgspec import Meta, Struct

from channels.secret import SecretFile
from hub.conversations.delivery_status import Delivery
from hub.kernel.errors import RefusedError
from hub.kernel.web.bodies import UNREADABLE, single

_PLACE = re.compile(r"\{(\w*)\}")
PLACES = frozenset({"to", "digits", "text", "from", "id", "token"})
"""Placeholders of a template: the number with «+» and without, the text, our name, our id of the message, the token."""
FIELDS_LIMIT = 200

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Outgoing(Struct, frozen=True, forbid_unknown_fields=True):
    """The request that sends a message. `fields` are names to templates; a dot in a name is a level of the JSON."""

    url: Annotated[str, Meta(title="Адрес запроса")]
    fields: Annotated[dict[Name, str | int | bool], Meta(title="Поля запроса: имя = шаблон")]
    form: Annotated[Literal["json", "form"], Meta(title="Вид запроса")] = "json"
    headers: Annotated[dict[Name, str], Meta(title="Заголовки: имя = шаблон")] = {}
    token_file: Annotated[SecretFile, Meta(title="Токен провайдера")] = ""
    id: Annotated[str, Meta(title="Поле с номером сообщения в ответе")] = ""
    """Path of the provider's id of the message in its JSON answer."""
    error: Annotated[str, Meta(title="Поле с ошибкой в ответе")] = ""
    """Path of the error in an answer, if the provider reports errors with status 200."""
    later: tuple[str, ...] = ()
    """Its codes for a retry."""
    timeout_s: Annotated[Annotated[float, Meta(gt=0, le=120)], Meta(title="Ждать ответа, с")] = 15.0


class Incoming(Struct, frozen=True, forbid_unknown_fields=True):
    """Field names of a webhook: a message has a `text`, a receipt has none."""

    sender: Annotated[Name, Meta(title="Поле с номером гражданина")] = "from"
    text: Annotated[Name, Meta(title="Поле с текстом")] = "text"
    id: Annotated[Name, Meta(title="Поле с номером сообщения")] = "id"


class Receipts(Struct, frozen=True, forbid_unknown_fields=True):
    """Field names of a receipt, and its final states."""

    id: Name = "id"
    state: Name = "status"
    why: str = ""
    delivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def fate(self, state: str) -> Delivery | None:
        """None for a state that is not final."""
        if state in self.delivered:
            return Delivery.DELIVERED
        return Delivery.FAILED if state in self.failed else None


class Request(Struct, frozen=True):
    body: bytes
    headers: dict[str, str]


def check(outgoing: Outgoing) -> None:
    """Raises msgspec.ValidationError for an invalid address or template."""
    if urlsplit(outgoing.url).scheme not in {"http", "https"} or not urlsplit(outgoing.url).hostname:
        raise msgspec.ValidationError("outgoing.url: an address that begins with https:// is needed")
    for template in (*outgoing.fields.values(), *outgoing.headers.values()):
        if unknown := set(_PLACE.findall(str(template))) - PLACES:
            message = f"outgoing: there is no {{{min(unknown)}}}, only {', '.join(sorted(PLACES))}"
            raise msgspec.ValidationError(message)


def request(outgoing: Outgoing, values: Mapping[str, str]) -> Request:
    """Body and headers of a request; `values` fill the placeholders."""
    headers = {name: _filled(template, values) for name, template in outgoing.headers.items()}
    told = {name: _filled(each, values) if isinstance(each, str) else each for name, each in outgoing.fields.items()}
    if outgoing.form == "form":
        return Request(urlencode(told).encode(), headers | {"Content-Type": "application/x-www-form-urlencoded"})
    return Request(msgspec.json.encode(_nested(told)), headers | {"Content-Type": "application/json"})


def _filled(template: str, values: Mapping[str, str]) -> str:
    """In one pass: a citizen's text is never a template."""
    return _PLACE.sub(lambda place: values[place[1]], template)


def _nested(told: Mapping[str, object]) -> dict[str, object]:
    root: dict[str, object] = {}
    for name, each in told.items():
        *way, last = name.split(".")
        at = root
        for step in way:
            deeper = at.setdefault(step, {})
            if not isinstance(deeper, dict):
                message = f"outgoing.fields: {name}: {step} is a value already"
                raise msgspec.ValidationError(message)
            at = deeper
        at[last] = each
    return root


def answered(body: bytes) -> object:
    """The JSON of an answer; None for other content, which some providers send on success."""
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        return None


def received(body: bytes, content_type: str) -> object:
    """The content of a webhook, JSON or a form; raises RefusedError."""
    try:
        if content_type == "application/x-www-form-urlencoded":
            return single(parse_qsl(body.decode("latin1"), keep_blank_values=True, errors="replace", max_num_fields=FIELDS_LIMIT))
        return msgspec.json.decode(body)
    except (*UNREADABLE, ValueError) as error:
        raise RefusedError("bad_body", str(error)) from None


def value(told: object, path: str) -> str:
    """The value at a dotted path, as text; "" for a missing one, null and anything but a single value."""
    for step in path.split(".") if path else ("",):
        if not isinstance(told, dict):
            return ""
        told = told.get(step)
    if isinstance(told, bool) or not isinstance(told, str | int):
        return ""
    return str(told)
