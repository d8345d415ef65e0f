"""What `okno voice check` says of a real Asterisk that is well, and of each fault (CH-08)."""

import asyncio
import re
import subprocess
import wave
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from channels.voice.checkup import Checkup
from channels.voice.loopback_call import TEXT
from channels.voice.prompts import RHVOICE, named
from channels.voice.settings import Host
from hub.monitoring.channel_check import CheckFinding, CheckResult, tried
from okno.commands.cli import main
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_telephone import CENTRE
from tests.paper import near
from tests.peers.asterisk import PHONES, Asterisk
from tests.peers.cable import Cable
from tests.peers.ports import free_ports
from tests.rig import eventually

pytestmark = pytest.mark.peers


@pytest.fixture
def host(exchange: Asterisk, tmp_path: Path) -> Host:
    for name in ("sounds", "recordings"):
        (tmp_path / name).mkdir()
    return Host(str(exchange.base / "password"), str(tmp_path / "sounds"), str(tmp_path / "recordings"), port=exchange.ami, listen_port=exchange.hub)


async def examined(host: Host, *, fax: str = "", wss: str = "", logins: Collection[str] = ()) -> list[CheckFinding]:
    return [each async for each in tried(Checkup(host, fax=fax, wss=wss, logins=logins).steps()) if isinstance(each, CheckFinding)]


async def found(host: Host, state: CheckResult, **of: str) -> list[str]:
    """What is said of everything in a state, with what to do."""
    return [f"{each.words} → {each.remedy}" for each in await examined(host, logins=PHONES, **of) if each.state is state]


async def bad(host: Host, **of: str) -> str:
    """What is said of the only thing that is wrong."""
    (only,) = await found(host, CheckResult.BAD, **of)
    return only


@contextmanager
def changed(exchange: Asterisk, file: str, change: Callable[[str], str], reload: str) -> Iterator[None]:
    """A line of its configuration as somebody has written it who does not know better."""
    path = exchange.base / "etc" / file
    before = path.read_text(encoding="utf8")
    path.write_text(change(before), encoding="utf8")
    assert path.read_text(encoding="utf8") != before
    exchange.cli(reload)
    try:
        yield
    finally:
        path.write_text(before, encoding="utf8")
        exchange.cli(reload)


def manager(exchange: Asterisk, key: str, value: str) -> AbstractContextManager[None]:
    return changed(exchange, "manager.conf", lambda text: re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE), "manager reload")


async def test_all_is_well(exchange: Asterisk, host: Host) -> None:
    findings = await examined(host, fax=str(exchange.base / "spool" / "fax"), logins=PHONES)
    assert [each for each in findings if each.state is not CheckResult.GOOD] == []
    said = "\n".join(each.words for each in findings)
    for what in ("подсказки", "AMI", "права", "часы", "телефоны: на связи 4", "транк trunk", "FastAGI", "звук", "факс: модуль", "факс: папка"):
        assert what in said
    assert not list(Path(host.recordings).iterdir())
    assert not list((exchange.base / "spool" / "fax").iterdir())


async def test_a_hub_that_runs_answers_the_trial_itself(exchange: Asterisk, host: Host, tmp_path: Path) -> None:
    config = CENTRE.format(base=tmp_path, ami=exchange.ami, hub=exchange.hub).replace(f"{tmp_path}/password", host.password_file)
    async with near(tmp_path, config):
        assert await found(host, CheckResult.BAD) == []


@pytest.mark.parametrize(("words", "state"), [("Проверка связи, 1, 2, 3.", CheckResult.GOOD), ("Продолжение следует", CheckResult.BAD)])
async def test_what_was_said_is_compared_with_what_was_heard(host: Host, words: str, state: CheckResult) -> None:
    # CH-07
    sounds: list[bytes] = []

    def recognise(sound: bytes) -> str:
        sounds.append(sound)
        return words
    findings = [each async for each in tried(Checkup(host, recognise=recognise).steps()) if isinstance(each, CheckFinding)]
    (speech,) = [each for each in findings if "распознавание" in each.words]
    assert (speech.state, words in speech.words) == (state, True)
    assert sounds[0].startswith(b"RIFF")


async def test_nobody_is_there(host: Host) -> None:
    said = await bad(replace(host, port=free_ports(1)[0]))
    assert "недоступен" in said
    assert "AMI_PORT" in said


