"""A push is read by the browser alone, signed, and leads out of the house only; every answer means what RFC 8030 says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from channels.ssrf_guard import networks
from channels.web.push import CURVE, WebPush, sealed
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.notifications.push import PushKind, PushMessage, PushSubscription, SubscriptionGoneError
from tests.notifications.push_service import PushService, content

OFFER = PushMessage(PushKind.OFFER, "4711", "077-261201-0000001-3")
UNTIL = datetime(2026, 12, 1, 20, tzinfo=UTC)
CONTACT = "mailto:duty@centre.example"


def subscription(endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    return PushSubscription("session", "anna", endpoint, content(p256dh), content(auth), tuple(PushKind), UNTIL)


@pytest.fixture
async def web_push() -> AsyncIterator[WebPush]:
    web_push = WebPush(CONTACT, networks(["127.0.0.0/8"]), 5)
    yield web_push
    await web_push.close()


def test_the_example_of_the_standard() -> None:
    # RFC 8291 §5 and appendix A
    once = ec.derive_private_key(int.from_bytes(content("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), CURVE)
    public = content("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    made = sealed(b"When I grow up, I want to be a watermelon", public, content("BTBZMqHH6r4Tts7J_aSIgg"), once, content("DGv6ra1nlYgDCS1FRnbzlw"))
    assert made == content(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")


async def test_others_read_it(web_push: WebPush) -> None:
    # RFC 8030 §5, RFC 8291, RFC 8292
    async with PushService() as service:
        await web_push.send(web_push.new_key(), subscription(**service.subscription), OFFER)
        assert service.got == [{"kind": "offer", "conversation": "4711", "number": "077-261201-0000001-3"}]
        assert (service.headers[0]["TTL"], service.headers[0]["Topic"], service.subject) == ("60", "4711", CONTACT)


@pytest.mark.parametrize(("status", "meant"), [
    (404, SubscriptionGoneError), (410, SubscriptionGoneError), (429, UnavailableError), (503, UnavailableError), (400, UndeliverableError),
    (403, UndeliverableError), (413, UndeliverableError), (307, UndeliverableError)])
async def test_what_answers_mean(web_push: WebPush, status: int, meant: type[Exception]) -> None:
    async with PushService() as service:
        service.moods = [status]
        with pytest.raises(meant):
            await web_push.send(web_push.new_key(), subscription(**service.subscription), OFFER)
        assert service.tried == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1:443"])
async def test_it_leads_out_of_the_house_only(host: str) -> None:
    # SE-02: SSRF
    web_push = WebPush(CONTACT, (), 5)
    with pytest.raises(UndeliverableError, match="внутреннюю сеть"):
        await web_push.send(web_push.new_key(), subscription(**PushService().subscription | {"endpoint": f"https://{host}/push"}), OFFER)
    await web_push.close()


def test_what_a_browser_may_name() -> None:
    # SE-02
    web_push, good = WebPush(CONTACT), PushService().subscription | {"endpoint": "https://push.example/1"}
    assert web_push.check(subscription(**good)) == ""
    for wrong in ({"endpoint": "http://push.example/1"}, {"endpoint": "ftp://push.example"}, {"endpoint": "https://"}, {"p256dh": "AAAA"},
                  {"auth": "AAAA"}):
        assert web_push.check(subscription(**good | wrong)) != "", wrong
