"""The far end of a trunk lies in the public network, or it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.kernel.public_networks import fault

NOT_PUBLIC = [
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
    "100.64.0.0/10",  # RFC 6598
    "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4",
    "fc00::/7",  # RFC 4193
    "::1/128", "fe80::/10", "fec0::/10", "ff00::/8", "::ffff:0:0/96", "2001:db8::/32", "2002::/16", "64:ff9b::/96",
]


@given(st.one_of([st.ip_addresses(network=each) for each in NOT_PUBLIC]), st.integers(1, 65_535))
def test_no_address_of_a_private_network_is_accepted(address: object, port: int) -> None:
    # LV-09
    text = str(address)
    assert "not of the public network" in fault(f"[{text}]:{port}" if ":" in text else f"{text}:{port}")


@pytest.mark.parametrize("address", [
    "sip.example.ru:5060", "SIP.Example.RU:5061", "сип.пример.рф:5061", "sip.xn--e1afmkfd.xn--p1ai:5060", "a-1.2b.su:1", "77.88.8.8:65535", "[2a02:6b8::1]:5060"])
def test_a_public_name_or_address_is_accepted(address: str) -> None:
    # LV-09
    assert fault(address) == ""


@pytest.mark.parametrize("host", [
    "localhost", "pbx", "pbx.local", "pbx.lan", "pbx.corp", "sip.test", "sip.home.arpa", "127.1", "0x7f.0x1", "2130706433", "010.0.0.1", "10.0.0.1.",
    "a..ru", "-a.ru", "a_b.ru", "", "sip example.ru", "sip:a.ru", f"{'a' * 64}.ru", "[sip.example.ru]"])
def test_a_name_that_only_some_can_resolve_is_refused(host: str) -> None:
    # LV-09
    assert fault(f"{host}:5060") == f"{host!r} is no name that everybody can resolve"


@pytest.mark.parametrize("address", ["sip.example.ru", "sip.example.ru:", "sip.example.ru:0", "sip.example.ru:65536", "a.ru:-1", "a.ru:５", "2a02:6b8::1:5060", "[77.88.8.8]:5060", ""])
def test_what_is_not_host_and_port_is_refused(address: str) -> None:
    # LV-09
    assert fault(address) == f"{address!r} is not host:port"