async def test_a_wrong_password(host: Host, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("wrong", encoding="utf8")
    said = await bad(replace(host, password_file=str(tmp_path / "wrong")))
    assert "не впускает" in said
    assert "permit" in said


async def test_rights_that_are_missing_and_rights_too_many(exchange: Asterisk, host: Host) -> None:
    with manager(exchange, "write", "call,agent,reporting"):
        first, *_ = await found(host, CheckResult.BAD)
        assert "нельзя Originate" in first
    with manager(exchange, "write", "all"):
        (said,) = await found(host, CheckResult.ODD)
        assert "лишнее: Command" in said


async def test_asterisk_keeps_silent_about_keys_or_about_the_trial(exchange: Asterisk, host: Host) -> None:
    with manager(exchange, "read", "system,call,agent,user,cdr"):
        assert "клавиши" in await bad(host)
    with manager(exchange, "read", "system,call,agent,cdr,dtmf"):
        assert "Asterisk ничего о нём не сказал" in await bad(host)


@pytest.mark.parametrize(("theirs", "way"), [(b"Timestamp: 0", "отстают"), (b"Timestamp: 9", "спешат")])
async def test_clocks_that_differ(exchange: Asterisk, host: Host, theirs: bytes, way: str) -> None:
    cable = await Cable(exchange.ami).lay()
    cable.changes[b"Timestamp: 1"] = theirs
    said = await bad(replace(host, port=cable.port))
    cable.take_away()
    assert way in said
    assert "NTP" in said


async def test_a_trunk_that_is_not_there(exchange: Asterisk, host: Host) -> None:
    assert "в Asterisk его нет" in await bad(replace(host, trunks=("PJSIP/{number}@nowhere",)))
    exchange.render(TRUNK_QUALIFY="1")
    exchange.cli("module reload res_pjsip.so")

    async def noticed() -> bool:
        return "Unavail" in await asyncio.to_thread(exchange.cli, "pjsip show contacts")
    async with asyncio.timeout(PATIENCE_S):
        await eventually(noticed)
    try:
        assert "не отвечает на OPTIONS" in await bad(host)
    finally:
        exchange.render()
        exchange.cli("module reload res_pjsip.so")


async def test_sound_would_go_nowhere(exchange: Asterisk, host: Host) -> None:
    exchange.render(TRUNK="sip:192.0.2.1:5060")
    exchange.cli("module reload res_pjsip.so")
    try:
        said = await bad(host)
    finally:
        exchange.render()
        exchange.cli("module reload res_pjsip.so")
    assert "звук пойдёт на 127.0.0.1, а оператор связи на 192.0.2.1" in said
    assert "MEDIA_ADDRESS" in said


async def test_telephones_that_are_unknown_or_away(exchange: Asterisk, host: Host, tmp_path: Path) -> None:
    phones = tmp_path / "phones"
    phones.write_text("op1 at sip:op1@127.0.0.11:5060\nop2 registers a-password-of-op2\n", encoding="utf8")
    exchange.render(PHONES=str(phones))
    exchange.cli("module reload res_pjsip.so")
    try:
        unknown, away = await found(host, CheckResult.ODD)
        none = await examined(host, logins=["op2"])
    finally:
        exchange.render()
        exchange.cli("module reload res_pjsip.so")
    assert "нет в Asterisk: op3, op4" in unknown
    assert "не на связи: op2" in away
    assert "телефоны: ни один не на связи" in [each.words for each in none]


async def test_asterisk_does_not_find_the_hub(exchange: Asterisk, host: Host) -> None:
    said = await bad(replace(host, listen_port=free_ports(1)[0]))
    assert "не достигает хаба" in said
    assert "HUB" in said
    assert "allowed" in await bad(replace(host, allowed=("192.0.2.1",)))
    assert "listen_host" in (await found(replace(host, listen_host="192.0.2.1"), CheckResult.BAD))[0]


async def test_nothing_speaks(host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    first, *_ = await found(host, CheckResult.BAD)
    assert "rhvoice-russian" in first
    monkeypatch.undo()
    first, *_ = await found(replace(host, sounds=str(tmp_path / "nowhere")), CheckResult.BAD)
    assert "No such file" in first


async def test_what_is_said_is_not_heard(host: Host) -> None:
    prompt = Path(host.sounds) / f"{named((*RHVOICE, TEXT))}.wav"
    prompt.write_bytes(b"no sound")
    assert "не может их проиграть" in (await found(host, CheckResult.BAD))[0]
    with wave.open(str(prompt), "wb") as silence:
        silence.setnchannels(1)
        silence.setsampwidth(2)
        silence.setframerate(8000)
        silence.writeframes(bytes(16000))
    assert "не слышно" in await bad(host)


async def test_folders_that_are_not_shared(host: Host, tmp_path: Path) -> None:
    assert "chmod 2770" in await bad(replace(host, recordings=str(tmp_path / "nowhere")))
    (tmp_path / "fax").mkdir()
    assert "не общая" in await bad(host, fax=str(tmp_path / "fax"))


async def test_without_the_module_for_faxes(exchange: Asterisk, host: Host) -> None:
    exchange.cli("module unload res_fax_spandsp.so")
    try:
        assert "res_fax_spandsp" in await bad(host, fax=str(exchange.base / "spool" / "fax"))
    finally:
        exchange.cli("module load res_fax_spandsp.so")


async def test_the_certificate_of_softphones(exchange: Asterisk, host: Host, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"

    async def said(days: int) -> CheckFinding:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=pbx",
                        "-days", str(days)], check=True, capture_output=True)
        exchange.render(WSS="yes", WSS_BIND=f"127.0.0.1:{port}", WSS_CERTIFICATE=str(certificate), WSS_KEY=str(key))
        exchange.cli("module reload http")
        return (await examined(host, wss=f"wss://127.0.0.1:{port}/ws", logins=PHONES))[-1]

    try:
        assert (await said(3)).words.startswith("WSS: сертификат истекает")
        assert (await said(90)).state is CheckResult.GOOD
    finally:
        exchange.render()
        exchange.cli("module reload http")
    assert "недоступен" in (await examined(host, wss=f"wss://127.0.0.1:{port}/ws", logins=PHONES))[-1].words


def test_the_command_says_it_and_ends_with_1(exchange: Asterisk, host: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "centre.toml"
    config.write_text(CENTRE.format(base=tmp_path, ami=exchange.ami, hub=exchange.hub).replace(f"{tmp_path}/password", host.password_file), encoding="utf8")
    monkeypatch.setenv("OKNO_DATA", str(tmp_path / "data"))
    assert main(["voice", "check", "--config", str(config)]) == 0
    assert "✓ FastAGI" in capsys.readouterr().out
    Path(host.recordings).rmdir()
    assert main(["voice", "check", "--config", str(config)]) == 1
    out, err = capsys.readouterr()
    assert "✗ записи" in out
    assert "    → папка" in out
    assert "исправьте" in err
