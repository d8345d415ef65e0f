"""How operators sign in, in a real browser: an authenticator is set up from its QR code, asked for, and taken away (SE-01)."""

import asyncio
import base64
import re
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import PASSWORD, Clerk, People
from tests.http.test_second_factor import Telephone

pytestmark = pytest.mark.asyncio(loop_scope="session")
UNKNOWN = re.compile(r"status of 40[13] .*\| \S+/api/(session|security/\S+)$")
"""What a browser says by itself of a refusal."""


async def set_up(desk: Desk) -> tuple[Telephone, list[str]]:
    """An authenticator, as far as it goes before the codes are put away."""
    await desk.at("proof").fill(PASSWORD)
    await desk.at("proof-go").click()
    secret = await desk.at("totp-key").inner_text()
    assert len(base64.b32decode(secret)) == 20
    telephone = Telephone(f"otpauth://totp/x?secret={quote(secret)}")
    await desk.at("totp-code").fill(telephone.code())
    await desk.at("totp-confirm").click()
    told = desk.at("recovery-codes").locator("li")
    await expect(told).to_have_count(10)
    return telephone, await told.all_inner_texts()


async def come_again(desk: Desk) -> None:
    """Sign out, and give login and password."""
    await desk.at("person-menu").click()
    await desk.at("sign-out").click()
    await desk.at("login").fill(desk.login)
    await desk.at("password").fill(PASSWORD)
    await desk.at("sign-in").click()


@in_both_sizes
async def test_an_authenticator_from_its_picture_to_the_sign_in(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # SE-01
    stage.pardon(UNKNOWN)
    clerk = await crowd.clerk(admin)
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.goto(f"{stage.house.base}/desk/#/security")
    await expect(desk.at("authenticator-state")).to_be_visible()
    await inspector.look("security")
    await desk.at("authenticator-set-up").click()
    await expect(desk.at("proof")).to_be_visible()
    await inspector.look("password once more")
    telephone, codes = await set_up(desk)
    await inspector.look("recovery codes")
    await desk.at("codes-kept").click()
    await expect(desk.at("recovery-left")).to_contain_text("10")

    if size == "wide":
        await come_again(desk)
        await expect(desk.at("code")).to_be_focused()
        await inspector.look("code")
        await desk.at("code").fill("000000")
        await desk.at("sign-in").click()
        await expect(desk.at("problem")).to_be_visible()
        await desk.at("code").fill(telephone.code())
        await desk.at("sign-in").click()
        await expect(desk.at("rail")).to_be_visible()
        await come_again(desk)
        await desk.at("code").fill(codes[3])
        await desk.at("sign-in").click()
        await expect(desk.at("rail")).to_be_visible()
        await desk.page.goto(f"{stage.house.base}/desk/#/security")
        await expect(desk.at("recovery-left")).to_contain_text("9")
        await expect(desk.at("session").first).to_contain_text("запасному коду")
        await crowd.stranger(clerk.login).does("POST", "/api/session", {"login": clerk.login, "password": PASSWORD, "code": codes[4]})
        await desk.page.reload()
        await desk.at("session-end").click()
        await expect(desk.at("session")).to_have_count(1)
        await desk.at("authenticator-remove").click()
        await desk.at("proof").fill(PASSWORD)
        await desk.at("proof-go").click()
        await expect(desk.at("authenticator-set-up")).to_be_visible()
        await come_again(desk)
        await expect(desk.at("rail")).to_be_visible()
    assert inspector.faults == []


async def test_a_password_is_masked_pasted_and_kept_by_a_manager(stage: Stage) -> None:  # SE-01; ASVS 5.0 6.2.6, 6.2.7
    page = await stage.window()
    await page.goto(f"{stage.house.base}/desk/")
    field = page.get_by_test_id("password")
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_attribute("autocomplete", "current-password")
    await expect(page.get_by_test_id("login")).to_have_attribute("autocomplete", "username")
    await page.get_by_test_id("login").fill("seventeen quiet lanterns")
    await page.get_by_test_id("login").press("Control+A")
    await page.get_by_test_id("login").press("Control+X")
    await field.press("Control+V")
    await expect(field).to_have_value("seventeen quiet lanterns")


async def test_who_was_refused_at_the_directory_is_told_why(stage: Stage) -> None:  # SE-01
    page = await stage.window()
    await page.goto(f"{stage.house.base}/desk/?refused=not_entitled")
    await expect(page.get_by_test_id("problem")).to_contain_text("Каталог не даёт вам роли")
    assert "refused" not in page.url


async def test_who_leads_sees_that_the_glass_is_broken(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # SE-01
    chief = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(chief.login, **look("wide"))
    await expect(desk.at("rail")).to_be_visible()
    done = await asyncio.to_thread(stage.house.run, "user", "break-glass")
    password = done.stdout.splitlines()[0].rpartition(" ")[2]
    await crowd.stranger("break-glass").does("POST", "/api/session", {"login": "break-glass", "password": password})
    await expect(desk.at("glass")).to_contain_text("127.0.0.1")
    inspector = Inspector(axe, desk.page)
    await inspector.look("glass")
    assert inspector.faults == []
