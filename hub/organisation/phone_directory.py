"""External telephone numbers that operators may call for a consultation or a transfer: specialists, departments, МФЦ."""

from typing import Annotated

from msgspec import Meta, Struct


class Listed(Struct, frozen=True, forbid_unknown_fields=True):
    """A name and a number in E.164 form."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    number: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
