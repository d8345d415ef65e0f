"""Trace ids of conversations and span ids of their steps. They are computed from the number, so they need not be transmitted.

W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header Pure.
"""

from hashlib import blake2b

OPENING = "open"
"""The root step of a conversation."""
BOUND = 1 << 64


def trace_of(number: str) -> int:
    """The trace id, 128 bits, of a conversation by its number, which is unique in the country."""
    return _hashed(16, number)


def span_of(number: str, step: int | str) -> int:
    """The span id, 64 bits, of a step: a record's id, or a name derived from one."""
    return _hashed(8, f"{number}/{step}")


def sampled(trace: int, share: float) -> bool:
    """Whether a trace is in this share of all: every program chooses the same ones, as OpenTelemetry's TraceIdRatioBased does."""
    return trace % BOUND < share * BOUND


def traceparent(number: str) -> str:
    """The header that puts other systems' spans below a conversation; its flag says that this hub may record spans (§3.2.2.5)."""
    return f"00-{trace_of(number):032x}-{span_of(number, OPENING):016x}-01"


def _hashed(size: int, text: str) -> int:
    # All zeros is an invalid id (§3.2.2.3), practically impossible.
    return int.from_bytes(blake2b(text.encode(), digest_size=size, person=b"okno-trace").digest()) or 1
