"""Outgoing letters."""

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime, quote
from typing import Any, NamedTuple

from channels.email.flowed import flowed
from channels.email.mime import File
from channels.menu import all_numbered
from hub.conversations.message import Author, Message, Source

NOTE = (
    "Это письмо — справка. Переписка по электронной почте не является обращением по Федеральному закону от 02.05.2006 № 59-ФЗ "
    "«О порядке рассмотрения обращений граждан Российской Федерации»: с 30.03.2025 обращение по электронной почте не подаётся.\n"
    "Чтобы подать предложение, заявление или жалобу, отправьте обращение через портал Госуслуг (ЕПГУ), в том числе через платформу "
    "обратной связи (ПОС), через форму на официальном сайте органа, куда входят с подтверждением личности, либо напишите его на бумаге "
    "и принесите в орган или пошлите почтой. Укажите орган или должностное лицо, свои фамилию, имя и отчество (если есть), адрес для "
    "ответа и суть дела; на бумаге поставьте подпись и дату (ст. 7). Обращение зарегистрируют в течение 3 дней (ст. 8) "
    "и рассмотрят в течение 30 дней со дня регистрации (ст. 12)."
)
"""The note that an e-mail is no appeal, and how to file one (59-ФЗ ст. 7, 8, 12, as amended by 547-ФЗ of 28.12.2024)."""
SUBJECT_LIMIT, SUMMARY_LIMIT, WORD_BYTES = 200, 70, 45
REFERENCES_KEPT = 30
REPLIES = re.compile(r"(?:(?:re|aw|sv|ha|fwd?|wg|на|отв|ответ|пересл|пер)(?:\s*[\[(]\d+[\])])?\s*[:：]\s*)+", re.IGNORECASE)
"""Reply prefixes of mail programs; «НА:» is that of Russian Outlook."""
COMPLAINT = re.compile(
    r"\b(?:жалоб|жалу[юе]|пожаловат|незаконн|противозаконн|противоправн|бездейств|беззакон|произвол|прокурату?р|самоуправств|претензи"
    r"|возмущ|безобрази|хамств|вымога|взятк|обжал|59 фз|официальн\w+ обращени|примите меры"
    r"|(?:обращени[ея]|заявлени[ея]) (?:граждан|о наруш|по факту|на действи|на бездейств|в порядке)"
    r"|(?:прошу|просим|требую|требуем)(?: \w+){0,4} (?:принять меры|принятия мер|разобраться|проверку|привлечь|наказать|устранить"
    r"|прекратить)"
    r"|наруш\w+ (?:\w+ )?(?:прав[ао]?\b|закон|срок)|(?:прав[ао]?|закон\w*|срок\w*) (?:\w+ )?наруш"
    r"|коллективн\w+ (?:обращени|жалоб|письм)|рассмотреть (?:мое|наше|данное|настоящее) обращение)")
ASCII_ID, ANY_ID = re.compile(r"[!-;=?-~]{1,900}"), re.compile(r"[^<>\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,900}")
"""Valid Message-IDs on one line (RFC 5322 2.1.1), and in a letter of RFC 6532."""
ID_BYTES = 900
KIND = re.compile(r"(?:application|audio|font|image|model|text|video)/[\w.+-]{1,100}(?:; ?[\w-]{1,40}=[\w.-]{1,40}){0,5}", re.ASCII)
"""Media types of attachments; others are sent as untyped bytes."""
METHOD = re.compile(rb"^METHOD:([A-Z]{1,20})\r?$", re.MULTILINE)  # RFC 5545 3.7.2
_WORDS = re.compile(r"\w+")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


class _AsGiven(UnstructuredHeader, BaseHeader):
    """A field with its given value. The library would first decode encoded words in it, which may contain line breaks."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        super().parse(value, kwds)
        kwds["decoded"] = value


class _Text(_AsGiven):
    """Text in encoded words of whole characters (RFC 2047 §2, §5); the library's own way loses spaces between them."""

    def fold(self, *, policy: Policy) -> str:
        if self.isascii() and "=?" not in self:
            return f"{self.name}: {self}{policy.linesep}"
        return f"{self.name}: {f'{policy.linesep} '.join(encoded_words(self))}{policy.linesep}"


class _Ids(_AsGiven):
    """Message-IDs may be longer than a line; they are never encoded, and break only between each other (RFC 5322 3.6.4)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {f'{policy.linesep} '.join(self.split())}{policy.linesep}"


class _Mailboxes(_AsGiven):
    """Citizens' addresses, as given: a line each, without encoding."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {f',{policy.linesep} '.join(self.split(', '))}{policy.linesep}"


def _policy() -> "EmailPolicy[EmailMessage]":
    registry = HeaderRegistry()
    registry.map_to_type("subject", _Text)
    for name in ("to", "cc"):
        registry.map_to_type(name, _Mailboxes)
    for name in ("references", "in-reply-to", "message-id"):
        registry.map_to_type(name, _Ids)
    return SMTP.clone(header_factory=registry)


POLICY = _policy()


def encoded_words(text: str) -> list[str]:
    """RFC 2047: words of at most 75 characters, without split characters."""
    words, word = [], b""
    for sign in text:
        content = sign.encode("utf8")
        if len(word) + len(content) > WORD_BYTES:
            words.append(word)
            word = b""
        word += content
    return [f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in (*words, word)]


