"""Reads the forms that citizens post, within the limits of their rate and of their files."""

from contextlib import AbstractContextManager, nullcontext
from time import monotonic

import msgspec
from aiohttp import web

from channels.upload_limits import UploadLimits
from channels.uploads import kind_of, stored
from channels.web.posted_form import PostedForm, posted
from hub.conversations.attachments import ALLOWED
from hub.conversations.message import Attachment
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, subscriber

SHORT = 1 << 17
"""Bytes of a form with a long text and no files."""


class FormReader:
    """`most` and `limit` are the number and the bytes of the files of one form, `address_limits` those of one network address."""

    def __init__(self, files: Files, most: int, limit: int, address_limits: UploadLimits) -> None:
        self._files, self._most, self._limit, self._address_limits = files, most, limit, address_limits

    async def read(self, request: web.Request, buckets: Buckets, source: str) -> PostedForm:
        """The posted form; raises RefusedError. Above the rate limit only a short form is read, to return its text."""
        wait_s = buckets.spend(subscriber(source), monotonic())
        if wait_s and _is_long(request):
            raise _too_fast(wait_s)
        sheet = await posted(request, self._most, self._limit)
        if sheet.files:
            size = sum(len(content) for _, content in sheet.files)
            wait_s = wait_s or self._address_limits.spend(request.remote or "", len(sheet.files), size)
        return msgspec.structs.replace(sheet, refused=_too_fast(wait_s)) if wait_s else sheet

    def going(self, request: web.Request) -> AbstractContextManager[None]:
        """Counts a form in progress. Raises RefusedError for too many with files at once."""
        return self._address_limits.going(request.remote or "") if _is_long(request) else nullcontext()

    async def kept(self, sheet: PostedForm) -> tuple[Attachment, ...]:
        """The stored files of a sheet; raises RefusedError before storing any when one is forbidden."""
        if sheet.refused is not None:
            raise sheet.refused
        kinds = [await kind_of(content) for _, content in sheet.files]
        if any(kind not in ALLOWED for kind in kinds):
            raise RefusedError("bad_type", "")
        return tuple([await stored(self._files, name, content, kind) for (name, content), kind in zip(sheet.files, kinds, strict=True)])


def own_site(request: web.Request) -> None:
    """Raises RefusedError for a form posted by another site: its author could know the code in it."""
    origin = request.headers.get("Origin", "")
    if origin and origin.partition("://")[2] != request.host:
        raise RefusedError("forbidden_origin", "")


def _is_long(request: web.Request) -> bool:
    """Whether it may contain files."""
    return request.content_length is None or request.content_length > SHORT


def _too_fast(wait_s: float) -> RefusedError:
    return RefusedError("too_fast", "", int(wait_s) + 1)
