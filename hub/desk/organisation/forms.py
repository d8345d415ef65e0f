"""Data of places."""

from msgspec import Struct


class PlaceOut(Struct, frozen=True):
    """Where the service is received: code of the subject, id of the МФЦ, both in words, and the ОКТМО."""

    subject: str
    mfc: str
    title: str
    municipality: str = ""
