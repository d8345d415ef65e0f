"""Our configuration of Asterisk, in the Asterisk that it is for (CH-01, CH-10)."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.channels.line import PATIENCE_S
from tests.peers.asterisk import PHONES, TEMPLATES, Asterisk, asterisk

pytestmark = pytest.mark.peers

DIALPLAN = (TEMPLATES / "etc" / "extensions.conf").read_text(encoding="utf8")
CONTEXTS = re.findall(r"^\[([a-z-]+)]$", DIALPLAN, re.MULTILINE)


def test_it_boots_without_a_complaint(exchange: Asterisk) -> None:
    assert exchange.complaints() == []


@pytest.mark.parametrize("context", [context for context in CONTEXTS if context != "globals"])
def test_every_context_is_understood(exchange: Asterisk, context: str) -> None:
    assert f"Context '{context}'" in exchange.cli(f"dialplan show {context}")


def test_trunk_and_phones_are_endpoints(exchange: Asterisk) -> None:
    said = exchange.cli("pjsip show endpoints")
    assert set(re.findall(r"Endpoint: +([a-z]\w+)", said)) == {"trunk", "trunk2", *PHONES}
    members = exchange.cli("queue show okno-fallback")
    assert all(f"PJSIP/{phone} " in members for phone in PHONES)


def test_every_module_that_is_asked_for_runs(exchange: Asterisk) -> None:
    wanted = set(re.findall(r"^load = (\S+)", (TEMPLATES / "etc" / "modules.conf").read_text(encoding="utf8"), re.MULTILINE))
    running = {line.split()[0] for line in exchange.cli("module show").splitlines() if " Running " in line}
    assert wanted <= running


def test_two_stand_side_by_side(exchange: Asterisk) -> None:
    with asterisk() as other:
        assert other.ami != exchange.ami
        assert "System uptime" in other.cli("core show uptime")
        assert "System uptime" in exchange.cli("core show uptime")


def test_one_that_has_died_is_there_again_for_the_next_test() -> None:
    with asterisk() as other:
        os.kill(other.pid, signal.SIGKILL)
        with pytest.raises(subprocess.CalledProcessError):
            other.hang_up_all()
        assert "0 active channels" in other.cli("core show channels")


def test_all_kinds_of_telephones_are_rendered(exchange: Asterisk, tmp_path: Path) -> None:
    phones = tmp_path / "phones"
    phones.write_text("# of the second floor\nop7 registers Ключ-от-телефона\n\nop8 browser secret\nop9 at sip:10.0.0.9:5060\n", encoding="utf8")
    exchange.render(PHONES=str(phones))
    exchange.cli("module reload res_pjsip.so")
    told = exchange.cli("pjsip show endpoints")
    assert set(re.findall(r"Endpoint: +([a-z]\w+)", told)) == {"trunk", "trunk2", "op7", "op8", "op9"}
    assert "InAuth:  op7/op7" in told
    assert "Match: 10.0.0.9/32" in told
    assert "transport-wss" in exchange.cli("pjsip show endpoint op8")
    # A name convinces nobody: who has one signs in, and who cannot is known by his address alone.
    known = {name: re.findall(r"identify_by +: (\S+)", exchange.cli(f"pjsip show endpoint {name}")) for name in ("trunk", "op7", "op8", "op9")}
    assert known == {"trunk": ["ip"], "op7": ["auth_username,username"], "op8": ["auth_username,username"], "op9": ["ip"]}
    exchange.render()
    exchange.cli("module reload res_pjsip.so")


def test_every_setting_is_rendered(exchange: Asterisk) -> None:
    # CH-02: Asterisk takes a switch that it cannot read for "no"
    for path in (exchange.base / "etc").glob("*.conf"):
        assert re.findall(r"@\w+@", path.read_text(encoding="utf8")) == [], path.name


@pytest.mark.parametrize(("settings", "why"), [
    ({"PHONES": "bad"}, "phones: line 2 is not"),
    ({"PHONES": "own"}, "phones: line 1: trunk is a name of our own configuration"),
    ({"HUB": "10.0.0.1:1;exec"}, "HUB must be one line without a semicolon"),
    ({"TRUNK": "sip:a\n[evil]"}, "TRUNK must be one line without a semicolon"),
    ({"TRUNK_MATCH": "10.0.0.1;"}, "TRUNK_MATCH"),
    ({"TRUNK_MATCH": "10.0.0.1"}, "TRUNK_MATCH: sip:127.0.0.1"),
    ({"TRUNK_LINES": "30 x"}, "TRUNK_LINES: x is no number"),
    ({"AMI_PASSWORD_FILE": "/nowhere"}, "/nowhere"),
    ({"FAX_NUMBERS": "+74951234567 x"}, "FAX_NUMBERS: x is no number"),
    ({"T38": "maybe"}, "T38: maybe is not yes or no"),
])
def test_wrong_settings_are_named(exchange: Asterisk, tmp_path: Path, settings: dict[str, str], why: str) -> None:
    phones = tmp_path / "phones"
    phones.write_text("op1 at sip:op1@10.0.0.11\nop2] at sip:op2@10.0.0.12\n", encoding="utf8")
    own = tmp_path / "own"
    own.write_text("trunk registers secret\n", encoding="utf8")
    files = {"bad": str(phones), "own": str(own)}
    with pytest.raises(ValueError, match=re.escape(why)):
        exchange.render(**{name: files.get(value, value) for name, value in settings.items()})
    assert f"HUB = 127.0.0.1:{exchange.hub}\n" in (exchange.base / "etc" / "extensions.conf").read_text(encoding="utf8")
    assert not list((exchange.base / "etc").glob(".draft*"))


def test_the_dial_plan_dials_nobody() -> None:
    """Toll fraud: only the hub places calls."""
    assert not re.search(r"\bDial\(|@trunk|Originate\(", DIALPLAN)


def test_a_stranger_s_call_is_not_taken(exchange: Asterisk) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(PATIENCE_S)
        line.bind(("127.0.0.99", 0))
        at = f"127.0.0.99:{line.getsockname()[1]}"
        line.sendto((f"INVITE sip:88001002030@127.0.0.1:{exchange.sip} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKx\r\n"
                     f"From: <sip:trunk@{at}>;tag=x\r\nTo: <sip:88001002030@127.0.0.1>\r\nCall-ID: stranger\r\nCSeq: 1 INVITE\r\n"
                     f"Contact: <sip:trunk@{at}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode(), ("127.0.0.1", exchange.sip))
        assert line.recv(4096).startswith(b"SIP/2.0 401")
