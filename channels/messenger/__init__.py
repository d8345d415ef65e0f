"""Messengers: one driver each, and shared code."""

from msgspec.structs import replace

from hub.conversations.channel_traits import Brings, ChannelTraits

TRAITS = ChannelTraits("Мессенджер", "messenger", live=True, keyed=True, files=Brings.ANY)
DRIVERS = {
    "max": replace(TRAITS, title="MAX", icon="max"), "vk": replace(TRAITS, title="ВКонтакте", icon="vk"),
    "telegram": replace(TRAITS, title="Telegram", foreign=True)}
EXTRA = "messengers"
