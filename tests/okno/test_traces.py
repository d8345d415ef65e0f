"""Traces of conversations, as a collector gets them: joined by their ids, and without anybody's data."""

from pathlib import Path

import pytest

from hub.kernel.trace_context import OPENING, span_of, trace_of, traceparent
from hub.monitoring.trace_spans import SpanAttributes
from okno.commands.check import check
from okno.commands.cli import main
from okno.config import load
from okno.faults.config_error import ConfigError
from tests.house import people
from tests.paper import Papers, near
from tests.peers.collector import Collector, told

SMS = "sms.paper"
CENTRE = """centre = {{ code = "077", name = "Центр" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
channels = [{{ driver = "web.chat" }}, {{ driver = "sms.paper" }}]
traces = {{ endpoint = "{endpoint}", sample_ratio = {share} }}
"""
NUMBER, NAME, SECRET = "+79161234521", "Фёклистов", "пароль от почты zyx987"


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> Papers:
    return Papers(monkeypatch, SMS)


async def test_one_conversation_is_one_trace_and_nobody_is_in_it(papers: Papers, tmp_path: Path) -> None:
    # MC-04, SE-03
    async with Collector() as collector:
        async with near(tmp_path, CENTRE.format(endpoint=collector.endpoint, share=1.0)) as (house, hub), people(house) as at:
            admin = await at.admin()
            clerk = await at.clerk(admin)
            line = await clerk.live()
            await clerk.does("PUT", "/api/presence", {"presence": "ready"})
            conversation = await papers[SMS].writes(NUMBER, "Позовите оператора")
            await papers[SMS].hears("Номер обращения")
            await papers[SMS].writes(NUMBER, f"Вот ещё: {SECRET}")
            offer = await line.hear("offer")
            assert offer["conversation"]["id"] == str(conversation)
            await clerk.does("POST", f"/api/conversations/{conversation}/accept")
            await clerk.does("POST", f"/api/conversations/{conversation}/reply", {"key": "1", "text": f"Здравствуйте, {NAME}"})
            await papers[SMS].hears(NAME)
            citizen = await at.citizen(name=NAME)
            await citizen.tell(f"Меня зовут {NAME}, {SECRET}")
            found = await hub.store.conversation(conversation)
            assert found is not None
            number = found.number
        spans = collector.spans()
        (resource, *_) = collector.resources()
    assert (resource["service.name"], resource["okno.centre"]) == ("okno", "077")
    mine = [span for span in spans if span.trace_id == trace_of(number).to_bytes(16)]
    assert {"open", "accept", "react", "say", "send", "hand_over", "offer", "wait"} <= {span.name for span in mine}
    # Each lies below another one of the trace, up to its opening.
    ids = {span.span_id for span in mine}
    assert len(ids) == len(mine)
    assert {span.parent_span_id for span in mine} <= ids | {b""}
    (opening,) = (span for span in mine if not span.parent_span_id)
    assert (opening.name, opening.span_id) == (OPENING, span_of(number, OPENING).to_bytes(8))
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
    accepted = next(span for span in mine if span.name == "accept")
    (reacted,) = (span for span in mine if span.name == "react")
    assert reacted.parent_span_id == accepted.span_id
    (offered,) = (span for span in mine if span.name == "offer")
    assert told(offered.attributes) == {"okno.how": "accepted"}
    handed = [told(span.attributes) for span in mine if span.name == "hand_over"]
    assert [each["okno.to"] for each in handed] == ["bot", "queue", "operator"]
    # The other conversation is another trace.
    assert len({span.trace_id for span in spans}) == 2
    # What is told are codes, under names that are known, and nothing of a person is among the bytes.
    assert {name for span in spans for name in told(span.attributes)} <= {f"okno.{name}" for name in SpanAttributes.__annotations__}
    raw = b"".join(collector.raw)
    for secret in (NUMBER, NUMBER[1:], NAME, SECRET, "zyx987", number, clerk.login, "Здравствуйте", "Позовите"):
        assert secret.encode() not in raw


async def test_a_share_of_nothing_tells_nothing(papers: Papers, tmp_path: Path) -> None:
    # MC-04
    async with Collector() as collector:
        async with near(tmp_path, CENTRE.format(endpoint=collector.endpoint, share=0.0)) as (house, _), people(house) as at:
            await (await at.citizen()).tell("Как получить СНИЛС?")
        assert collector.raw == []


async def test_a_collector_that_is_away_holds_nobody_up(papers: Papers, tmp_path: Path) -> None:
    # MC-04
    async with near(tmp_path, CENTRE.format(endpoint="http://127.0.0.1:9/v1/traces", share=1.0)) as (house, _), people(house) as at:
        citizen = await at.citizen()
        await citizen.tell("Как получить СНИЛС?")
        await citizen.line.hear("message", author="bot")


async def test_check_says_whether_the_collector_takes_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # MC-04
    async with Collector() as collector:
        (tmp_path / "centre.toml").write_text(CENTRE.format(endpoint=collector.endpoint, share=0.25).replace("sms.paper", "web.form"), "utf8")
        config = load(tmp_path / "centre.toml", {"OKNO_DATA": str(tmp_path / "data")})
        await check(config, channels=True)
        assert f"✓ traces: 25% of conversations, to {collector.endpoint}, which takes them" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="see that a collector listens there"):
        await check(config, channels=True)
    await check(config)
    assert f"✓ traces: 25% of conversations, to {collector.endpoint}\n" in capsys.readouterr().out


def test_a_trace_is_found_by_the_number_that_the_citizen_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    # MC-04
    assert main(["trace", "077-261124-00042-8"]) == 0
    assert int(capsys.readouterr().out, 16) == trace_of("077-261124-00042-8")


def test_the_header_for_others_is_the_standards() -> None:
    # MC-04
    header = traceparent("077-261124-00042-8")
    version, trace, span, flags = header.split("-")
    assert (version, flags, len(trace), len(span)) == ("00", "01", 32, 16)
    assert int(trace, 16) == trace_of("077-261124-00042-8")
    assert int(span, 16) == span_of("077-261124-00042-8", OPENING)
    assert trace_of("078-261124-00042-8") != trace_of("077-261124-00042-8")
