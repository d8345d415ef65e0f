"""Updates of MAX as the hub's structs (dev.max.ru/docs-api, object Update). Pure.

Each part is parsed separately: an attachment of an unknown kind is lost without the loss of the message.
"""

from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert

from channels.messenger.message_format import STARTED
from channels.messenger.updates import ChatClosed, GroupChat, IncomingMessage, RemoteFile, UnreadableError, Update, clean, words_of

T = TypeVar("T")

DIALOG = "dialog"
FILES = {
    "image": ("Фото", "Фото.jpg"), "video": ("Видео", "Видео.mp4"),
    "audio": ("Голосовое сообщение", "Голосовое сообщение.ogg"), "file": ("Файл", "Файл"),
}
"""Downloaded types: their name for people, and a default file name."""
PLAIN = {"image": "", "video": "", "file": "", "sticker": "Стикер", "inline_keyboard": ""}
SHARPEST = ("mp4_1080", "mp4_720", "mp4_480", "mp4_360", "mp4_240", "mp4_144")


class User(Struct, frozen=True):
    user_id: int
    first_name: str = ""
    last_name: str | None = None
    is_bot: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name or ''}".strip()


class Recipient(Struct, frozen=True):
    chat_type: str
    chat_id: int | None = None


class Body(Struct, frozen=True):
    mid: str = ""
    text: str | None = None
    attachments: list[Any] | None = None


class Link(Struct, frozen=True):
    type: str
    message: Body
    sender: User | None = None


class Message(Struct, frozen=True):
    recipient: Recipient
    timestamp: int
    sender: User | None = None
    body: Body | None = None
    """None when only a forwarded message was sent."""
    link: Link | None = None


class Callback(Struct, frozen=True):
    callback_id: str
    user: User
    payload: str | None = None


class MaxUpdate(Struct, frozen=True):
    """An update of any type: the fields of its type are read on use."""

    update_type: str
    timestamp: int
    message: Message | None = None
    callback: Callback | None = None
    chat_id: int | None = None
    user: User | None = None
    user_locale: str | None = None


class Payload(Struct, frozen=True):
    url: str | None = None
    vcf_info: str | None = None
    max_info: User | None = None


class Part(Struct, frozen=True):
    """An attachment of any type."""

    type: str
    payload: Payload = Payload()
    filename: str | None = None
    size: int | None = None
    transcription: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    title: str | None = None
    urls: dict[str, str | None] | None = None


def read(raw: object) -> Update | None:
    """The content of an update, None for an irrelevant one; raises UnreadableError."""
    try:
        happened = convert(raw, MaxUpdate)
        return _read(happened)
    except (ValidationError, UnicodeError) as error:
        # A UnicodeError: half a surrogate pair in a name.
        raise UnreadableError(str(error)) from error


def _read(happened: MaxUpdate) -> Update | None:
    match happened.update_type:
        case "message_created" | "message_edited" as kind:
            return _message(happened, _needed(happened.message, "message"), edited=kind == "message_edited")
        case "message_callback":
            return _pressed(happened, _needed(happened.callback, "callback"))
        case "bot_started":
            return _started(happened, _needed(happened.user, "user"), _needed(happened.chat_id, "chat_id"))
        case "bot_stopped" | "dialog_removed":
            return ChatClosed(_needed(happened.chat_id, "chat_id"))
        case "bot_added":
            return GroupChat(_needed(happened.chat_id, "chat_id"))
        case _:
            return None


def _started(happened: MaxUpdate, user: User, chat: int) -> IncomingMessage:
    return IncomingMessage(chat, f"start:{happened.timestamp}", STARTED, name=clean(user.name), language=_language(happened))


