"""E-mail: incoming and outgoing letters, independent of the servers that carry them."""

from hub.conversations.channel_traits import AddressForm, Brings, ChannelTraits, Cost

TRAITS = ChannelTraits("Почта", "email", Cost.LETTER, AddressForm.MAILBOX, letters=True, files=Brings.ANY)
DRIVERS = {"mail": TRAITS}
