"""panoramisk's AMI protocol, hardened against an invalid peer.

It makes panoramisk's handling of invalid data safe, and keeps its handling of valid data.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence

from panoramisk.actions import Action  # type: ignore[import-untyped]
from panoramisk.ami_protocol import AMIProtocol  # type: ignore[import-untyped]
from panoramisk.message import Message  # type: ignore[import-untyped]

from hub.kernel.errors import UnavailableError

LINE_BYTES = 1024
"""Asterisk's main/manager.c reads lines into a buffer of 1025 bytes; it drops longer ones."""
MESSAGE_BYTES = 256 << 10
"""Size limit of a message: an endless one is not from Asterisk."""

Field = str | int | Sequence[str]
Fields = Mapping[str, str | list[str]]

BEGINNINGS = (b"Event: ", b"Response: ", b"Asterisk Call Manager/")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_SINGLE = ("event", "response", "actionid", "commandid", "message", "eventlist", "subevent")
_log = logging.getLogger(__name__)


class Wire(AMIProtocol):  # type: ignore[misc]
    """One connection. `heard` gets the fields of every message that answers no action, `lost` is called once at its end."""

    # A character split between two packets would be lost: bytes are kept as they are, and decoded when the message is complete.
    encoding = "latin-1"

    def __init__(self, heard: Callable[[Fields], None], lost: Callable[[], None]) -> None:
        self._heard, self._lost = heard, lost
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.factory = self

    def request(self, action: Action, *, listed: bool) -> asyncio.Future[Message | list[Message]]:
        """Send an action; the future fails with UnavailableError when the connection ends first."""
        if self.closed:
            raise UnavailableError("соединение с Asterisk прервано")
        # panoramisk waits for ever for the end of a list answered by an error, and of an action that it takes for a list.
        answer: asyncio.Future[Message | list[Message]] = self.send(action, as_list=None if listed else False)
        return answer

    def forget(self, action: Action) -> None:
        """Discard a pending answer."""
        self.responses.pop(action.id, None)

    def data_received(self, data: bytes) -> None:
        *messages, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for message in messages:
            if (told := _event(message)) is not None:
                self._heard(told)
            else:
                if not message.startswith(BEGINNINGS):
                    _log.warning("AMI: event broken by a line feed in caller data: render Asterisk's manager.conf again")
                super().data_received(message + b"\r\n\r\n")
        if len(self._rest) > MESSAGE_BYTES:
            _log.warning("AMI: message too long: connection closed")
            self.transport.abort()

    def handle_message(self, message: Message) -> None:
        if any(isinstance(message.get(name), list) for name in _SINGLE):
            _log.warning("AMI: message with a repeated header ignored")
            return
        super().handle_message(message)

    def connection_lost(self, exc: object) -> None:
        """Sent once; panoramisk would repeat actions on the next connection: a late call is not wanted."""
        del exc  # the connection is lost, for any reason
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(UnavailableError("соединение с Asterisk прервано"))
        self.responses.clear()
        if not self.closed:
            self.close()
            # Unsent data must not keep a dead connection open.
            self.transport.abort()
            self._lost()

    def dispatch(self, message: Message) -> None:
        self._heard(fields(message))


def _event(message: bytes) -> Fields | None:
    """The fields of an event that answers no action; None for all else, and for one with a repeated type.

    Most messages are such, and panoramisk takes ten times as long for one.
    """
    if not message.startswith(b"Event: ") or b"\r\nActionID:" in message or message.startswith(b"Event: Shutdown"):
        return None
    told: dict[str, str | list[str]] = {}
    for line in message.decode("utf8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon or name in told:
            return None
        told[name] = value.strip()
    return told


def written(name: str, values: Mapping[str, Field]) -> Action:
    """An action ready to be sent; raises ValueError for content that would end its line or be truncated by Asterisk."""
    lines: dict[str, str | list[str]] = {"Action": name}
    for key, value in values.items():
        if not _NAME.fullmatch(key):
            message = f"{key!r} is no name of a field"
            raise ValueError(message)
        lines[key] = [*map(str, value)] if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
    for key, line in lines.items():
        for each in line if isinstance(line, list) else [line]:
            _one_line(key, each)
    return Action({key: [*map(_to_bytes, line)] if isinstance(line, list) else _to_bytes(line) for key, line in lines.items()})


def _one_line(key: str, value: str) -> None:
    if any(sign in value for sign in "\r\n\0"):
        message = f"{key}: a value must be one line"
        raise ValueError(message)
    if len(f"{key}: {value}\r\n".encode()) > LINE_BYTES:
        message = f"{key}: a line must have at most {LINE_BYTES} bytes"
        raise ValueError(message)


def fields(message: Message) -> Fields:
    return {key: [*map(_to_text, value)] if isinstance(value, list) else _to_text(value) for key, value in message.items()}


def _to_bytes(text: str) -> str:
    return text.encode().decode("latin-1")


def _to_text(content: str) -> str:
    return content.encode("latin-1").decode("utf8", "replace")
