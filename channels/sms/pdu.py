"""SMPP 3.4 PDUs: bytes to frozen structs and back, without a socket.

smpplib is the codec, with workarounds: it resets to the beginning of a PDU where a string has no end,
discards unknown optional parameters, and stops at those of an odd length. The three hot paths
(the header, submit_sm and message ids) are packed here; a test compares them with smpplib's bytes.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from msgspec import Struct
from smpplib import command as smpplib_command  # type: ignore[import-untyped]  # it has no types
from smpplib.exceptions import PDUError  # type: ignore[import-untyped]
from smpplib.smpp import make_pdu  # type: ignore[import-untyped]

from hub.kernel.errors import OknoError

HEADER = struct.Struct(">LLLL")
RESPONSE = 0x80000000
LONGEST = 128 * 1024
"""Octets of a PDU: the longest message_payload of 64 KiB and ample space for other parameters."""
LONGEST_ADDRESS = 64
"""Octets of an address of data_sm (§4.7.1); one of deliver_sm has 20."""


class Command(IntEnum):
    """SMPP 3.4 §5.1.2.1: commands used by our sessions."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x00000001
    BIND_TRANSMITTER = 0x00000002
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    ENQUIRE_LINK = 0x00000015
    ALERT_NOTIFICATION = 0x00000102
    DATA_SM = 0x00000103


class Status(IntEnum):
    """SMPP 3.4 §5.1.3: those with special handling."""

    OK = 0x00
    INVALID_LENGTH = 0x02
    INVALID_COMMAND = 0x03
    QUEUE_FULL = 0x14
    THROTTLED = 0x58
    TEMPORARY = 0x64
    PERMANENT = 0x65


class Tag(IntEnum):
    """Optional parameters, SMPP 3.4 §5.3.2."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_SEQUENCE = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class PduError(OknoError):
    """The server sent an invalid PDU."""


class FramingError(PduError):
    """An invalid length: the beginning of the next PDU is unknown."""


class MalformedError(PduError):
    """A PDU whose body does not match its command."""


class Header(Struct, frozen=True, gc=False):
    command: int
    status: int
    sequence: int


class Sm(Struct, frozen=True, gc=False):
    """deliver_sm or data_sm. `tlvs` are all optional parameters, known or not; of a repeated one the first."""

    source: str
    source_ton: int
    destination: str
    esm_class: int
    data_coding: int
    short_message: bytes
    tlvs: dict[int, bytes]

    @property
    def content(self) -> bytes:
        return self.short_message or self.tlvs.get(Tag.PAYLOAD, b"")


class Submit(Struct, frozen=True, gc=False):
    """One submit_sm. Long `content` goes as message_payload if it does not fit a short_message."""

    source: str
    source_ton: int
    source_npi: int
    destination: str
    destination_ton: int
    destination_npi: int
    esm_class: int
    data_coding: int
    content: bytes
    reference: int
    """user_message_reference: ours, 1 to 65535."""
    sar: tuple[int, int, int] | None = None
    """Reference, total, number of this part."""


class Frames:
    """Splits a stream of octets into PDUs."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Every complete PDU; raises FramingError after those before it."""
        data, at = self._rest + data if self._rest else data, 0
        while len(data) - at >= 4:  # noqa: PLR2004 - octets of command_length
            length = int.from_bytes(data[at:at + 4], "big")
            if not HEADER.size <= length <= LONGEST:
                message = f"a PDU of {length} octets"
                raise FramingError(message)
            if len(data) - at < length:
                break
            yield data[at:at + length]
            at += length
        self._rest = data[at:]


