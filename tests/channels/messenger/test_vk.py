"""VK by the contract of all channels, over Bots Long Poll and the Callback API, against a double of it (CH-05, CH-06)."""

from tests.channels.contract import ChannelContract
from tests.channels.messenger.dialogue import Dialogue
from tests.channels.messenger.journey import journey
from tests.channels.messenger.vk_room import WithVk


class TestVkByPolling(WithVk, ChannelContract):
    async def test_a_whole_conversation(self, far_end: Dialogue) -> None:
        await journey(far_end)


class TestVkByCallback(WithVk, ChannelContract):
    pushes = True

    async def test_a_whole_conversation(self, far_end: Dialogue) -> None:
        await journey(far_end)
