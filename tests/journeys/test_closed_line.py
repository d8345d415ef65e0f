"""A centre whose hours are in its configuration: outside of them citizens are told when it opens, and nobody is lost (CH-11)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.house import House, People, house_in

OPENS = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Open on one day to come, and then for nine hours."""
    folder = tmp_path_factory.mktemp("house")
    config = folder / "okno.toml"
    builtin = Path("okno/demo/okno.toml").read_text(encoding="utf8")
    hours = f'[[hours]]\nqueue = "general"\nzone = "Asia/Omsk"\n[hours.special]\n{OPENS:%Y-%m-%d} = ["09:00-18:00"]\n'
    config.write_text(f"{builtin}\n{hours}", encoding="utf8")
    with house_in(folder, config) as running:
        yield running


async def test_a_citizen_of_a_closed_line_waits_or_is_answered_later(at: People) -> None:
    # CH-11, CH-14, SL-05
    citizen = await at.citizen()
    await citizen.tell("оператор")
    assert (await citizen.line.hear("state", holder="queue"))["place"] == 1
    told = await citizen.line.hear("message", author="system")
    assert told["text"].startswith("Сейчас нерабочее время. Ближайшее время: ")
    assert f", {OPENS.day} " in told["text"]
    assert "9:00 (по омскому времени)" in told["text"]
    await citizen.tell(told["choices"][0])
    await citizen.line.hear("state", holder="promised")
    assert "в течение суток" in (await citizen.line.hear("message", author="system"))["text"]


async def test_who_is_ready_answers_all_the_same(at: People) -> None:
    # SL-01
    admin = await at.admin()
    await admin.does("PUT", "/api/presence", {"presence": "ready"})
    citizen = await at.citizen()
    await citizen.tell("оператор")
    line = await admin.live()
    assert (await line.hear("offer"))["conversation"]["id"] == citizen.conversation
    await line.close()
