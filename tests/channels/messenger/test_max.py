"""MAX by the contract of all channels, over long polling and over a webhook, against a double of its API."""

from tests.channels.contract import ChannelContract
from tests.channels.messenger.max_room import WithMax


class TestMaxByPolling(WithMax, ChannelContract):
    pass


class TestMaxByWebhook(WithMax, ChannelContract):
    pushes = True
