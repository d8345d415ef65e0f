"""Events go out of the house only, signed, and every answer means what the specifications say (IN-01, SE-02)."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from channels.ssrf_guard import networks
from channels.web.webhook_transport import HttpWebhookTransport
from hub.cases.case import CaseKind, Label
from hub.cases.state import CaseState
from hub.integrations.webhook_events import CaseEvent, Event, GoneError, NotNowError, Subscription
from hub.kernel.errors import UnavailableError, UndeliverableError
from tests.peers.listener import Listener

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
TOLD = Event(7, "ru.okno.case.registered", "077-261126-0000001-3", AT, CaseEvent(
    "077-261126-0000001-3", CaseKind.REQUEST, Label.OUTSIDE, CaseState.REGISTERED, "other", "general", AT, AT))


def subscription(url: str) -> Subscription:
    return Subscription("portal", "Портал", url, SECRET, ("ru.okno.",), "boss", AT, 0)


@pytest.fixture
async def webhooks() -> AsyncIterator[HttpWebhookTransport]:
    webhooks = HttpWebhookTransport("077", networks(["127.0.0.0/8"]), 0.3)
    yield webhooks
    await webhooks.close()


async def test_libraries_of_others_read_it(webhooks: HttpWebhookTransport) -> None:
    # IN-01: CloudEvents 1.0, Standard Webhooks 1.0
    async with Listener(SECRET) as listener:
        await webhooks.bring(subscription(listener.url), TOLD)
        (event,) = listener.got
    assert (event.get_id(), event.get_source(), event.get_specversion()) == ("077-261126-0000001-3.7", "urn:okno:centre:077", "1.0")
    assert (event.get_type(), event.get_subject(), event.get_time()) == (TOLD.type, TOLD.subject, AT)
    data = event.get_data()
    assert isinstance(data, dict)
    assert set(data) == {"number", "kind", "label", "state", "topic", "line", "registered", "due"}


@pytest.mark.parametrize(("mood", "meant"), [
    (500, NotNowError), (503, NotNowError), (429, NotNowError), (408, NotNowError), (302, NotNowError), (400, UndeliverableError), (404, UndeliverableError),
    (401, UndeliverableError), (410, GoneError), ("hang", UnavailableError), ("cut", UnavailableError)])
async def test_what_answers_mean(webhooks: HttpWebhookTransport, mood: int | str, meant: type[Exception]) -> None:
    # IN-01
    async with Listener(SECRET) as listener:
        listener.moods = [mood]
        with pytest.raises(meant):
            await webhooks.bring(subscription(listener.url), TOLD)
        assert len(listener.tried) == 1  # a redirect is not followed


async def test_nobody_there(webhooks: HttpWebhookTransport) -> None:
    # IN-01
    async with Listener() as listener:
        url = listener.url
    with pytest.raises(UnavailableError):
        await webhooks.bring(subscription(url), TOLD)




@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254:80", "10.0.0.1:443"])
async def test_it_leads_out_of_the_house_only(host: str) -> None:
    # SE-02: SSRF
    webhooks = HttpWebhookTransport("077", (), 5)
    async with Listener(SECRET) as listener:
        url = f"https://{host}:{listener.port}/events" if ":" not in host.rpartition("]")[2] else f"https://{host}/events"
        with pytest.raises(UndeliverableError, match="внутреннюю сеть"):
            await webhooks.bring(subscription(url), TOLD)
        assert listener.tried == []
    await webhooks.close()


# F18 of the security review
@pytest.mark.parametrize(("url", "taken"), [
    ("https://portal.example/events", True), ("http://portal.example/events", False), ("http://8.8.8.8/events", False), ("http://127.0.0.1:9/", True),
    ("http://[::1]/", False), ("http://10.0.0.1/", False), ("HTTP://portal.example/", False)])
def test_it_goes_by_https_out_of_the_house(webhooks: HttpWebhookTransport, url: str, taken: bool) -> None:
    assert (webhooks.check(url) == "") is taken
    if url.lower().startswith("http:"):
        assert "https" in HttpWebhookTransport("077").check(url)


async def test_an_old_subscription_without_https_is_not_told() -> None:
    # F18: it was taken before, and a name may lead out of the house at any time
    webhooks = HttpWebhookTransport("077", networks(["10.0.0.0/8"]), 5)
    async with Listener(SECRET) as listener:
        for url in (listener.url, f"http://localhost:{listener.port}/events"):
            with pytest.raises(UndeliverableError, match="https"):
                await webhooks.bring(subscription(url), TOLD)
        assert listener.tried == []
    await webhooks.close()


@pytest.mark.parametrize("url", ["", "portal", "ftp://a.example", "https://", "file:///etc/passwd", "http://a:99999999/", "https://[", "https://a/#b"])
def test_what_is_no_address_is_not_taken(url: str) -> None:
    # SE-02
    assert HttpWebhookTransport("077").check(url)
