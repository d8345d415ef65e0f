"""The web chat: a session by POST, a socket of JSON frames, files, and the widget for any site."""

from msgspec.structs import replace

from hub.conversations.channel_traits import AddressForm, Brings, ChannelTraits

TRAITS = ChannelTraits("Сайт", "web", address=AddressForm.DIGEST, live=True)
OWN_KEY = replace(TRAITS, keyed=True, files=Brings.ANY)
"""The browser keeps the key of its conversation."""
DRIVERS = {
    "chat": replace(OWN_KEY, title="Чат на сайте"), "form": replace(OWN_KEY, title="Форма на сайте", icon="form", later=True),
    "rasa": replace(TRAITS, files=Brings.ANY), "hook": replace(TRAITS, icon="hook"), "open311": replace(TRAITS, icon="hook")}
