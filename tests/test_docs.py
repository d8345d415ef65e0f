"""What is not in docs/ is not there: keys, commands, endpoints, frames, codes and metrics have their place, and links lead somewhere."""

import argparse
import asyncio
import re
import tomllib
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import msgspec
import pytest
from aiohttp import web

from bots.russian import Russian
from channels.email.settings import Dkim, Listen, Mailbox, OAuth, Relay
from channels.email.settings import Settings as MailSettings
from channels.messenger import telegram
from channels.sms.http import HttpSettings
from channels.sms.profile import Incoming, Outgoing, Receipts
from channels.web import form, frames, hook, rasa
from channels.web.chat import ChatSettings, connect
from channels.web.form import FormSettings
from channels.web.hook import HookSettings
from channels.web.open311 import Open311Settings
from channels.web.rasa import RasaSettings
from hub.access.operator import Presence, Role
from hub.access.password_strength import OURS
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.actions.promise_watch import PromiseWatch
from hub.cases.deadline_alarms import CaseClocks
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import CarryingChannel
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.desk import rooms as desk_frames
from hub.desk.http.endpoint import STATUS
from hub.desk.rooms import ENDPOINTS
from hub.desk.sign_in.break_glass import Emergency
from hub.dispatch.dispatcher import Dispatch
from hub.dispatch.priority import Patience
from hub.intake.blocklist import Blocklist
from hub.intake.flood_control import FloodLimits
from hub.intake.intake_filter import IntakeFilter
from hub.intake.redeliveries import Redeliveries
from hub.intake.set_aside import HeldReview
from hub.kernel.health import ChannelCounters
from hub.kernel.ids import RecordIds
from hub.monitoring.channel_health import ChannelMonitor
from hub.organisation.queue import Lines
from hub.telephony.recogniser_queue import RecogniserQueue
from okno.adapters.dialogue_engine import UnderstandingCounts
from okno.commands.cli import parser
from okno.config import DATA, LIMITS, LISTEN, Config, load
from okno.serving import metrics
from okno.serving.metrics import Metrics
from routing.assignment import Floor
from storage.memory import MemoryStore
from tests.authorization_rules import authorization_of
from tests.rig import Drawer
from tests.traits import TRAITS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "README.ru.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
MAKEFILE = ROOT / "Makefile"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf8")


def everything() -> str:
    return "\n".join(page.read_text(encoding="utf8") for page in PAGES)


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)


