"""Contents of files that operators and the robot send."""

from hub.conversations.message import Attachment
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.ports import Files


async def content_of(files: Files, attachment: Attachment) -> bytes:
    """The content of a stored file; raises UnavailableError, or UndeliverableError where the file is gone."""
    try:
        content = await files.get(attachment.file)
    except OSError as error:
        message = f"Файл «{attachment.name}» не читается: {error.strerror}"
        raise UnavailableError(message) from error
    if content is None:
        message = f"Файла «{attachment.name}» нет в хранилище."
        raise UndeliverableError(message)
    return content
