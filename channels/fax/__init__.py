"""Fax: received pages become text, texts and PDFs become pages. Asterisk handles the telephone."""

from hub.conversations.channel_traits import AddressForm, Brings, ChannelTraits, Cost

TRAITS = ChannelTraits("Факс", "fax", Cost.LETTER, AddressForm.NUMBER, letters=True, paper=True, files=Brings.PDF)
DRIVERS = {"asterisk": TRAITS}
EXTRA = "fax"
