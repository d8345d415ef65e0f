"""Updates of the Bot API as structs: messages, buttons, blocked bots. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram.types import CallbackQuery, ChatMemberUpdated, Location, Message, Update, User
from msgspec import Struct
from pydantic import ValidationError

from channels.messenger.message_format import STARTED
from hub.conversations.message import whole

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""Requested update types."""
FILE_LIMIT = 20 << 20
"""Bytes that a bot may download (Bot API, getFile)."""
UNSHOWN = "Сообщение такого вида здесь показать нельзя."
_UNSHOWN_KINDS = frozenset({"story", "game", "invoice", "paid_media", "live_photo", "checklist", "giveaway", "rich_message", "unknown"})
NAME_LIMIT = 200
NUMBERS_HOLD = timedelta(days=6)
"""After a week of silence Telegram restarts its update numbers at random (Bot API, Update.update_id): an older offset is invalid."""


class UnreadableError(ValueError):
    """An invalid or unknown update. The text names the fields, never their contents."""


class UpdateOffset(Struct, frozen=True):
    """The `offset` of the next request, at a moment."""

    offset: int
    at: datetime


class RemoteFile(Struct, frozen=True):
    """A file at Telegram; `size` is in bytes, 0 when unknown."""

    id: str
    name: str
    size: int


class IncomingMessage(Struct, frozen=True):
    """A message in a private chat."""

    chat: str
    key: str
    text: str
    name: str
    language: str
    files: tuple[RemoteFile, ...] = ()
    folded: str = ""


class ButtonPress(Struct, frozen=True):
    """A pressed button; `query` needs an answer, or a clock is shown for a minute."""

    chat: str
    query: str
    data: str
    label: str
    name: str
    language: str

    @property
    def key(self) -> str:
        return f"callback:{self.query}"


class ChatClosed(Struct, frozen=True):
    """The bot was blocked."""

    chat: str


class GroupChat(Struct, frozen=True):
    """A group or a channel. Both are public, so the hub holds no conversation there; in a group the bot can say so."""

    chat: int
    speaks: bool


Meaning = IncomingMessage | ButtonPress | ChatClosed | GroupChat


def number_of(raw: object) -> int | None:
    """The update's number, also of an otherwise unreadable one."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << 62 else None


def meaning(raw: object) -> Meaning | None:
    """The meaning of an update, None for one without a citizen's action; raises UnreadableError."""
    try:
        update = Update.model_validate(raw)
    except (ValidationError, RecursionError, OverflowError) as error:
        raise UnreadableError(_fields(error)) from None
    if update.message:
        return _message(update.message, "")
    if update.edited_message:
        edited = update.edited_message
        return None if edited.location else _message(edited, f":{edited.edit_date}", "Исправлено")  # a live location moves
    if update.callback_query:
        return _press(update.callback_query)
    return _member(update.my_chat_member) if update.my_chat_member else None


def _fields(error: Exception) -> str:
    """The invalid fields of an update: pydantic's own text would quote people's messages."""
    if not isinstance(error, ValidationError):
        return type(error).__name__
    return ", ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors(include_input=False)[:3])[:300]


def _message(message: Message, version: str, before: str = "") -> Meaning | None:
    sender = message.from_user
    if sender is None or sender.is_bot:
        return None
    if message.chat.type != "private":
        return GroupChat(message.chat.id, speaks=message.chat.type != "channel")
    text, files = _text(message), tuple(_files(message))
    if text is None and not files:
        return None
    text = whole(": ".join(filter(None, (before, text))))
    return IncomingMessage(str(message.chat.id), f"{message.chat.id}:{message.message_id}{version}", text, _name(sender),
                           _language(sender), files, _started_by(message))


def _press(query: CallbackQuery) -> Meaning | None:
    if query.message is None or query.from_user.is_bot or query.message.chat.type != "private":
        return None
    label = ""
    if isinstance(query.message, Message) and query.message.reply_markup:
        buttons = [button for row in query.message.reply_markup.inline_keyboard for button in row]
        label = next((button.text for button in buttons if button.callback_data == query.data), "")
    return ButtonPress(str(query.message.chat.id), whole(query.id), query.data or "", whole(label), _name(query.from_user),
                       _language(query.from_user))


