"""Whom a limit is for, whatever the caller says of himself."""

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from hub.kernel.rate_limits import Buckets, Rate, caller, subscriber

PROXY = "10.0.0.1"


def told(*lines: str, behind_proxy: bool = True) -> str:
    """Who calls, as the headers of a real request have it."""
    request = make_mocked_request("GET", "/", headers=[("X-Forwarded-For", line) for line in lines])  # type: ignore[arg-type]  # pairs, as they come
    return caller(request.headers, PROXY, behind_proxy=behind_proxy)


@pytest.mark.parametrize(("lines", "who"), [
    (["198.51.100.7"], "198.51.100.7"),
    (["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
    (["1.1.1.1", "198.51.100.7"], "198.51.100.7"),  # a proxy that adds a line of its own (HAProxy) to the caller's
    (["198.51.100.7:4711"], "198.51.100.7"),
    (["[2001:db8::7]:4711"], "2001:db8::7"), (["2001:db8::7"], "2001:db8::7"), (["::ffff:198.51.100.7"], "198.51.100.7"),
    (["198.51.100.7, unknown"], PROXY), (["198.51.100.7,"], PROXY), ([""], PROXY), (["_hidden"], PROXY), ([], PROXY)])
def test_our_own_proxy_has_the_last_word(lines: list[str], who: str) -> None:
    # SE-02: forging X-Forwarded-For neither evades a limit nor spends somebody else's
    assert told(*lines) == who


@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=40), max_size=4))
def test_whatever_the_caller_makes_up_he_is_whom_the_proxy_saw(forged: list[str]) -> None:
    # SE-02
    assert told(*forged, "198.51.100.7") == "198.51.100.7"
    assert told(", ".join([*forged, "198.51.100.7"])) == "198.51.100.7"
    assert told(*forged, "198.51.100.7", behind_proxy=False) == PROXY


def test_one_subscriber_has_one_allowance() -> None:
    # SE-02: a /64 has more addresses than there are stars to count
    rates, now = Buckets(Rate(2, 1)), 0.0
    waits = [rates.spend(subscriber(f"2001:db8:1:2::{host:x}"), now) for host in range(3)]
    assert waits[:2] == [0, 0]
    assert waits[2] > 0
    assert rates.spend(subscriber("2001:db8:1:3::1"), now) == 0
    assert subscriber("198.51.100.7") == "198.51.100.7"
