"""What the outside world may send: random JSON, broken bytes, and requests no client library would write."""

import asyncio
import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.house import House

FUZZ = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

HUGE = st.sampled_from([2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, -1, -2**63, -2**70])
TEXTS = st.one_of(
    st.text(max_size=60), st.text(st.characters(), max_size=20),
    st.sampled_from(["", " ", "\0", "\ud800", "\udfff\ud800", "a\0b", "x" * 9000, "../../etc/passwd", "' OR 1=1 --", "Ω≈ç√∫",
                     "\u202e", "NaN", "1e999", "0", "-1", "9" * 19, "9" * 5000, "%00", "\r\nSet-Cookie: a=b"]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), HUGE, st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)), max_leaves=8)


def frames_like(kinds: tuple[str, ...], fields: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """JSON that resembles known frames more or less."""
    like = st.fixed_dictionaries({}, optional={"type": st.one_of(st.sampled_from(kinds), JSON)} | dict.fromkeys(fields, JSON))
    return st.one_of(like, JSON).map(lambda value: json.dumps(value).encode())


@st.composite
def damaged(draw: st.DrawFn, good: st.SearchStrategy[bytes]) -> bytes:
    """A few bytes of something good are changed, taken out or put in."""
    content = bytearray(draw(good))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(content)))
        content[at:at + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(content)


async def ask(house: House, method: str, target: bytes, headers: dict[bytes, bytes] | None = None, body: bytes = b"") -> int:
    """The status of an answer to a request made of any bytes; 0 when the connection was closed without one."""
    reader, writer = await asyncio.open_connection(*house.listen.split(":"))
    lines = [method.encode() + b" " + target + b" HTTP/1.1"]
    for name, value in ({b"Host": house.listen.encode(), b"Connection": b"close"} | (headers or {})).items():
        lines.append(name + b": " + value)
    if body or method in {"POST", "PUT"}:
        lines.append(b"Content-Length: " + str(len(body)).encode())
    try:
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        async with asyncio.timeout(15):
            line = await reader.readline()
        return int(line.split()[1]) if line.startswith(b"HTTP/1.") else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()


def unharmed(house: House) -> None:
    """The process runs, and nothing in it has gone wrong."""
    assert house.alive
    complaints = house.complaints()
    assert not complaints, complaints[0]


def percent(text: str) -> bytes:
    """Any text as a part of an address; surrogates become the broken UTF-8 they are."""
    return b"".join(b"%%%02X" % byte for byte in text.encode("utf8", "surrogatepass"))


