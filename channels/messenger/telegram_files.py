"""Downloads files of citizens from Telegram, with retries until they are final."""

from collections import OrderedDict
from urllib.parse import quote

import aiohttp
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.methods import GetFile

from channels.messenger.telegram_api import of_the_hub
from channels.messenger.telegram_updates import FILE_LIMIT, RemoteFile, not_given, too_big
from channels.uploads import kept
from hub.conversations.message import Attachment
from hub.kernel.errors import UnavailableError
from hub.kernel.ports import Files
from hub.kernel.web import bodies

ATTEMPTS = 5
"""Attempts before the message continues without the file: one file must not block all later messages."""
REMEMBERED = 1000
GONE = {400, 403, 404, 410}
"""Permanent failures of a file."""


class RemoteFiles:
    def __init__(self, bot: Bot, files: Files) -> None:
        self._bot, self._files = bot, files
        self._tried: OrderedDict[str, int] = OrderedDict()

    async def fetch(self, file: RemoteFile) -> Attachment | str:
        """The stored file, or the reason for the operator; raises UnavailableError while it may still arrive."""
        if file.size > FILE_LIMIT:
            return too_big(file)
        try:
            content = await self._content(file)
        except UnavailableError:
            if self._again(file):
                raise
            return not_given(file)
        self._tried.pop(file.id, None)
        return content if isinstance(content, str) else await kept(self._files, file.name, content)

    def _again(self, file: RemoteFile) -> bool:
        """Whether it is worth another attempt."""
        tried = self._tried.pop(file.id, 0) + 1
        if tried < ATTEMPTS:
            self._tried[file.id] = tried
            if len(self._tried) > REMEMBERED:
                self._tried.popitem(last=False)
        return tried < ATTEMPTS

    async def _content(self, file: RemoteFile) -> bytes | str:
        try:
            found = await self._bot(GetFile(file_id=file.id))
        except TelegramBadRequest as error:
            return too_big(file) if "too big" in error.message else not_given(file)
        except AiogramError as error:
            raise UnavailableError(str(of_the_hub(error))) from None
        if not found.file_path:
            return not_given(file)
        return await self._download(file, found.file_path)

    async def _download(self, file: RemoteFile, path: str) -> bytes | str:
        """Errors of aiohttp are not passed on: their address contains the token."""
        address = self._bot.session.api.file_url(self._bot.token, quote(path))
        try:
            content = await bodies.read(self._bot.session.stream_content(address), FILE_LIMIT)
        except aiohttp.ClientResponseError as error:
            if error.status in GONE:
                return not_given(file)
            why = f"HTTP {error.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            why = f"связь прервалась ({type(error).__name__})"
        else:
            return too_big(file) if content is None else content
        message = f"Telegram не отдал файл: {why}"
        raise UnavailableError(message)
