"""Events of a VK community as the hub's structs (dev.vk.com/api/community-events). Pure.

Each part is parsed separately: an attachment of an unknown kind is lost without the loss of the message.
"""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct, ValidationError, convert

from channels.messenger.message_format import STARTED
from channels.messenger.updates import (
    ChatClosed,
    IncomingMessage,
    ReadUpTo,
    RemoteFile,
    TypingNow,
    UnreadableError,
    Update,
    clean,
    words_of,
)
from hub.kernel.web import bodies

T = TypeVar("T")

GROUP_CHATS = 2_000_000_000
"""Peers from this number on are group chats."""
LANGUAGES = {0: "ru", 1: "uk", 2: "be", 3: "en"}
"""lang_id of a client, the relevant values."""
UNREADABLE = ("Вложение, которое не удалось прочитать", None)
DEEP = 3
"""Maximum depth of nested forwarded messages."""
PLAIN = {
    "sticker": "Стикер", "gift": "Подарок", "call": "Звонок", "poll": "Опрос", "story": "История", "wall": "Запись со стены",
    "wall_reply": "Комментарий", "market": "Товар", "audio": "Аудиозапись",
}


class Foreign(Struct, frozen=True):
    """A quoted or forwarded message."""

    from_id: int = 0
    text: str = ""
    attachments: list[Any] | None = None
    fwd_messages: list[Any] | None = None


class Message(Struct, frozen=True):
    """`date` is in seconds of the epoch; `conversation_message_id` counts the messages of one dialogue."""

    from_id: int
    peer_id: int
    conversation_message_id: int
    date: int = 0
    text: str = ""
    attachments: list[Any] | None = None
    fwd_messages: list[Any] | None = None
    reply_message: Any = None
    geo: Any = None
    payload: str | None = None
    update_time: int | None = None


class Client(Struct, frozen=True):
    lang_id: int | None = None


class New(Struct, frozen=True):
    message: Message
    client_info: Client = Client()


class Deny(Struct, frozen=True):
    user_id: int


class TypingState(Struct, frozen=True):
    from_id: int
    state: str = ""


class ReadState(Struct, frozen=True):
    from_id: int
    peer_id: int
    read_message_id: int


class Event(Struct, frozen=True):
    """`secret` comes with pushed events."""

    type: str
    group_id: int
    object: Any = None
    event_id: str = ""
    secret: str = ""


class Size(Struct, frozen=True):
    url: str
    width: int = 0
    height: int = 0


class Part(Struct, frozen=True):
    """The inner part of an attachment of any type."""

    id: int = 0
    owner_id: int = 0
    url: str | None = None
    title: str | None = None
    ext: str | None = None
    size: int = 0
    sizes: list[Size] | None = None
    link_ogg: str | None = None
    link_mp3: str | None = None
    transcript: str | None = None


class Coordinates(Struct, frozen=True):
    latitude: float
    longitude: float


class Geo(Struct, frozen=True):
    coordinates: Coordinates


class Press(Struct, frozen=True):
    """A callback button; those of ours send texts, others are of a keyboard that the community has set otherwise."""

    user_id: int
    peer_id: int
    event_id: str
    payload: Any = None


class Payload(Struct, frozen=True):
    """Data of a button: ours, or the button that opens a dialogue."""

    choice: str = ""
    command: str = ""


def event(raw: object) -> Event:
    """Raises UnreadableError."""
    return _as(raw, Event)


def read(happened: Event) -> Update | None:  # noqa: PLR0911 - one event after another
    """The content of an event, None for an irrelevant one; raises UnreadableError."""
    match happened.type:
        case "message_new":
            new = _as(happened.object, New)
            return told(new.message, LANGUAGES.get(new.client_info.lang_id or 0, ""))
        case "message_edit":
            return _edited(_as(happened.object, Message))
        case "message_event":
            return _pressed(_as(happened.object, Press))
        case "message_deny":
            return ChatClosed(_as(happened.object, Deny).user_id)
        case "message_typing_state":
            return _typing(_as(happened.object, TypingState))
        case "message_read":
            return _seen(_as(happened.object, ReadState))
        case _:
            return None


def message(raw: object) -> Message:
    """A message from the history of a dialogue; raises UnreadableError."""
    return _as(raw, Message)


def told(said: Message, language: str = "") -> IncomingMessage | None:
    """None for a message that is not from a citizen to the community only."""
    if said.from_id <= 0 or not 0 < said.peer_id < GROUP_CHATS:
        return None
    pressed = _payload(said.payload)
    words, files = _content(Foreign(said.from_id, pressed.choice or said.text, said.attachments, said.fwd_messages), DEEP)
    if said.geo is not None:
        words.append(_place(said.geo))
    text = STARTED if pressed.command == "start" else words_of(words) or ("" if files else "Пустое сообщение")
    quoted = words_of(_content(_foreign(said.reply_message), 0)[0]) if said.reply_message is not None else ""
    answers = f"Ответ на сообщение: {quoted}" if quoted else ""
    return IncomingMessage(said.peer_id, str(said.conversation_message_id), text, answers, tuple(files),
                           language=language, at=said.date)