class MailHeader(NamedTuple):
    """The header fields of an outgoing letter that its sender chooses."""

    sender: str
    sender_name: str
    to: str
    subject: str
    message_id: str
    at: datetime
    references: Sequence[str] = ()
    """As from `read`: newest first, without brackets."""
    reply_to: str = ""
    cc: Sequence[str] = ()


def compose(messages: Sequence[Message], header: MailHeader, *, files: Sequence[File] = (), note: str = NOTE,
            note_first: bool = False) -> EmailMessage:
    """The messages of one step as one letter.

    The note comes first in an answer to a complaint. Automatic letters are marked (RFC 3834 §5). The letter is
    ASCII, unless the local part of a recipient is not: then its server must support SMTPUTF8 (RFC 6531).
    """
    copied = [ascii_domain(each) for each in header.cc]
    utf8 = not "".join([ascii_domain(header.to), *copied]).isascii()
    letter = EmailMessage(POLICY.clone(utf8=utf8))
    letter["From"] = _mailbox(header.sender_name, header.sender)
    letter["To"] = ascii_domain(header.to)
    if copied:
        letter["Cc"] = ", ".join(copied)
    letter["Subject"] = _line(header.subject)[:SUBJECT_LIMIT]
    letter["Date"] = format_datetime(header.at)
    letter["Message-ID"] = f"<{header.message_id}>"
    if header.reply_to:
        letter["Reply-To"] = _mailbox(header.sender_name, header.reply_to)
    for name, value in _answering([each for each in header.references if _is_id(each, utf8=utf8)]):
        letter[name] = value
    if all(message.author in {Author.BOT, Author.SYSTEM} for message in messages):
        letter["Auto-Submitted"] = "auto-replied" if header.references else "auto-generated"
    letter["X-Auto-Response-Suppress"] = "OOF, AutoReply"  # MS-OXCMAIL 2.2.3.2.14: stops Exchange's automatic answers
    letter.set_content(flowed(body(messages, note, note_first=note_first)), cte="base64", params={"format": "flowed"})
    for file in files:
        main, sub = (KIND.fullmatch(file.type) and file.type.split("/", 1)) or ("application", "octet-stream")
        params = _calendar_params(file.content) if file.type == "text/calendar" else None
        name = _line(file.name).replace("=?", "= ?")  # as above
        letter.add_attachment(file.content, maintype=main, subtype=sub, filename=name, params=params)
    return letter


def _calendar_params(content: bytes) -> dict[str, str]:
    """RFC 6047 2.4: the method of an invitation stands in its type, too."""
    method = METHOD.search(content)
    return {"charset": "utf-8"} | ({"method": method[1].decode("ascii")} if method else {})


def _line(text: str) -> str:
    """A header value: one line of valid characters."""
    return " ".join(text.encode("utf8", "replace").decode("utf8").split())


def _mailbox(name: str, address: str) -> str:
    shown = " ".join(name.split())
    return f'"{quote(shown)}" <{ascii_domain(address)}>' if shown else ascii_domain(address)


def ascii_domain(address: str) -> str:
    """An address for any server, unless its local part is not ASCII (that needs RFC 6531)."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def _is_id(message: str, *, utf8: bool) -> bool:
    """Whether a citizen's Message-ID can be written: one beyond ASCII needs a letter of RFC 6532 (3.3)."""
    return (ANY_ID if utf8 else ASCII_ID).fullmatch(message) is not None and len(message.encode("utf8")) <= ID_BYTES


def _answering(references: Sequence[str]) -> list[tuple[str, str]]:
    """RFC 5322 3.6.4: for a long thread its first letter and the newest ones."""
    if not references:
        return []
    oldest_first = [f"<{message}>" for message in reversed(references)]
    kept = oldest_first if len(oldest_first) <= REFERENCES_KEPT else [oldest_first[0], *oldest_first[-REFERENCES_KEPT + 1:]]
    return [("In-Reply-To", f"<{references[0]}>"), ("References", " ".join(kept))]


def body(messages: Sequence[Message], note: str, *, note_first: bool) -> str:
    """The whole text of a letter."""
    said = [_said(text, message.source) for text, message in zip(all_numbered(messages), messages, strict=True)]
    if not note:
        return "\n\n".join(said)
    return "\n\n".join([note, *said] if note_first else [*said, "***", note])


def _said(text: str, source: Source | None) -> str:
    pieces = [text]
    if source:
        of = f" ({source.body})" if source.body and source.body not in source.title else ""
        pieces.append(f"Источник: {source.title}{of}, действует на {source.valid_from:%d.%m.%Y}")
    return "\n\n".join(piece for piece in pieces if piece)


def complaint(text: str) -> bool:
    """Whether a letter is a complaint, or meant as an appeal: then the note comes first."""
    return COMPLAINT.search(" ".join(_WORDS.findall(text.lower().replace("ё", "е")))) is not None


def reply_subject(subject: str, number: int | str, text: str = "") -> str:
    """«Re: …» of the citizen's subject, or of their question where they gave none, with the conversation's number."""
    own = REPLIES.sub("", " ".join(subject.split()), count=1)
    return f"Re: {own}"[:SUBJECT_LIMIT] if own else f"Re: {summary(text) or 'Ваш вопрос'} (№ {number})"


def summary(text: str) -> str:
    """The first sentence of a text, as a subject."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    sentence = _SENTENCE.split(" ".join(first.split()), maxsplit=1)[0].rstrip(".,:;")
    return sentence if len(sentence) <= SUMMARY_LIMIT else sentence[:SUMMARY_LIMIT].rpartition(" ")[0].rstrip(",;:—-") + "…"
