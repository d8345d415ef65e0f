"""A parcel as it travels: CloudEvents 1.0, which others' libraries read, and which is read from others and from other versions."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.federation.envelope import Envelope
from hub.link.envelope import EnvelopeError, pack, unpack
from tests.link.data import NOW, TRACE, parcel

CODES = st.text("0123456789", min_size=3, max_size=3)
PARCELS = st.builds(
    Envelope, st.text(min_size=1), st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9})?", fullmatch=True), CODES, CODES,
    st.datetimes(datetime(2024, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.integers(1, 99),  # noqa: DTZ001 - hypothesis adds the zone
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
    .map(lambda value: json.dumps(value).encode()), st.sampled_from(["", TRACE]))


@given(PARCELS)
def test_what_is_packed_is_unpacked_as_it_was(sent: Envelope) -> None:
    # RT-08
    assert unpack(pack(sent)) == sent


def test_others_read_it() -> None:
    # IN-01
    sent = parcel("001", "077", 7, kind="conversation.handed")
    event = from_structured_event(HTTPMessage({"content-type": "application/cloudevents+json"}, pack(sent)), JSONFormat())
    assert (event.get_id(), event.get_source(), event.get_type()) == (sent.id, "urn:okno:centre:001", "ru.okno.conversation.handed")
    assert (event.get_time(), event.get_data()) == (sent.at, json.loads(sent.data))
    assert (event.get_extension("recipient"), event.get_extension("formversion")) == ("urn:okno:centre:077", 1)
    assert event.get_extension("traceparent") == TRACE


def altered(**attributes: Any) -> bytes:
    event = json.loads(pack(parcel("001", "077"))) | attributes
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()


def test_ends_a_version_apart_understand_each_other() -> None:
    # FD-06
    sent = parcel("001", "077")
    assert unpack(altered(traceparent=None)) == replace(sent, trace="", data=unpack(altered()).data)  # an older end writes none
    assert unpack(altered(urgency="high", formversion=2)).version == 2
    assert unpack(altered(traceparent="01-not-known-yet")).trace == ""


@pytest.mark.parametrize("content", [
    b"", b"\xff\xfe", b"null", b"[]", b"{", b'{"specversion":"1.0"}', altered(specversion="2.0"), altered(id=""), altered(time="yesterday"),
    altered(time="2026-11-24T12:00:00"), altered(source="urn:okno:centre:"), altered(type="com.github.push"), altered(recipient=None),
    altered(formversion="one"), altered(datacontenttype="text/xml"), altered(data=None)])
def test_what_is_no_parcel_is_told_so(content: bytes) -> None:
    # RT-08
    with pytest.raises(EnvelopeError):
        unpack(content)


def test_data_that_are_no_json_are_not_sent() -> None:
    # RT-08
    with pytest.raises(EnvelopeError):
        pack(Envelope("1", "presence", "001", "077", NOW, 1, b"{no"))
