"""Which trace a conversation is, and which span in it a step: whoever knows the number works out the same, so nothing is carried along.

W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header Pure.
"""

from hashlib import blake2b

OPENING = "open"
"""The step that everything else of a conversation lies below."""
BOUND = 1 << 64


def trace_of(number: str) -> int:
    """The trace, 128 bits, of the conversation whose number citizens are told, which is unique in the country."""
    return _hashed(16, number)


def span_of(number: str, step: int | str) -> int:
    """The span, 64 bits, of a step: a record's id, or what is named after one."""
    return _hashed(8, f"{number}/{step}")


def sampled(trace: int, share: float) -> bool:
    """Whether a trace is among this share of all: everybody chooses the same, as OpenTelemetry's TraceIdRatioBased does."""
    return trace % BOUND < share * BOUND


def traceparent(number: str) -> str:
    """The header by which somebody else's spans lie below a conversation; its flag says that there may be spans of ours (§3.2.2.5)."""
    return f"00-{trace_of(number):032x}-{span_of(number, OPENING):016x}-01"


def _hashed(size: int, text: str) -> int:
    # Nothing but zeros is no id (§3.2.2.3); nobody will see the day.
    return int.from_bytes(blake2b(text.encode(), digest_size=size, person=b"okno-trace").digest()) or 1