def config_keys(kind: type, prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        inner = next((one for one in (field.type, *get_args(field.type)) if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)
        nested = inner is not None and inner.__module__ == Config.__module__
        yield f"{prefix}{field.encode_name}"
        if nested and inner is not None:
            yield from config_keys(inner, f"{prefix}{field.encode_name}.")


def sms_keys() -> list[str]:
    parts = {"outgoing": Outgoing, "incoming": Incoming, "receipts": Receipts}
    own = [field.name for field in msgspec.structs.fields(HttpSettings) if field.name not in parts]
    return own + [f"{part}.{field.name}" for part, kind in parts.items() for field in msgspec.structs.fields(kind)]


SECTIONS = {"centre", "listen", "store", "hubs", "log", "watchdog", "traces", "routing", "notices"}


def test_every_key_of_the_configuration() -> None:
    page, keys = text("configuration.md"), set(config_keys(Config)) - SECTIONS
    assert len(keys) > 150
    assert {key for key in keys if f"| `{key}` |" not in page} == set()


@pytest.mark.parametrize("key", [field.name for field in msgspec.structs.fields(ChatSettings)])
def test_every_setting_of_the_chat(key: str) -> None:
    assert f"| `{key}` |" in text("configuration.md")


@pytest.mark.parametrize("key", [field.name for kind in (FormSettings, HookSettings, RasaSettings) for field in msgspec.structs.fields(kind)])
def test_every_setting_of_form_hook_and_rasa(key: str) -> None:
    assert f"| `{key}` |" in text("configuration.md")


@pytest.mark.parametrize("key", [f"open311.{field.name}" for field in msgspec.structs.fields(Open311Settings)])
def test_every_setting_of_open311(key: str) -> None:
    assert f"| `{key}` |" in text("configuration.md")


@pytest.mark.parametrize("key", sms_keys())
def test_every_setting_of_sms_by_http(key: str) -> None:
    assert f"`{key}`" in text("configuration.md").partition("### Settings of `sms.http`")[2]


@pytest.mark.parametrize("key", [field.name for kind in (telegram.Settings, telegram.Hook) for field in msgspec.structs.fields(kind)])
def test_every_setting_of_telegram(key: str) -> None:
    assert f"| `{key}` |" in text("configuration.md").partition("### Telegram")[2].partition("\n##")[0]


def mail_keys() -> list[str]:
    nested = {"listen": Listen, "mailboxes": Mailbox, "relay": Relay}
    inner = [f"{name}.{field.name}" for name, kind in nested.items() for field in msgspec.structs.fields(kind)]
    return [field.name for kind in (MailSettings, OAuth, Dkim) for field in msgspec.structs.fields(kind)] + inner


@pytest.mark.parametrize("key", mail_keys())
def test_every_setting_of_e_mail(key: str) -> None:
    assert f"`{key}`" in text("configuration.md").partition("### Settings of `email.mail`")[2].partition("\n### ")[0]


def test_the_example_of_e_mail_is_one() -> None:
    example = next(each for each in blocks("configuration.md", "toml") if "email.mail" in each)
    msgspec.convert(tomllib.loads(example)["channels"][0]["settings"], MailSettings)


def test_every_word_that_makes_a_password_easy() -> None:
    assert set(OURS) <= set(re.findall(r"\w+", text("configuration.md").partition("### `[desk]`")[2].partition("### `[oidc]`")[0]))


@pytest.mark.parametrize("name", [LISTEN, DATA, LIMITS])
def test_every_variable_of_the_environment(name: str) -> None:
    assert f"| `{name}` |" in text("configuration.md")


def test_the_example_of_a_configuration_is_one(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    path.write_text(blocks("configuration.md", "toml")[0], encoding="utf8")
    assert load(path, {}).centre.level == "municipal"


def commands(of: argparse.ArgumentParser, path: str = "okno") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    deeper = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    for action in deeper:
        for name, each in action.choices.items():
            yield from commands(each, f"{path} {name}")
    if not deeper:
        yield path, of


@pytest.mark.parametrize(("name", "command"), list(commands(parser())))
def test_every_command_with_its_options(name: str, command: argparse.ArgumentParser) -> None:
    assert f"| `{name}` |" in text("configuration.md")
    options = [option for action in command._actions for option in action.option_strings if option.startswith("--")]
    for option in set(options) - {"--help"}:
        assert f"`{option}`" in text("configuration.md")


@pytest.mark.skipif(not MAKEFILE.exists(), reason="there is no Makefile")
def test_every_target_of_the_makefile() -> None:
    for target in targets():
        assert re.search(rf"\bmake {target}\b", everything()), target


def targets() -> set[str]:
    """Those that are meant for people: the ones that are no files."""
    makefile = MAKEFILE.read_text(encoding="utf8")
    phony = " ".join(re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)).split()
    return {target for target in phony if re.fullmatch(r"[a-z][a-z-]*", target)}


@pytest.mark.skipif(not MAKEFILE.exists(), reason="there is no Makefile")
@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_commands_of_the_readme_exist(page: Path) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(re.findall(r"`[^`]+`", page.read_text(encoding="utf8")))))
    assert {"run", "test"} <= named <= targets()


def test_the_readmes_lead_to_the_same_places() -> None:
    english, russian = ({link for link in links(page) if not link.startswith("README")} for page in PAGES[:2])
    assert english == russian


def test_every_endpoint_of_the_desk() -> None:
    page, endpoints = text("wire.md"), {f"{each.method} {each.path}" for each in ENDPOINTS}
    assert len(endpoints) > 400
    assert {each for each in endpoints if f"| `{each}` |" not in page} == set()


