"""The desk subscribes a browser, its worker shows what is pushed, and a click opens the conversation.

Chromium gets its pushes from Google's service alone, which no test reaches: it refuses to subscribe here. So the subscription is that of our double,
put in the place of the browser's own; the worker's event comes by Chromium's own command (DevTools protocol, ServiceWorker.deliverPushMessage).
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.notifications.test_installed import worked
from tests.browser.screens import pictured
from tests.browser.stage import CHROMIUM, Stage, chromium, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, House, People, house_in, knowledge_alone
from tests.notifications.push_service import PushService
from tests.notifications.test_push import PUSH

pytestmark = pytest.mark.asyncio(loop_scope="session")

SUBSCRIBED = """(told) => {
  const { endpoint, p256dh, auth } = told;
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async () => ({ toJSON: () => ({ endpoint, keys: { p256dh, auth } }) });
}"""
SHOWING = """() => {
  self.shown = new Promise((resolve) => {
    ServiceWorkerRegistration.prototype.showNotification = new Proxy(ServiceWorkerRegistration.prototype.showNotification, {
      apply: (show, on, given) => Reflect.apply(show, on, given).then(resolve),
    });
  });
}"""
"""Who asks what is shown while it is being shown makes Chromium forget it: it is not on the screen yet."""
SHOWN = """async () => {
  await self.shown;
  return (await registration.getNotifications()).map(({ title, body, tag }) => [title, body, tag]);
}"""

CLICKED = """async () => {
  // Only a hand may bring a window to the front.
  WindowClient.prototype.focus = async function () { return this; };
  ExtendableEvent.prototype.waitUntil = () => undefined;
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("pushing")
    config = knowledge_alone(folder)
    config.write_text(f"{config.read_text('utf8')}\n{PUSH}", "utf8")
    with house_in(folder, config) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(pages: None) -> AsyncIterator[Browser]:
    """One that can show notifications."""
    async with chromium(program=CHROMIUM) as running:
        yield running


async def deliver(page: Page, base: str, data: dict[str, Any]) -> None:
    """To the worker, as if its push service had brought it."""
    devtools = await page.context.new_cdp_session(page)
    found: asyncio.Queue[str] = asyncio.Queue()

    def updated(told: dict[str, Any]) -> None:
        for each in told["registrations"]:
            found.put_nowait(each["registrationId"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", updated)
    await devtools.send("ServiceWorker.enable")
    await devtools.send("ServiceWorker.deliverPushMessage", {"origin": base, "registrationId": await found.get(), "data": json.dumps(data)})


async def test_what_the_hub_pushes_is_shown_and_opens_the_conversation(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # CH-08, GV-14
    clerk = await crowd.clerk(admin)
    citizen, = await waiting(crowd, "Когда придёт пособие?")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look("wide"), permissions=["notifications"])
    await worked(desk.page)
    async with PushService() as service:
        await desk.page.evaluate(SUBSCRIBED, service.subscription)
        await desk.at("person-menu").click()
        await desk.at("open-settings").click()
        await expect(desk.at("push-message")).not_to_be_checked()
        await desk.at("push-message").click()
        await expect(desk.at("push-message")).to_be_checked()
        inspector = Inspector(axe, desk.page, *BOTH)
        await inspector.look("kinds")
        await pictured(desk, "alerts")
        assert inspector.faults == []
        # Another window is before it: the page says so to the hub, and the citizen writes.
        await desk.page.evaluate("""() => {
          Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true });
          Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }""")
        await citizen.tell("Жду третий месяц")
        told, = await service.pushed(1)
    await expect(desk.page).to_have_title(re.compile("^● 1 "))
    (worker,) = desk.page.context.service_workers
    await worker.evaluate(SHOWING)
    await deliver(desk.page, stage.house.base, told)
    assert await worker.evaluate(SHOWN) == [["Заявитель написал", f"Разговор {told['number']}", f"okno-{citizen.conversation}"]]
    await desk.page.evaluate("() => { location.hash = '#/inbox/mine'; }")
    await expect(desk.timeline).to_have_count(0)
    await worker.evaluate(CLICKED)
    await expect(desk.timeline).to_be_visible()
    assert (await desk.page.evaluate("() => location.hash"), await worker.evaluate(SHOWN)) == (f"#/inbox/mine/{citizen.conversation}", [])
