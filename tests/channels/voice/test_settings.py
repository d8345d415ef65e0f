"""What the driver is told of one Asterisk, and of several (CH-01, LV-09)."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from channels.voice.settings import read
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithOperator
from hub.organisation.territory import Place

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

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
    ({"trunks": 1}, "trunks"), ({"trunks": []}, "trunks"), ({"trunks": ["PJSIP/trunk"]}, "trunks"), ({"trunk": "PJSIP/{number}@trunk"}, "trunk"), ({"system": "a/1"}, "system")])
def test_what_is_wrong_is_named(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        read(ONE | wrong)


def test_a_number_that_is_not_free_is_not_published() -> None:
    # SL-02
    paid: dict[str, object] = {"dialled": "84951234567", "toll_free": False}
    with pytest.raises(msgspec.ValidationError, match="numbers: 84951234567: toll_free"):
        read(ONE | {"numbers": [{"dialled": "88001002030"}, paid]})
    assert len(read(ONE | {"numbers": [paid | {"published": False}]}).numbers) == 1


def test_the_citizen_sees_the_number_of_the_centre_that_calls_him() -> None:
    # SL-05, LV-08
    numbers = [{"dialled": "88001112233", "queues": ["social"]}, {"dialled": "88001002030", "place": {"subject": "50"}}]
    settings = read(ONE | {"numbers": numbers, "shown": "88000000000", "label": "МФЦ"})
    head = Conversation(1, "077-1", Address("voice.asterisk", "+79160000001"), NOW, WithOperator("anna", NOW, "general", NOW))
    assert settings.caller_id(head) == '"МФЦ" <88000000000>'
    assert settings.caller_id(replace(head, place=Place(subject="50"))) == '"МФЦ" <88001002030>'
    assert settings.caller_id(replace(head, holder=WithOperator("anna", NOW, "social", NOW))) == '"МФЦ" <88001112233>'
