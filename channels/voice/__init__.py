"""Telephony: Asterisk plays, records and bridges; the hub decides."""

from hub.conversations.channel_traits import AddressForm, ChannelTraits, Cost

TRAITS = ChannelTraits("Телефон", "voice", Cost.CALL, AddressForm.NUMBER, live=True, spoken=True, at_once=400)
"""A caller keeps 400 characters in mind."""
DRIVERS = {"asterisk": TRAITS}
