"""What people did: who, what, to whom, when. Only ever added to."""

from datetime import datetime

from msgspec import Struct


class Deed(Struct, frozen=True, omit_defaults=True):
    """One thing done by a person, or refused to one. `by` is a login; `about` names the conversation, article or login."""

    at: datetime
    by: str
    what: str
    about: str = ""
    detail: str = ""
