"""What the driver is told of one Asterisk, and of several (CH-01, LV-09)."""

import msgspec
import pytest

from channels.voice.settings import read

ONE = {"password_file": "/p", "sounds": "/s", "recordings": "/r"}
SECOND: dict[str, object] = {"system": "a2", "host": "10.0.0.2", "recordings": "/r2", "listen_port": 4574}
TWO = ONE | {"hosts": [{"system": "a1"}, SECOND]}


def test_one_needs_no_table() -> None:
    (host,) = read(ONE).hosts
    assert (host.system, host.host, host.sounds) == ("a1", "127.0.0.1", "/s")


def test_what_is_told_beside_the_hosts_holds_for_each() -> None:
    first, second = read(TWO | {"user": "hub"}).hosts
    assert (first.recordings, second.recordings) == ("/r", "/r2")
    assert first.sounds == second.sounds == "/s"
    assert first.user == second.user == "hub"


@pytest.mark.parametrize(("key", "value"), [("system", "a1"), ("recordings", "/r"), ("listen_port", 4573), ("host", "127.0.0.1")])
def test_what_two_must_not_share_is_named(key: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError, match="port" if key == "host" else key):
        read(ONE | {"hosts": [{"system": "a1"}, SECOND | {key: value}]})


@pytest.mark.parametrize(("wrong", "why"), [
    ({"hosts": []}, "hosts"), ({"hosts": "a1"}, "array"), ({"hosts": [{"port": 0}]}, "port"), ({"hosts": [{"pasword_file": "x"}]}, "pasword_file"),
    ({"trunks": 1}, "trunks"), ({"system": "a/1"}, "system")])
def test_what_is_wrong_is_named(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        read(ONE | wrong)
