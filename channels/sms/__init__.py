"""SMS: drivers, and shared code."""

from collections.abc import Mapping

from msgspec.structs import replace

from hub.conversations.channel_traits import AddressForm, Brings, ChannelTraits, Cost

TRAITS = ChannelTraits("SMS", "sms", Cost.CHAT, AddressForm.NUMBER, brief=True, later=True, at_once=330)
"""Five parts of an SMS, each of which is charged (3GPP TS 23.040: 67 characters in UCS-2)."""
DRIVERS = {"http": TRAITS, "smpp": TRAITS}


def configured(traits: ChannelTraits, settings: Mapping[str, object]) -> ChannelTraits:
    """A driver's traits with its settings: files go by links where there is an address for them."""
    return replace(traits, files=Brings.LINK) if settings.get("file_links") else traits
