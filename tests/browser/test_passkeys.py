"""Passkeys in a real browser with its virtual authenticator: made, shown after the password and alone, copied, taken away (SE-01)."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Self

import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, Page, Route, expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import PASSWORD, Clerk, House, People, house_in
from tests.peers.ports import free_ports

pytestmark = pytest.mark.asyncio(loop_scope="session")
REFUSED = re.compile(r"status of 40[0-9] .*\| \S+/api/(session|security)\S*$")
CENTRE = """queues = [{ id = "general", title = "Общая" }, { id = "documents", title = "Документы" }, { id = "social", title = "Пособия" }]
topics = [{ id = "other", title = "Другое" }]
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A hub that knows where its desk is reached: passkeys are for a name, never for a bare address."""
    folder, (port,) = tmp_path_factory.mktemp("house"), free_ports(1)
    (folder / "okno.toml").write_text(f'{CENTRE}desk = {{ origin = "http://localhost:{port}" }}\n', encoding="utf8")
    with house_in(folder, folder / "okno.toml", {"OKNO_LISTEN": f"127.0.0.1:{port}"}) as running:
        yield running


class Key:
    """An authenticator that is built in: it holds accounts, and knows its owner."""

    def __init__(self, protocol: CDPSession, number: str) -> None:
        self._protocol, self._number = protocol, number

    @classmethod
    async def at(cls, page: Page, **options: Any) -> Self:
        protocol = await page.context.new_cdp_session(page)
        await protocol.send("WebAuthn.enable")
        usual = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
                 "automaticPresenceSimulation": True}
        return cls(protocol, (await protocol.send("WebAuthn.addVirtualAuthenticator", {"options": usual | options}))["authenticatorId"])

    async def verifies(self, *, yes: bool) -> None:
        await self._protocol.send("WebAuthn.setUserVerified", {"authenticatorId": self._number, "isUserVerified": yes})

    async def held(self) -> dict[str, Any]:
        """The one that it holds, with its private key."""
        (credential,) = (await self._protocol.send("WebAuthn.getCredentials", {"authenticatorId": self._number}))["credentials"]
        return dict(credential)

    async def becomes(self, credential: dict[str, Any]) -> None:
        """Somebody has a copy of what it held."""
        await self._protocol.send("WebAuthn.clearCredentials", {"authenticatorId": self._number})
        await self._protocol.send("WebAuthn.addCredential", {"authenticatorId": self._number, "credential": credential})


@asynccontextmanager
async def at_desk(stage: Stage, crowd: People, admin: Clerk, size: str = "wide", **options: Any) -> AsyncIterator[tuple[Desk, Key]]:
    """A new operator at the screen of his sign-in, with a key."""
    stage.pardon(REFUSED)
    clerk = await crowd.clerk(admin)
    page = await stage.window(**look(size))
    key = await Key.at(page, **options)
    await page.goto(f"{stage.house.base.replace('127.0.0.1', 'localhost')}/desk/")
    desk = Desk(page)
    await desk.sign_in(clerk.login, PASSWORD)
    yield desk, key


async def add(desk: Desk, name: str = "Ноутбук") -> None:
    await desk.page.evaluate("location.hash = '#/security'")
    await desk.at("passkey-add").click()
    await desk.at("passkey-name").fill(name)
    await desk.at("proof").fill(PASSWORD)
    await desk.at("proof-go").click()
    await desk.at("codes-kept").click()
    await expect(desk.at("passkey")).to_contain_text(name)


async def leave(desk: Desk) -> None:
    await desk.at("person-menu").click()
    await desk.at("sign-out").click()
    await expect(desk.at("login")).to_be_visible()


async def give_password(desk: Desk) -> None:
    await desk.at("login").fill(desk.login)
    await desk.at("password").fill(PASSWORD)
    await desk.at("sign-in").click()
    await expect(desk.at("code")).to_be_visible()


async def told(admin: Clerk, login: str) -> list[str]:
    return [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if login in {audit_entry["by"], audit_entry["about"]}]


@pytest_asyncio.fixture(loop_scope="session")
async def keyed(stage: Stage, crowd: People, admin: Clerk) -> AsyncIterator[tuple[Desk, Key]]:
    """Signed out again, with a passkey."""
    async with at_desk(stage, crowd, admin) as (desk, key):
        await add(desk)
        await leave(desk)
        yield desk, key


async def test_alone_and_after_the_password(keyed: tuple[Desk, Key], admin: Clerk) -> None:  # SE-01
    desk, _ = keyed
    await desk.at("by-passkey").click()
    await expect(desk.at("me")).to_have_text(desk.name)
    await leave(desk)
    await give_password(desk)
    await desk.at("by-passkey").click()
    await expect(desk.at("me")).to_have_text(desk.name)
    signed = [audit_entry["detail"] for audit_entry in await admin.does("GET", "/api/audit") if (audit_entry["by"], audit_entry["what"]) == (desk.login, "sign_in")]
    assert [each.partition(" ")[2] for each in signed[:2]] == ["passkey", "passkey"]
    assert "passkey_added" in await told(admin, desk.login)


async def test_alone_its_owner_is_verified(keyed: tuple[Desk, Key]) -> None:  # SE-01
    desk, key = keyed
    await key.verifies(yes=False)
    await desk.at("by-passkey").click()
    await expect(desk.at("problem")).to_be_visible()

    async def unasked(route: Route) -> None:
        answer = await route.fetch()
        asked = await answer.json()
        await route.fulfill(response=answer, json={"options": asked["options"] | {"userVerification": "discouraged"}})

    # A browser that does not ask for it brings an answer that says so.
    await desk.page.route("**/api/session/passkey/ask", unasked)
    async with desk.page.expect_response("**/api/session/passkey") as answered:
        await desk.at("by-passkey").click()
    assert (await (await answered.value).json())["error"] == "wrong_passkey"
    await desk.page.unroute("**/api/session/passkey/ask")
    await give_password(desk)  # after the password to have it is enough
    await desk.at("by-passkey").click()
    await expect(desk.at("me")).to_have_text(desk.name)


async def test_a_copy_is_noticed_by_its_counter(keyed: tuple[Desk, Key], admin: Clerk) -> None:  # SE-01
    desk, key = keyed
    copied = await key.held()
    for _ in range(2):
        await desk.at("by-passkey").click()
        await expect(desk.at("me")).to_have_text(desk.name)
        await leave(desk)
    await key.becomes(copied)
    await desk.at("by-passkey").click()
    await expect(desk.at("problem")).to_contain_text("Счётчик")
    assert "passkey_regressed" in await told(admin, desk.login)


async def test_another_key_is_refused_and_the_same_answer_is_good_once(keyed: tuple[Desk, Key], crowd: People) -> None:  # SE-01
    desk, _ = keyed
    async with desk.page.expect_request("**/api/session/passkey") as sent:
        await desk.at("by-passkey").click()
    await expect(desk.at("me")).to_have_text(desk.name)
    answer = (await sent.value).post_data_json
    for changed in (answer, answer | {"id": "AAAA", "rawId": "AAAA"}, answer | {"response": answer["response"] | {"clientDataJSON": "e30"}}):
        status, refused = await crowd.stranger().call("POST", "/api/session/passkey", changed)
        assert (status, refused["error"]) == (401, "wrong_passkey")
    # A password that is not right asks for nobody's keys.
    status, refused = await crowd.stranger().call("POST", "/api/session/passkey/ask", {"login": desk.login, "password": "wrong password"})
    assert (status, refused["error"]) == (401, "bad_credentials")


async def test_an_administrator_shuts_out_whoever_has_one(keyed: tuple[Desk, Key], admin: Clerk) -> None:  # SE-01
    desk, _ = keyed
    await admin.does("POST", f"/api/operators/{desk.login}/deactivate")
    await desk.at("by-passkey").click()
    await expect(desk.at("problem")).to_be_visible()
    await admin.does("POST", f"/api/operators/{desk.login}/security/reset")
    assert "second_factor_reset" in await told(admin, desk.login)


async def test_a_key_that_knows_nobody_is_a_second_factor(stage: Stage, crowd: People, admin: Clerk) -> None:  # SE-01
    how = {"protocol": "u2f", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False, "isUserVerified": False}
    async with at_desk(stage, crowd, admin, **how) as (desk, _):
        await add(desk, "Брелок")
        await leave(desk)
        await give_password(desk)
        await desk.at("by-passkey").click()
        await expect(desk.at("me")).to_have_text(desk.name)


@in_both_sizes
async def test_it_is_taken_away_under_axe(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14, SE-01
    async with at_desk(stage, crowd, admin, size) as (desk, _):
        inspector = Inspector(axe, desk.page)
        await add(desk)
        await inspector.look("passkeys")
        await desk.at("passkey-remove").click()
        await desk.at("proof").fill(PASSWORD)
        await desk.at("proof-go").click()
        await expect(desk.at("passkey")).to_have_count(0)
        assert inspector.faults == []
