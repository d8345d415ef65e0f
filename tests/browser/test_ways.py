"""From centre to centre in the desk: the place of the service, the way that is shown beforehand, the hand-over."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, House, People, house_in
from tests.http.test_ways import CONFIG, configured

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("levels")
    with house_in(folder, configured(folder, CONFIG)) as running:
        yield running


@in_both_sizes
async def test_to_the_centre_of_the_place(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:
    # CH-09, RT-05, RT-11, LV-11, GV-14
    clerk, colleague = await crowd.clerk(admin, queues=("region",)), await crowd.clerk(admin, queues=("city",))
    citizen = await crowd.citizen(name="Пётр Волков")
    await citizen.tell("Хочу подать заявление через МФЦ")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    await desk.accept()
    await desk.at("transfer").click()
    await desk.at("to-pass").click()
    way = desk.at("way")
    await expect(way).to_contain_text("Сначала укажите место")
    await expect(desk.at("confirm-pass")).to_be_disabled()
    dialog = desk.page.get_by_role("dialog")
    await desk.at("errand-mfc_staff").check()
    await dialog.get_by_test_id("place-subject").select_option("Московская область")
    await dialog.get_by_test_id("place-mfc").select_option("МФЦ города")
    await expect(way).to_contain_text("Примет «Город»: нужны сотрудники МФЦ")
    await inspector.look("way")
    await desk.at("errand-right_place").check()
    await dialog.get_by_test_id("place-subject").select_option("16")
    await expect(way).to_contain_text("не включена в правилах")
    await inspector.look("no way")
    await desk.at("errand-mfc_staff").check()
    await dialog.get_by_test_id("place-subject").select_option("50")
    await dialog.get_by_test_id("place-mfc").select_option("large")
    await expect(way).to_contain_text("Примет «Город»")
    await desk.at("pass-note").fill("Нужна запись на приём")
    await desk.at("confirm-pass").click()
    await expect(dialog).to_have_count(0)
    there = await stage.signed_in(colleague.login, **look(size))
    inspector_there = Inspector(axe, there.page)
    await colleague.does("PUT", "/api/presence", {"presence": "ready"})
    await there.accept()
    await expect(there.at("line-placed").last).to_contain_text("Место услуги: Московская область, МФЦ города")
    await expect(there.at("line-handed_over").filter(has_text="«Город»")).to_contain_text("нужны сотрудники МФЦ")
    await expect(there.bubble("note", "Нужна запись")).to_be_visible()
    if size == "narrow":
        await there.at("details").click()
    await expect(there.at("place-mfc")).to_have_value("large")
    await inspector_there.look("place")
    assert inspector.faults + inspector_there.faults == []
    for each in (clerk, colleague):
        await each.does("PUT", "/api/presence", {"presence": "offline"})