def _edited(said: Message) -> IncomingMessage | None:
    plain = told(said)
    if plain is None:
        return None
    key = f"{plain.key}:edited:{said.update_time or said.text}"
    return msgspec.structs.replace(plain, key=clean(key), text=f"Исправлено: {plain.text}")


def _pressed(press: Press) -> IncomingMessage | None:
    if press.user_id <= 0 or press.peer_id != press.user_id:
        return None
    try:
        choice = clean(convert(press.payload or {}, Payload).choice)
    except (ValidationError, UnicodeError):
        choice = ""
    event = clean(press.event_id)
    return IncomingMessage(press.peer_id, f"event:{event}", choice or "Нажата кнопка", pressed=event)


def _typing(state: TypingState) -> TypingNow | None:
    return TypingNow(state.from_id) if state.from_id > 0 and state.state == "typing" else None


def _seen(state: ReadState) -> ReadUpTo | None:
    """The community's own reading has its own, negative id."""
    return ReadUpTo(state.peer_id, state.read_message_id) if state.from_id == state.peer_id else None


def _payload(raw: str | None) -> Payload:
    try:
        return msgspec.json.decode(raw or "{}", type=Payload)
    except bodies.UNREADABLE:
        return Payload()


def _content(said: Foreign, deeper: int) -> tuple[list[str], list[RemoteFile]]:
    """The text, the attachments in words, and the files; forwarded messages are followed `deeper` times."""
    words, files = [said.text], []
    for raw in said.attachments or ():
        each, file = _attachment(raw)
        words.append(each)
        files += [file] if file else []
    for raw in (said.fwd_messages or ()) if deeper else ():
        inner, more = _content(_foreign(raw), deeper - 1)
        words.append(f"Переслано: {words_of(inner) or ', '.join(file.words for file in more)}")
        files += more
    return words, files


def _foreign(raw: object) -> Foreign:
    try:
        return convert(raw, Foreign)
    except (ValidationError, UnicodeError):
        return Foreign(text="Сообщение, которое не удалось прочитать")


def _attachment(raw: object) -> tuple[str, RemoteFile | None]:
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(kind, str):
        return UNREADABLE
    try:
        return _part(kind, convert(raw.get(kind) or {}, Part))
    except (ValidationError, UnicodeError):
        return UNREADABLE


def _part(kind: str, part: Part) -> tuple[str, RemoteFile | None]:
    title = clean(part.title or "")
    return _words(kind, title, part), _file(kind, title, part)


def _words(kind: str, title: str, part: Part) -> str:
    match kind:
        case "photo" | "doc" | "graffiti":
            return ""
        case "audio_message":
            # Without a transcript, speech recognition processes it where configured (hub/telephony/speech_to_text.py).
            return f"Голосовое сообщение: «{part.transcript}»" if part.transcript else ""
        case "video":
            return f"Видео «{title}»: https://vk.com/video{part.owner_id}_{part.id}"
        case "link":
            return f"Ссылка: {' '.join(filter(None, (title, part.url)))}"
        case _:
            return PLAIN.get(kind, "Вложение, которое здесь не показать")


def _file(kind: str, title: str, part: Part) -> RemoteFile | None:
    match kind:
        case "photo":
            largest = max(part.sizes or (), key=lambda size: size.width * size.height, default=Size(""))
            return RemoteFile(largest.url, "Фото.jpg", "Фото")
        case "doc":
            return RemoteFile(part.url or "", title or f"Файл.{part.ext or 'bin'}", "Файл", part.size)
        case "graffiti":
            return RemoteFile(part.url or "", "Рисунок.png", "Рисунок")
        case "audio_message":
            return RemoteFile(part.link_ogg or part.link_mp3 or "", "Голосовое сообщение.ogg", "Голосовое сообщение")
        case _:
            return None


def _place(raw: object) -> str:
    try:
        where = convert(raw, Geo).coordinates
    except (ValidationError, UnicodeError):
        return "Местоположение, которое не удалось прочитать"
    return f"Местоположение: {where.latitude:.6f}, {where.longitude:.6f}"


def _as(raw: object, kind: type[T]) -> T:
    try:
        return convert(raw, kind)
    except (ValidationError, UnicodeError) as error:
        # A UnicodeError: half a surrogate pair in a name.
        raise UnreadableError(str(error)) from error
