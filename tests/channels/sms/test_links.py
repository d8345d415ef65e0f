"""Sessions with SMSCs: every way to bind, to lose the link and to get it back, against node-smpp."""

import re
import subprocess
import tomllib
from pathlib import Path

import msgspec
import pytest

from channels.sms.settings import Route, Settings, SmscSettings, read, ways
from channels.sms.smpp import Smpp
from hub.conversations.delivery_status import Delivery
from hub.conversations.ports import MeasuringChannel
from hub.kernel.errors import UnavailableError
from hub.monitoring.channel_check import CheckResult
from hub.monitoring.ports import CheckableChannel
from tests.channels.sms.phone import smsc_settings
from tests.channels.sms.wires import Started, Wires
from tests.peers.smsc import Peer, node_smsc
from tests.rig import eventually
from tests.trials import findings

ROOT = Path(__file__).parents[3]


@pytest.mark.peers
async def test_the_driver_offers_what_the_hub_asks_for(wires: Wires) -> None:
    async with wires.started() as hub:
        assert isinstance(hub.channel, MeasuringChannel)
        assert isinstance(hub.channel, CheckableChannel)


@pytest.mark.peers
async def test_a_transmitter_and_a_receiver_are_one_smsc(wires: Wires) -> None:
    # CH-05
    async with wires.started(smsc={"bind": "pair"}, bound="receiver") as hub:
        await hub.smsc.hear("bound", kind="transmitter")
        conversation = await hub.talks()
        await hub.room.anna_writes(conversation, "Отвечаем")
        await hub.hears("Отвечаем")
        assert hub.channel.health().up


@pytest.mark.peers
async def test_whoever_only_receives_cannot_send(wires: Wires) -> None:
    async with wires.started(smsc={"bind": "receiver"}, bound="receiver") as hub:
        await hub.says("Привет")
        head = await hub.room.store.conversation(await hub.conversation())
        assert head is not None
        [*_, last] = await hub.room.store.records(head.id)
        with pytest.raises(UnavailableError):
            await hub.channel.send(head, [last])


@pytest.mark.peers
async def test_the_link_is_got_back_and_health_says_how_it_is(wires: Wires) -> None:
    async with wires.started() as hub:
        assert (hub.channel.health().up, hub.channel.health().words) == (True, "node: на связи")
        hub.smsc.tell("close")
        await hub.smsc.hear("away")

        async def away() -> bool:
            return not hub.channel.health().up and "на этом порту никто не отвечает" in hub.channel.health().words
        await eventually(away)
        hub.smsc.tell("listen", port=hub.smsc.port)
        await hub.smsc.hear("bound")
        await hub.says("Снова здесь")
        assert hub.channel.health().up


@pytest.mark.peers
async def test_an_smsc_that_unbinds_is_answered_and_bound_again(wires: Wires) -> None:
    async with wires.started() as hub:
        hub.smsc.tell("unbind")
        await hub.smsc.hear("unbind_resp")
        await hub.smsc.hear("bound")
        await hub.says("Привет")


@pytest.mark.peers
async def test_whoever_leaves_unbinds_after_answering_what_had_come(wires: Wires) -> None:
    async with wires.started() as hub:
        hub.room.store.shut = True
        hub.deliver("last", short_message="hello")
        await hub.room.store.reached.wait()
        hub.room.store.open()
    await wires.smsc.hear("answer", key="last", status=0)
    await wires.smsc.hear("unbind")


@pytest.mark.peers
async def test_a_dead_link_is_noticed(wires: Wires) -> None:
    async with wires.started(smsc={"enquire_s": 0.05, "timeout_s": 0.2}) as hub:
        await hub.smsc.hear("enquire_link")
        hub.smsc.tell("deaf", on=True)
        await hub.smsc.hear("closed")
        hub.smsc.tell("deaf", on=False)
        await hub.smsc.hear("bound")


@pytest.mark.peers
@pytest.mark.parametrize(("settings", "words"), [
    ({"system_id": "other"}, "неизвестный system_id"), ({"port": 1}, "на этом порту никто не отвечает"), ({"host": "nowhere.invalid"}, "адрес не найден")])
async def test_why_there_is_no_link_is_said(wires: Wires, settings: dict[str, object], words: str) -> None:
    async with wires.started(smsc=settings, bound="") as hub:
        async def said() -> bool:
            return words in hub.channel.health().words
        await eventually(said)
        assert not hub.channel.health().up


@pytest.mark.peers
async def test_a_wrong_password_is_told_by_the_trial_and_a_right_one_leaves_no_session(wires: Wires) -> None:
    wrong = wires.folder / "wrong.password"
    wrong.write_text("no")
    for settings, state, words in (({"password_file": str(wrong)}, CheckResult.BAD, "неверный пароль"), ({}, CheckResult.GOOD, "отвечает за"),
                                   ({"port": 1}, CheckResult.BAD, "никто не отвечает")):
        async with wires.started(smsc=settings, bound="") as hub:
            (found,) = await findings(hub.channel)
            assert found.state is state
            assert words in found.words


@pytest.mark.peers
async def test_a_session_that_is_bound_is_asked_and_stays(wires: Wires) -> None:
    # CH-05
    async with wires.started() as hub:
        (found,) = await findings(hub.channel)
        assert "приём и отправка: на связи, отвечает за" in found.words
        await hub.smsc.hear("enquire_link")
        assert hub.channel.health().up


