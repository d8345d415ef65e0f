"""Wire format of an envelope: a CloudEvents 1.0 event in structured mode, JSON (CloudEvents 1.0.2; JSON Event Format 1.0.2 §3).

The ends may be a version apart: unknown attributes are ignored, and missing ones have defaults.
"""

import re
from datetime import datetime

import msgspec
from msgspec import Raw, Struct

from hub.federation.envelope import Envelope
from hub.kernel.errors import OknoError

TYPE, CENTRE = "ru.okno.", "urn:okno:centre:"
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context §3.2.2, version 00."""
JSON = "application/json"


class EnvelopeError(OknoError):
    """Invalid envelope. The text says why."""


class Event(Struct, frozen=True, omit_defaults=True):
    """Names are those of CloudEvents §3.1; `recipient` and `formversion` are extensions, `traceparent` is that of the standard."""

    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    recipient: str
    formversion: int
    data: Raw
    datacontenttype: str = JSON
    traceparent: str = ""


_events = msgspec.json.Decoder(Event)
_texts = msgspec.json.Decoder(Raw)


def pack(parcel: Envelope) -> bytes:
    """Raises EnvelopeError for data that is no JSON."""
    try:
        data = _texts.decode(parcel.data)
    except msgspec.DecodeError as error:
        text = f"the data of {parcel.kind} is no JSON: {error}"
        raise EnvelopeError(text) from error
    return msgspec.json.encode(Event(
        "1.0", parcel.id, CENTRE + parcel.source, TYPE + parcel.kind, parcel.at, CENTRE + parcel.to, parcel.version, data,
        traceparent=parcel.trace))


def unpack(content: bytes) -> Envelope:
    """Raises EnvelopeError. An invalid trace is dropped: it is no reason to lose an envelope."""
    try:
        event = _events.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = f"no CloudEvents event: {error}"
        raise EnvelopeError(text) from error
    if event.specversion != "1.0":
        text = f"an event of CloudEvents {event.specversion}"
        raise EnvelopeError(text)
    if event.datacontenttype != JSON:
        text = f"data of the type {event.datacontenttype}"
        raise EnvelopeError(text)
    if not event.id or event.time.tzinfo is None:
        raise EnvelopeError("an event without an id, or whose time has no zone")
    return Envelope(event.id, _after(TYPE, event.type), _after(CENTRE, event.source), _after(CENTRE, event.recipient), event.time,
                  event.formversion, bytes(event.data), event.traceparent if _TRACE.fullmatch(event.traceparent) else "")


def _after(prefix: str, word: str) -> str:
    rest = word.removeprefix(prefix)
    if rest == word or not rest:
        text = f"«{word}» does not begin with {prefix}"
        raise EnvelopeError(text)
    return rest
