"""SMS: drivers, and shared code."""

from hub.conversations.channel_traits import AddressForm, ChannelTraits, Cost

TRAITS = ChannelTraits("SMS", "sms", Cost.CHAT, AddressForm.NUMBER, brief=True, later=True, at_once=330)
"""Five parts of an SMS, each of which is charged (3GPP TS 23.040: 67 characters in UCS-2)."""
DRIVERS = {"http": TRAITS, "smpp": TRAITS}
