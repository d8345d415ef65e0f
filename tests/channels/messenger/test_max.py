"""MAX by the contract of all channels, over long polling and over a webhook, against a double of its API (CH-05, CH-06)."""

from tests.channels.contract import ChannelContract
from tests.channels.messenger.dialogue import Dialogue
from tests.channels.messenger.journey import journey
from tests.channels.messenger.max_room import WithMax


class TestMaxByPolling(WithMax, ChannelContract):
    async def test_a_whole_conversation(self, far_end: Dialogue) -> None:
        await journey(far_end)


class TestMaxByWebhook(WithMax, ChannelContract):
    pushes = True

    async def test_a_whole_conversation(self, far_end: Dialogue) -> None:
        await journey(far_end)
