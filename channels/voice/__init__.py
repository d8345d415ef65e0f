"""Telephony: Asterisk plays, records and bridges; the hub decides."""

from hub.conversations.channel_traits import AddressForm, ChannelTraits, Cost

TRAITS = ChannelTraits("Телефон", "voice", Cost.CALL, AddressForm.NUMBER, live=True, spoken=True, at_once=400)
"""A caller can remember 400 characters."""
DRIVERS = {"asterisk": TRAITS}
EXTRA = "voice"