async def test_every_route_of_chat_form_hook_and_rasa(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("whsec_" + "A" * 32)
    nobody: Any = None  # nothing is called
    chat, page = connect({}, nobody, nobody, nobody, limited=False), form.connect({}, nobody, nobody, nobody, limited=False)
    clients = rasa.connect({}, nobody, nobody, nobody, limited=False)
    partner = hook.connect({"url": "https://a.example", "secrets": [str(tmp_path / "secret")]}, nobody, nobody, nobody, limited=False)
    for route in (*chat.routes(), *page.routes(), *partner.routes(), *clients.routes()):
        if isinstance(route, web.RouteDef) and route.method != "OPTIONS":
            path = re.sub(r"{(\w+):.*?}+", r"{\1}", route.path)
            assert re.search(rf"`{route.method} {re.escape(path)}[`?]", text("wire.md")), path


@pytest.mark.parametrize("frame", [one for union in (frames.FromCitizen, frames.ToCitizen, desk_frames.FromDesk, desk_frames.ToDesk) for one in get_args(union)],
                         ids=lambda frame: f"{frame.__module__}.{frame.__name__}")
def test_every_frame_with_its_fields(frame: type[msgspec.Struct]) -> None:
    tag = frame.__struct_config__.tag
    rows = [row for row in text("wire.md").splitlines() if row.startswith(f"| `{tag}` |")]
    assert any(all(f"`{field}`" in row for field in frame.__struct_encode_fields__) for row in rows), tag


def test_frames_are_those_of_the_unions() -> None:
    assert all(isinstance(union, UnionType) for union in (frames.FromCitizen, frames.ToCitizen, desk_frames.FromDesk, desk_frames.ToDesk))


def test_every_code_with_its_status() -> None:
    assert len(STATUS) > 200
    rows = [(row, row.partition(" | ")[0]) for row in text("codes.md").splitlines()]
    assert {code for code, status in STATUS.items() if not any(f"`{code}`" in head and f"| {status} |" in row for row, head in rows)} == set()


def test_every_refusal_in_the_code() -> None:
    said = re.compile(r"(?:RefusedError|ErrorFrame|Wrong)\(\s*\"(\w+)\"|refuse\(\d+, \"(\w+)\"|ErrorOut\(\"(\w+)\"|\"error\":\"(\w+)\"")
    for folder in ("hub", "channels", "okno"):
        for path in (ROOT / folder).rglob("*.py"):
            for found in said.finditer(path.read_text(encoding="utf8")):
                code = next(filter(None, found.groups()))
                assert f"`{code}`" in text("codes.md") + text("wire.md"), f"{path.name}: {code}"


@pytest.mark.parametrize("word", [*Role, *Permission, *Presence])
def test_every_role_permission_and_presence(word: str) -> None:
    assert f"`{word}`" in text("wire.md")


async def test_every_metric() -> None:
    store = MemoryStore(Russian())
    sequencer = ConversationSequencer(store, RecordIds(), lambda: NOW, {}, TRAITS)
    promises = PromiseWatch(sequencer, store, Dispatch(sequencer, store, Floor(), Lines(), Patience()))
    actions = Actions(sequencer, Dispatch(sequencer, store, Floor(), Lines(), Patience()), store, Lines(), (), authorization_of(()))
    sifting = HeldReview(sequencer, store, actions, IntakeFilter(Blocklist(store, sequencer.now, TRAITS), FloodLimits(), queue="general", limited=True), "general")
    emergency = Emergency(store, lambda: NOW)
    parts: dict[str, tuple[Any, ...]] = {
        "of_store": (store,), "of_conversations": (sequencer,), "of_stalls": (0, Redeliveries(store, sequencer.now)), "of_emergency": (emergency,),
        "of_promises": (promises,), "of_cases": (CaseClocks(store, lambda: NOW),), "of_counts": ({},), "of_channels": ({},), "of_trunks": ({},),
        "of_lines": ((), str, str, sequencer.now), "of_robot": (UnderstandingCounts(),), "of_set_aside": (sifting,),
        "of_speech": (RecogniserQueue(1, 1),),
        "of_files": (Quarantine(sequencer, store, Drawer(), None, ChannelCounters(sequencer.now)),), "of_certificates": ((),),
        "of_health": (ChannelMonitor({}, {}),), "of_programme": (lambda: {"plan": 0},)}
    assert set(parts) == {name for name in vars(metrics) if name.startswith("of_")}
    for family in Metrics(*(partial(getattr(metrics, name), *each) for name, each in parts.items())).collect():
        assert f"| `{family.name}{'_total' if family.type == 'counter' else ''}` | {family.type} |" in text("operations.md")


def links(page: Path) -> list[str]:
    plain = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf8"), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", plain) if "://" not in link]


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def test_every_link_leads_somewhere() -> None:
    assert {f"{page.relative_to(ROOT)}: {link}" for page in PAGES for link in links(page) if not leads_somewhere(page, link)} == set()


def test_every_test_that_the_threat_model_names() -> None:
    names = set(re.findall(r"\btests/[\w/]+\.py", text("threat-model.md")))
    assert names
    assert {name for name in names if not (ROOT / name).exists()} == set()


async def test_the_example_of_a_channel_works(tmp_path: Path) -> None:
    module: dict[str, Any] = {"__name__": "folder"}
    exec(compile(blocks("channel-howto.md", "python")[0], "channel-howto.md", "exec"), module)
    inbox, outbox = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    outbox.mkdir()
    channel = module["connect"]({"inbox": str(inbox), "outbox": str(outbox), "pause_s": 0.01}, None, None, None, limited=False)
    assert isinstance(channel, CarryingChannel)
    for number in "12":
        (inbox / f"{number}.json").write_text(f'{{"id":"{number}","number":"+79990000000","text":"вопрос {number}"}}')
    (inbox / "0.json").write_text("no JSON")
    async with aclosing(channel.receive()) as incoming, asyncio.timeout(5):
        first = await anext(incoming)
        assert (first.key, (inbox / "1.json").exists()) == ("1", True)
        assert (await anext(incoming)).key == "2"
        assert [path.name for path in sorted(inbox.iterdir())] == ["0.bad", "2.json"]
    head = Conversation(1, "000-261124-00001-1", Address(channel.name, "+79990000000"), NOW, WithBot())
    await channel.send(head, [StoredEvent(2, 1, Message(Author.BOT, "ответ", NOW))])
    assert [path.name for path in outbox.iterdir()] == ["2.json"]
