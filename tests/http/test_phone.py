"""Who gets a telephone in the browser, and what the desk's page may do with it (SE-01)."""

import hmac
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from okno.faults.config_error import ConfigError
from tests.house import House, People, people
from tests.paper import near
from tests.peers.ports import free_ports

SECRET = "a secret that nobody finds by trying"
CENTRE = """centre = {{ code = "077", name = "Контакт-центр" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
[[channels]]
driver = "voice.asterisk"
[channels.settings]
password_file = "{folder}/password"
sounds = "{folder}"
recordings = "{folder}/heard"
phones_secret_file = "{folder}/secret"
hosts = [
  {{ system = "a1", port = 1, listen_port = {ports[0]}, softphone = "wss://pbx-1.example:8089/ws", recordings = "{folder}/a1" }},
  {{ system = "a2", port = 2, listen_port = {ports[1]}, softphone = "wss://pbx-2.example:8089/ws", recordings = "{folder}/a2" }},
]
"""


def centre(folder: Path, secret: str = SECRET) -> str:
    (folder / "password").write_text("of the manager", encoding="utf8")
    (folder / "secret").write_text(secret, encoding="utf8")
    return CENTRE.format(folder=folder, ports=free_ports(2))


@pytest.fixture
async def equipped(tmp_path: Path) -> AsyncIterator[tuple[House, People]]:
    """A centre with two exchanges, neither of which is there."""
    async with near(tmp_path, centre(tmp_path)) as (house, _), people(house) as crowd:
        yield house, crowd


async def test_each_operator_gets_his_own(equipped: tuple[House, People]) -> None:
    _, crowd = equipped
    admin = await crowd.admin()
    anna, boris = [await crowd.clerk(admin) for _ in range(2)]
    mine, his = [await clerk.does("GET", "/api/phone") for clerk in (anna, boris)]
    assert mine["servers"] == ["wss://pbx-1.example:8089/ws", "wss://pbx-2.example:8089/ws"]
    assert mine["login"] == anna.login
    assert mine["password"] == hmac.new(SECRET.encode(), f"sip:{anna.login}".encode(), sha256).hexdigest()
    assert mine["password"] != his["password"]


async def test_who_serves_nobody_gets_none(equipped: tuple[House, People]) -> None:
    _, crowd = equipped
    designer = await crowd.clerk(await crowd.admin(), "designer")
    status, answer = await designer.call("GET", "/api/phone")
    assert (status, answer["error"]) == (403, "forbidden")
    status, answer = await crowd.stranger().call("GET", "/api/phone")
    assert (status, answer["error"]) == (401, "not_signed_in")


async def test_only_the_desk_hears_the_microphone_and_reaches_the_exchanges(equipped: tuple[House, People]) -> None:
    house, crowd = equipped
    async with crowd.http.get(house.base + "/desk/") as answer:
        assert answer.headers["Permissions-Policy"].endswith("microphone=(self)")
        assert answer.headers["Content-Security-Policy"].endswith(
            "; connect-src 'self' wss://pbx-1.example:8089/ws wss://pbx-2.example:8089/ws")
    async with crowd.http.get(house.base + "/healthz") as answer:
        assert answer.headers["Permissions-Policy"].endswith("microphone=()")
        assert "wss:" not in answer.headers["Content-Security-Policy"]


async def test_a_password_is_in_no_cache(equipped: tuple[House, People]) -> None:
    house, crowd = equipped
    async with crowd.http.get(house.base + "/api/phone") as answer:
        assert answer.headers["Cache-Control"] == "no-store"


async def test_without_an_exchange_there_is_none(at: People, house: House) -> None:
    admin = await at.admin()
    assert await admin.does("GET", "/api/phone") is None
    async with at.http.get(house.base + "/desk/") as answer:
        assert answer.headers["Permissions-Policy"].endswith("microphone=()")
    told = house.run("voice", "phones")
    assert told.returncode == 1
    assert "set `softphone` and `phones_secret_file`" in told.stderr


@pytest.mark.parametrize("secret", ["too short", ""])
async def test_a_secret_that_could_be_found_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(ConfigError, match="secret"):
        async with near(tmp_path, centre(tmp_path, secret)):
            pass