def _member(change: ChatMemberUpdated) -> Meaning | None:
    status = change.new_chat_member.status
    if change.chat.type == "private":
        return ChatClosed(str(change.chat.id)) if status == "kicked" else None
    return GroupChat(change.chat.id, speaks=change.chat.type != "channel") if status in {"member", "administrator"} else None


def _name(user: User) -> str:
    return whole(f"{user.first_name} {user.last_name or ''}".strip()[:NAME_LIMIT])


def _language(user: User) -> str:
    return whole((user.language_code or "ru")[:8])


def _started(message: Message) -> bool:
    return (message.text or "").partition(" ")[0].partition("@")[0] == "/start"


def _started_by(message: Message) -> str:
    """The parameter of a link https://t.me/bot?start=word, for the operator."""
    word = (message.text or "").partition(" ")[2].strip() if _started(message) else ""
    return f"Разговор начат по ссылке с меткой «{whole(word)}»." if word else ""


def _text(message: Message) -> str | None:  # noqa: PLR0911 - one line for each kind of message
    """The text of a message; None for one without any, and for Telegram's own service messages.

    A voice message has none, so that speech recognition processes it where configured (hub/telephony/speech_to_text.py).
    """
    if message.text is not None:
        return STARTED if _started(message) else message.text
    if message.contact:
        return _contact(message)
    if message.venue:
        return f"{message.venue.title}, {message.venue.address}\n{_place(message.venue.location)}"
    if message.location:
        return _place(message.location)
    if message.sticker:
        return message.sticker.emoji or "Стикер"
    if message.dice:
        return f"{message.dice.emoji} {message.dice.value}"
    if message.poll:
        return "\n".join([f"Опрос: {message.poll.question}", *(f"— {option.text}" for option in message.poll.options)])
    if message.caption is not None:
        return message.caption
    return UNSHOWN if message.content_type in _UNSHOWN_KINDS else None


def _contact(message: Message) -> str:
    """Telegram states the contact's account: only the sender's own contact is their number."""
    contact = message.contact
    if contact is None:
        return ""
    number = "+" + "".join(sign for sign in contact.phone_number if sign.isdigit())
    if message.from_user and contact.user_id == message.from_user.id:
        return f"Телефон: {number}"
    return f"Контакт другого человека: {contact.first_name} {contact.last_name or ''}".rstrip() + f", {number}"


def _place(location: Location) -> str:
    return f"Местоположение: {location.latitude:.6f}, {location.longitude:.6f}"


def _files(message: Message) -> list[RemoteFile]:
    if message.photo:
        fitting = [size for size in message.photo if (size.file_size or 0) <= FILE_LIMIT] or message.photo
        return [_file(max(fitting, key=lambda size: size.width * size.height), "Фото.jpg")]
    named = ((message.document, "Файл"), (message.voice, "Голосовое сообщение.ogg"), (message.audio, "Аудиозапись.mp3"),
             (message.video, "Видео.mp4"), (message.video_note, "Видеосообщение.mp4"))
    return [_file(media, name) for media, name in named if media]


def _file(media: Any, name: str) -> RemoteFile:  # noqa: ANN401 - aiogram's media have no common type
    return RemoteFile(whole(media.file_id), whole(getattr(media, "file_name", None) or name), media.file_size or 0)


def too_big(file: RemoteFile) -> str:
    size = f" ({file.size / (1 << 20):.1f} МБ)".replace(".", ",") if file.size else ""
    return f"Файл «{file.name}»{size} не получен: Telegram отдаёт ботам файлы до 20 МБ. Попросите прислать его иначе."


def not_given(file: RemoteFile) -> str:
    return f"Файл «{file.name}» не получен: Telegram его не отдаёт. Попросите прислать его ещё раз."


def place(written: str) -> UpdateOffset | None:
    """The stored offset; None when it is unreadable."""
    offset, _, at = written.partition(" ")
    try:
        return UpdateOffset(int(offset), datetime.fromisoformat(at).astimezone(UTC))
    except ValueError:
        return None


def written(place: UpdateOffset) -> str:
    return f"{place.offset} {place.at.isoformat()}"


def offset(place: UpdateOffset | None, now: datetime) -> int | None:
    """The offset of the next request; None, for the oldest kept update, when the numbers may have restarted."""
    return place.offset if place and now - place.at < NUMBERS_HOLD else None
