"""A supervisor has a report sent by e-mail: from the report that he looks at, by keyboard, and sees what becomes of each letter."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, look
from tests.channels.email.sender import DOMAIN
from tests.channels.email.test_mailed_reports import centre
from tests.house import Clerk, House, People, house_in
from tests.peers.dovecot import dovecot
from tests.peers.postfix import postfix

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with dovecot() as boxes, postfix(lmtp=boxes.lmtp) as server, house_in(folder, centre(folder, boxes, server)) as running:
        yield running


async def test_a_report_goes_out_by_mail(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # MC-02, GV-14
    stage.pardon(re.compile(r"status of 400 .*/api/mailings/"))
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login, **look("wide"))
    inspector = Inspector(axe, desk.page, "narrow", "wide")
    await desk.page.evaluate("() => { location.hash = '#/reports/mail'; }")
    await expect(desk.at("mailings")).to_contain_text("Рассылок нет")
    await inspector.look("no mailings")
    await desk.at("reports-service").click()
    await desk.at("period-by").select_option("line")
    await desk.at("mail-period").press("Enter")
    await expect(desk.at("mailing-by")).to_have_value("line")
    await desk.at("mailing-title").fill("Неделя по линиям")
    await desk.at("mailing-rhythm").select_option("weekly")
    await desk.at("mailing-day").select_option("1")
    await desk.at("mailing-to").fill("boss@elsewhere.example")
    await desk.at("mailing-to").press("Control+Enter")
    await expect(desk.page.get_by_role("alert")).to_contain_text(f"Можно: {DOMAIN}")
    await inspector.look("a mailing is refused")
    await desk.at("mailing-to").fill(f"boss@{DOMAIN}\ndeputy@{DOMAIN}")
    await desk.at("mailing-to").press("Control+Enter")
    await expect(desk.at("mailing-form")).to_have_count(0)
    await desk.at("reports-mail").click()
    row = desk.at("mailing")
    await expect(row).to_contain_text("Каждую неделю, понедельник, в 09:00, в рабочие дни")
    await desk.at("send-mailing").press("Enter")
    await expect(desk.at("mailing-last").get_by_text("Принято сервером")).to_have_count(2)
    await inspector.look("a mailing was sent", "reports-mail")
    await desk.at("pause-mailing").click()
    await expect(desk.at("mailing-next")).to_contain_text("Приостановлена")
    await desk.at("remove-mailing").click()
    await expect(row).to_have_count(0)
    await desk.at("undo").click()
    await expect(desk.at("mailing-last").get_by_text("Принято сервером")).to_have_count(2)
    await desk.at("edit-mailing").click()
    await expect(desk.at("mailing-to")).to_have_value(f"boss@{DOMAIN}\ndeputy@{DOMAIN}")
    assert inspector.faults == []


async def test_a_saved_report_goes_out_as_it_was_built(stage: Stage, crowd: People, admin: Clerk) -> None:  # MC-02
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login, **look("wide"))
    await desk.page.evaluate("() => { location.hash = '#/reports/built'; }")
    await desk.at("built-by").select_option("day")
    await expect(desk.at("mail-built")).to_have_count(0)  # what is mailed has a name first
    await desk.at("save-built").click()
    await desk.at("built-title").fill("Дни с прошлой неделей")
    await desk.at("built-saved-now").click()
    await desk.at("mail-built").click()
    await expect(desk.at("mailing-report")).to_be_visible()
    await expect(desk.at("mailing-by")).to_have_count(0)
    await desk.at("mailing-to").fill(f"boss@{DOMAIN}")
    await desk.at("mailing-to").press("Control+Enter")
    await expect(desk.at("mailing-form")).to_have_count(0)
    await desk.at("reports-mail").click()
    row = desk.at("mailing").filter(has_text="Дни с прошлой неделей")
    await row.get_by_test_id("send-mailing").click()
    await expect(row.get_by_test_id("mailing-last").get_by_text("Принято сервером")).to_have_count(1)
