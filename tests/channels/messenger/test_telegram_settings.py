"""Telegram is off by default, wrong settings are named before anything starts, and no error tells a secret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from channels.messenger.telegram import Telegram, connect
from tests.channels.messenger.telegram_room import settings
from tests.peers.telegram import BotApi, RefusalError
from tests.trials import findings, wrong


def made(folder: Path, **more: Any) -> Any:
    return connect(settings(folder, "http://127.0.0.1:1", webhook=False) | more, None, None, None, limited=True)  # type: ignore[arg-type]  # nothing is called


@pytest.mark.parametrize("allowed", [{}, {"allowed": False}])
def test_telegram_is_off_until_it_is_allowed(tmp_path: Path, allowed: dict[str, bool]) -> None:
    # PR-01
    wanted = settings(tmp_path, "http://127.0.0.1:1", webhook=False)
    del wanted["allowed"]
    with pytest.raises(msgspec.ValidationError, match="41-ФЗ"):
        connect(wanted | allowed, None, None, None, limited=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("wrong", "named"), [
    ({"tokenfile": "x"}, "tokenfile"), ({"token_file": "/nowhere"}, "/nowhere"), ({"api": "ftp://x"}, "api"), ({"poll_s": 90}, "poll_s"),
    ({"webhook": {"url": "http://hub.example/x", "secret_file": "x"}}, "url"), ({"webhook": {"url": "https://hub.example", "secret_file": "x"}}, "url"),
    ({"webhook": {"url": "https://hub.example/x", "secret_file": "/nowhere"}}, "/nowhere")])
def test_a_wrong_setting_is_named(tmp_path: Path, wrong: dict[str, Any], named: str) -> None:
    # CH-05
    with pytest.raises(msgspec.ValidationError, match=named):
        made(tmp_path, **wrong)


@pytest.mark.parametrize(("name", "content"), [("token_file", "hidden"), ("token_file", "x:y z"), ("secret_file", "short"), ("secret_file", "не латиница и с пробелами")])
def test_a_wrong_secret_is_named_and_not_shown(tmp_path: Path, name: str, content: str) -> None:
    # SE-01
    wanted = settings(tmp_path, "http://127.0.0.1:1", webhook=True)
    path = tmp_path / "wrong"
    path.write_text(content, encoding="utf8")
    wanted = wanted | {name: str(path)} if name in wanted else wanted | {"webhook": wanted["webhook"] | {name: str(path)}}
    with pytest.raises(msgspec.ValidationError, match=name) as raised:
        connect(wanted, None, None, None, limited=True)  # type: ignore[arg-type]
    assert content not in str(raised.value)


@asynccontextmanager
async def tried(folder: Path, **more: Any) -> AsyncIterator[Telegram]:
    channel = made(folder, **more)
    try:
        yield channel
    finally:
        await channel.close()


async def test_the_far_end_can_be_tried(api: BotApi, tmp_path: Path) -> None:
    # CH-05
    async with tried(tmp_path, api=api.base) as channel:
        assert [each.words for each in await findings(channel)] == [
            "бот @okno_bot: Telegram его узнаёт", "приём сообщений Telegram: опрос, ждут приёма: 0"]
        api.faults["getme"].append(RefusalError(401, "Unauthorized"))
        assert "проверьте токен" in await wrong(channel)
    async with tried(tmp_path) as channel:
        assert "нет соединения" in await wrong(channel)


async def test_no_error_tells_the_token(api: BotApi, tmp_path: Path) -> None:
    # SE-01
    api.offline = True
    async with tried(tmp_path, api=api.base) as channel:
        assert "secret-of-the-bot" not in (said := await wrong(channel))
        assert said