def _message(happened: MaxUpdate, message: Message, *, edited: bool) -> IncomingMessage | None:
    sender = message.sender
    if message.recipient.chat_type != DIALOG or sender is None or sender.is_bot:
        return None
    chat = _needed(message.recipient.chat_id, "message.recipient.chat_id")
    body, link = message.body or Body(), message.link
    said, files = _content(body, sender)
    folded = ""
    if link is not None:
        linked, more = _content(link.message, link.sender)
        if link.type == "forward":
            said, files = [*said, f"Переслано{_from(link.sender)}: {words_of(linked) or _names(more)}"], [*files, *more]
        else:
            folded = f"Ответ на сообщение{_from(link.sender)}: {words_of(linked)}"
    text = words_of(said) or ("" if files else "Пустое сообщение")
    key = body.mid or f"{chat}:{message.timestamp}"
    if edited:
        text, key = f"Исправлено: {text}", f"{key}:edited:{happened.timestamp}"
    return IncomingMessage(chat, key, text, folded, tuple(files), clean(sender.name), _language(happened))


def _names(files: list[RemoteFile]) -> str:
    return ", ".join(file.words for file in files)


def _pressed(happened: MaxUpdate, callback: Callback) -> IncomingMessage | None:
    message = happened.message
    if message is None or message.recipient.chat_type != DIALOG:
        return None
    chat = _needed(message.recipient.chat_id, "message.recipient.chat_id")
    text = clean(callback.payload or _label(message))
    key = callback.callback_id
    return IncomingMessage(chat, key, text, name=clean(callback.user.name), language=_language(happened), pressed=key)


def _label(message: Message) -> str:
    """The label of a button without a payload: the message above it."""
    return (message.body.text if message.body else "") or "Нажата кнопка"


def _content(body: Body, sender: User | None) -> tuple[list[str], list[RemoteFile]]:
    """The text, the attachments in words, and the files."""
    said, files = [body.text or ""], []
    for raw in body.attachments or ():
        words, file = _attachment(raw, sender)
        said.append(words)
        if file is not None:
            files.append(file)
    return said, files


def _attachment(raw: object, sender: User | None) -> tuple[str, RemoteFile | None]:
    try:
        part = convert(raw, Part)
    except (ValidationError, UnicodeError):
        return "Вложение, которое не удалось прочитать", None
    file = _file(part)
    return _words(part, sender), file


def _words(part: Part, sender: User | None) -> str:
    match part.type:
        case "audio":
            # Without a transcript, speech recognition processes it where configured (hub/telephony/speech_to_text.py).
            return f"Голосовое сообщение: «{part.transcription}»" if part.transcription else ""
        case "contact":
            return _contact(part.payload, sender)
        case "location":
            return f"Местоположение: {part.latitude or 0:.6f}, {part.longitude or 0:.6f}"
        case "share":
            return f"Ссылка: {' '.join(filter(None, (part.title, part.payload.url)))}"
        case _:
            return PLAIN.get(part.type, "Вложение, которое здесь не показать")


def _file(part: Part) -> RemoteFile | None:
    if part.type not in FILES:
        return None
    words, name = FILES[part.type]
    best = next((url for size in SHARPEST if (url := (part.urls or {}).get(size))), None)
    return RemoteFile(best or part.payload.url or "", part.filename or name, words, part.size or 0)


def _contact(payload: Payload, sender: User | None) -> str:
    """Only the sender's own contact is their telephone number; another contact's number may be anybody's."""
    card = dict(_card(payload.vcf_info or ""))
    telephone = card.get("TEL", "не указан")
    own = sender is not None and payload.max_info is not None and payload.max_info.user_id == sender.user_id
    if own:
        return f"Телефон: {telephone}"
    name = card.get("FN") or (payload.max_info.name if payload.max_info else "")
    return f"Контакт другого человека: {f'{name}, ' if name else ''}{telephone}"


def _card(vcard: str) -> list[tuple[str, str]]:
    """The properties of a vCard, the last first, so that a dictionary keeps the first (RFC 6350 §3.3)."""
    lines = [line.partition(":") for line in vcard.splitlines()]
    return [(name.partition(";")[0].strip().upper(), value.strip()) for name, _, value in reversed(lines)]


def _from(sender: User | None) -> str:
    return f" от {sender.name}" if sender is not None and sender.name else ""


def _language(happened: MaxUpdate) -> str:
    return (happened.user_locale or "")[:2]


def _needed(value: T | None, name: str) -> T:
    if value is None:
        message = f"{name} is missing"
        raise UnreadableError(message)
    return value
