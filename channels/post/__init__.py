"""Letters on paper. No driver: an operator registers what arrived, and marks what was sent (hub/intake/contact_registration.py)."""

from hub.conversations.channel_traits import AddressForm, Brings, ChannelTraits, Cost

TRAITS = ChannelTraits("Бумажное письмо", "post", Cost.LETTER, AddressForm.NAME, letters=True, paper=True, files=Brings.ANY,
                       registered=True)
