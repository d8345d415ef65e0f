"""Parses a posted form, with limits of its fields and files."""

from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from hub.kernel.errors import RefusedError
from hub.kernel.web.bodies import single

FIELD_LIMIT, FIELDS_LIMIT = 1 << 17, 40
"""Bytes of one field: 8000 characters and more, so that a text over the limit can be shown again; and the number of fields."""


class PostedForm(Struct, frozen=True):
    fields: dict[str, str]
    files: tuple[tuple[str, bytes], ...]
    """Name and content."""
    refused: RefusedError | None = None
    """Why the files are refused, though the fields are good."""

    @property
    def attempted(self) -> int:
        """The intended number of files, as far as known."""
        return len(self.files) or int(self.refused is not None)



async def posted(request: web.Request, files: int, limit: int) -> PostedForm:
    """Read a form with limits of the number and bytes of its files; raises RefusedError for what no browser sends.

    Excess files are read to the end of the form up to a bound: the citizen's text must not
    be lost with them.
    """
    if request.content_type == "application/x-www-form-urlencoded":
        return PostedForm(await _plain(request), ())
    if request.content_type != "multipart/form-data":
        raise RefusedError("bad_form", "")
    try:
        return await _multipart(await request.multipart(), files, limit)
    except (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError, web.RequestPayloadError) as error:
        # aiohttp's errors for torn, wrongly encoded or wrongly bounded parts, and that of `single` for a repeated field.
        raise RefusedError("bad_form", str(error)) from error


async def _plain(request: web.Request) -> dict[str, str]:
    content = bytearray()
    async for chunk in request.content.iter_chunked(1 << 14):
        content += chunk
        if len(content) > FIELD_LIMIT * 2:
            raise RefusedError("bad_form", "")
    try:
        return single(parse_qsl(content.decode("latin1"), keep_blank_values=True, errors="replace", max_num_fields=FIELDS_LIMIT))
    except ValueError as error:
        raise RefusedError("bad_form", str(error)) from error


async def _multipart(reader: MultipartReader, count: int, limit: int) -> PostedForm:
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, bytes]] = []
    refused: RefusedError | None = None
    left = limit
    parts = 0
    while (part := await reader.next()) is not None:
        parts += 1
        if not isinstance(part, BodyPartReader) or parts > FIELDS_LIMIT:
            raise RefusedError("bad_form", "")
        if part.filename is None:
            fields.append((part.name or "", (await _read(part, FIELD_LIMIT)).decode("utf8", "replace")))
            continue
        try:
            content = await _read(part, left)
        except RefusedError:
            refused, left = RefusedError("too_large", ""), 0
            await _drain(part, limit)
            continue
        left -= len(content)
        if content or part.filename:  # an empty file input sends a nameless part
            files.append((part.filename, content))
    if refused is None and len(files) > count:
        refused = RefusedError("too_many_files", "")
    return PostedForm(single(fields), () if refused else tuple(files), refused)


async def _read(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise RefusedError("too_large", "")
    return bytes(content)


async def _drain(part: BodyPartReader, limit: int) -> None:
    """Skip the rest of a part; raises RefusedError above the bound."""
    passed = 0
    while chunk := await part.read_chunk():
        passed += len(chunk)
        if passed > limit * 3:
            raise RefusedError("too_large", "")