@pytest.mark.peers
async def test_a_dead_smsc_is_stood_in_for_by_the_next_one(wires: Wires) -> None:
    async with node_smsc() as second:
        every = [smsc_settings(wires.folder, wires.smsc.port), smsc_settings(wires.folder, second.port, name="second", source="7799")]
        async with wires.started(smscs=every) as hub:
            await second.hear("bound")
            conversation = await hub.talks()
            await hub.room.anna_writes(conversation, "Через первый")
            await hub.hears("Через первый")
            hub.smsc.tell("drop_next")
            await hub.room.anna_writes(conversation, "Через второй")
            submit = await second.hear("submit", text="Через второй")
            assert submit["source"] == "7799"
            assert (await hub.smsc.hear("dropped"))["text"] == "Через второй"
            hub.smsc.tell("close")
            await hub.smsc.hear("away")
            await hub.room.anna_writes(conversation, "И ещё")
            submit = await second.hear("submit", text="И ещё")
            await hub.settled()
            await delivered_by(hub, second, conversation, submit["id"])


async def delivered_by(hub: Started, smsc: Peer, conversation: int, id_: str) -> None:
    pdu = {"source_addr": "79161234567", "source_addr_ton": 1, "destination_addr": "7799", "esm_class": 4, "short_message": f"id:{id_} stat:DELIVRD"}
    smsc.tell("deliver", key="receipt", pdu=pdu)
    await smsc.hear("answer", key="receipt", status=0)
    await hub.becomes(conversation, ("И ещё", Delivery.DELIVERED, ""))


@pytest.mark.peers
async def test_a_number_goes_by_the_route_of_its_longest_prefix(wires: Wires) -> None:
    async with node_smsc() as second:
        every = [smsc_settings(wires.folder, wires.smsc.port), smsc_settings(wires.folder, second.port, name="second")]
        routes = [{"prefix": "+79", "smscs": ["node"]}, {"prefix": "+7916", "smscs": ["second"], "per_s": 200.0}]
        async with wires.started(smscs=every, routes=routes) as hub:
            await second.hear("bound")
            await hub.says("Привет")
            await hub.says("Привет", source_addr="79031112233")
            assert (await second.hear("submit"))["destination"] == "79161234567"
            assert (await hub.smsc.hear("submit"))["destination"] == "79031112233"


@pytest.mark.peers
async def test_over_tls_only_to_whom_the_certificate_names(wires: Wires) -> None:
    key, certificate = wires.folder / "key.pem", wires.folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=smsc", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    async with node_smsc("--key", str(key), "--cert", str(certificate)) as secure:
        good = {"host": "localhost", "port": secure.port, "tls": True, "ca_file": str(certificate)}
        async with wires.started(peer=secure, smsc=good) as hub:
            await hub.says("Тайно")
        async with wires.started(peer=secure, smsc=good | {"host": "127.0.0.1"}, bound="") as hub:
            async def refused() -> bool:
                return "CERTIFICATE_VERIFY_FAILED" in hub.channel.health().words
            await eventually(refused)


@pytest.mark.parametrize(("change", "key"), [
    ({"port": 0}, "smscs[0].port"), ({"sistem_id": "x"}, "sistem_id"), ({"source": ""}, "source"), ({"bind": "both"}, "bind"),
    ({"password_file": "/nowhere"}, "/nowhere"), ({"name": "a b"}, "name"), ({"tls": True, "ca_file": "/nowhere"}, "ca_file"), ({"window": 0}, "window")])
def test_a_wrong_setting_of_an_smsc_is_named(tmp_path: Path, change: dict[str, object], key: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        for smsc in read({"smscs": [smsc_settings(tmp_path, 2775, **change)]}).smscs:
            ways(smsc)
    assert key in str(raised.value)


def test_a_password_that_smpp_cannot_carry_is_named(tmp_path: Path) -> None:
    long = tmp_path / "long.password"
    long.write_text("nine signs")
    [smsc] = read({"smscs": [smsc_settings(tmp_path, 2775, password_file=str(long))]}).smscs
    with pytest.raises(msgspec.ValidationError, match="more than 8"):
        ways(smsc)


@pytest.mark.parametrize(("settings", "key"), [
    ({"routes": [{"smscs": ["nobody"]}]}, "routes[0].smscs"), ({"joining": "glue"}, "joining"), ({"region": "Russia"}, "region"), ({"smscs": []}, "smscs")])
def test_a_wrong_setting_of_the_channel_is_named(tmp_path: Path, settings: dict[str, object], key: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        read({"smscs": [smsc_settings(tmp_path, 2775)]} | settings)
    assert key in str(raised.value)


def test_two_smscs_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError, match="name"):
        read({"smscs": [smsc_settings(tmp_path, 2775)] * 2})


@pytest.mark.parametrize("key", sorted({field.name for kind in (Settings, SmscSettings, Route) for field in msgspec.structs.fields(kind)}))
def test_every_setting_has_its_row(key: str) -> None:
    assert f"| `{key}` |" in (ROOT / "docs/configuration.md").read_text(encoding="utf8")


def test_the_example_of_the_documentation_is_one() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf8")
    [example] = [block for block in re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL) if '"sms.smpp"' in block]
    [channel] = tomllib.loads(example)["channels"]
    assert [smsc.name for smsc in read(channel["settings"]).smscs] == ["first", "second"]


def test_the_driver_is_found_by_its_name() -> None:
    assert Smpp.name == "sms.smpp"