def packed(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return HEADER.pack(HEADER.size + len(body), command, status, sequence) + body


def header(frame: bytes) -> Header:
    _, command, status, sequence = HEADER.unpack_from(frame)
    return Header(command, status, sequence)


def message_id(frame: bytes) -> str:
    """The id in a submit_sm_resp; "" where there is none (§4.4.2: an error has no body)."""
    return frame[HEADER.size:].partition(b"\0")[0].decode("latin-1")


def sm(frame: bytes) -> Sm:
    """A deliver_sm or data_sm; raises only MalformedError."""
    kind = _DataSm if header(frame).command == Command.DATA_SM else _DeliverSm
    parsed = kind()
    try:
        parsed.parse_params(frame[HEADER.size:])
        short = _whole(parsed)
        found = tlvs(parsed.optional)
    except (struct.error, ValueError, TypeError, KeyError, PDUError) as error:
        message = f"{kind.name}: {error}"
        raise MalformedError(message) from error
    return Sm(
        parsed.source_addr.decode("latin-1"), parsed.source_addr_ton, parsed.destination_addr.decode("latin-1"),
        parsed.esm_class, parsed.data_coding, short, found)


def tlvs(data: bytes) -> dict[int, bytes]:
    """Optional parameters by tag. A truncated one ends them, since the message before it is good; but not a truncated payload."""
    found: dict[int, bytes] = {}
    at = 0
    while len(data) - at >= 4:  # noqa: PLR2004 - octets of tag and length
        tag, length = struct.unpack_from(">HH", data, at)
        at += 4 + length
        if at > len(data):
            if tag == Tag.PAYLOAD:
                message = "a payload that is cut short"
                raise ValueError(message)
            break
        found.setdefault(tag, data[at - length:at])
    return found


def bind_body(command: Command, system_id: str, password: str, system_type: str) -> bytes:
    """§4.1: the body of any of the three binds."""
    pdu = make_pdu(command.name.lower(), sequence=0, system_id=system_id, password=password, system_type=system_type)
    body: bytes = pdu.generate_params()
    return body


def submit_body(submit: Submit) -> bytes:
    """§4.4.1, with a receipt requested for every outcome."""
    long = len(submit.content) > 254  # noqa: PLR2004 - §5.2.22
    short = b"" if long else submit.content
    source, destination = submit.source.encode("ascii"), submit.destination.encode("ascii")
    body = (
        b"\0%c%c%b\0%c%c%b\0%c\0\0\0\0\1\0%c\0%c%b" % (
            submit.source_ton, submit.source_npi, source, submit.destination_ton, submit.destination_npi, destination,
            submit.esm_class, submit.data_coding, len(short), short)
        + _tlv(Tag.USER_MESSAGE_REFERENCE, submit.reference.to_bytes(2, "big")))
    if submit.sar is not None:
        reference, total, number = submit.sar
        body += (_tlv(Tag.SAR_REFERENCE, reference.to_bytes(2, "big")) + _tlv(Tag.SAR_TOTAL, bytes([total]))
                 + _tlv(Tag.SAR_SEQUENCE, bytes([number])))
    return body + _tlv(Tag.PAYLOAD, submit.content) if long else body


def _tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def _whole(parsed: "_DeliverSm | _DataSm") -> bytes:
    """The short_message of a PDU with all mandatory fields; smpplib silently accepts truncated ones."""
    short = b""
    if isinstance(parsed, _DeliverSm):
        short = parsed.short_message or b""
        if parsed.sm_length is None or len(short) != parsed.sm_length:
            message = "short_message is cut short"
            raise ValueError(message)
    elif parsed.data_coding is None:
        message = "it ends before its data_coding"
        raise ValueError(message)
    if max(len(parsed.source_addr), len(parsed.destination_addr)) > LONGEST_ADDRESS:
        message = "an address that is too long"
        raise ValueError(message)
    return short


class _Guarded:
    """Overrides of smpplib's parser."""

    name: str
    optional = b""

    def parse_optional_params(self, data: bytes) -> None:
        self.optional = data

    def _parse_string(self, field: str, data: bytes, pos: int, length: int | None = None) -> tuple[bytes, int]:
        if data.find(b"\0", pos) < 0:
            message = f"{field} has no end"
            raise ValueError(message)
        parsed: tuple[bytes, int] = super()._parse_string(field, data, pos, length)  # type: ignore[misc]  # of the class beside this one
        return parsed


class _DeliverSm(_Guarded, smpplib_command.DeliverSM):  # type: ignore[misc]  # it has no types
    name = "deliver_sm"
    sm_length = None

    def __init__(self) -> None:
        """Replaces smpplib's constructor, which sets its forty fields to None and takes as long as the parser."""


class _DataSm(_Guarded, smpplib_command.DataSM):  # type: ignore[misc]
    name = "data_sm"
    data_coding: Any = None

    def __init__(self) -> None:
        """As above."""
