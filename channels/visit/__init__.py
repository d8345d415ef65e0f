"""Visits: a citizen at the counter of an office. No driver: an operator registers the contact (hub/intake/contact_registration.py)."""

from hub.conversations.channel_traits import AddressForm, ChannelTraits, Cost

TRAITS = ChannelTraits("Личный приём", "visit", Cost.CALL, AddressForm.NUMBER, live=True, spoken=True, registered=True)
"""The visitor's number is the address, where one is given."""
