"""Incoming letters: any bytes are read, nothing is lost, and the work is bounded."""

import re
from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from channels.email import html_body, quotes
from channels.email.automatic import automatic
from channels.email.charsets import canonical, decode
from channels.email.flowed import unflowed
from channels.email.headers import HEADERS_LIMIT, Headers, Mailbox, mailboxes, message_ids, split
from channels.email.parts import DEPTH_LIMIT, PARTS_LIMIT, TYPES, Part, attached, children, part_of
from channels.email.reports import Evidence, Report, report_of

TEXT_LIMIT, LINE_LIMIT, ID_LIMIT, REFERENCES_LIMIT = 100_000, 500, 900, 100
"""In characters; references by number."""
TO = ("to", "cc", "delivered-to", "x-original-to")
BODIES = {"text/plain", "text/html"}
FORWARDED = re.compile(r"\A(?:re:\s*)*(?:fwd?|пересл|пер|wg)\s*:", re.IGNORECASE)
ANSWERS = re.compile(r"(?:re|на|отв|ответ|aw)(?:\s*[\[(]\d+[\])])?\s*:", re.IGNORECASE)
STATUSES = {"message/delivery-status", "message/global-delivery-status"}
DISPOSITIONS = {"message/disposition-notification", "message/global-disposition-notification"}
RETURNED = {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}


class File(Struct, frozen=True):
    """An attachment, byte for byte."""

    name: str
    content: bytes
    type: str = "application/octet-stream"
    """The sender's media type, untrusted."""


class Letter(Struct, frozen=True):
    """A parsed letter."""

    message_id: str = ""
    """Without brackets; "" if it has none."""
    sender: str = ""
    """The addr-spec of From; its domain is in lower case."""
    name: str = ""
    subject: str = ""
    to: tuple[str, ...] = ()
    """All recipients: To, Cc, Delivered-To, X-Original-To."""
    addressees: tuple[str, ...] = ()
    """To and Cc."""
    references: tuple[str, ...] = ()
    """Message-IDs of the answered letters, newest first, without brackets."""
    text: str = ""
    """The new text."""
    folded: str = ""
    """Quotes and the signature."""
    html: str = ""
    """Sanitised, for a sandbox; "" where there is none."""
    files: tuple[File, ...] = ()
    automatic: str = ""
    """"" for a person's letter, otherwise why it counts as automatic, in words."""
    report: Report | None = None
    exact: bool = False
    """`text` and `folded` are all of it: one plain text in its declared charset."""
    thread_index: str = ""
    """Outlook's, which Exchange keeps where it drops References."""
    unread: str = ""
    """Why only its headers were read, in words; the letter itself is then its one file."""


class _Block(Struct):
    """A piece of the letter's body, in one form or in both."""

    plain: str = ""
    html: str = ""


class _Gathered(Struct):
    blocks: list[_Block] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
    parts: int = 0


def read(raw: bytes, *, bounce: bool = False) -> Letter:
    """A letter from its bytes; never raises. `bounce`: its return path was null (RFC 5321 4.5.5), as a mailbox's server may have noted."""
    top = part_of(raw, whole=True)
    bounce = bounce or top.headers.raw("return-path") == "<>"  # RFC 5321 4.4
    gathered = _Gathered()
    _gather(top, gathered, 0)
    said, html = _body(gathered)
    report = report_of(top.headers, gathered.evidence, said, bounce=bounce)
    letter = _headed(top.headers, report, bounce=bounce)
    answers = bool(letter.references or ANSWERS.match(letter.subject))
    text, folded = quotes.fold(said, forwarded=FORWARDED.match(letter.subject) is not None, answers=answers)
    return replace(letter, text=text, folded=folded, html=html, files=tuple(gathered.files), exact=_is_exact(top))


def _is_exact(part: Part) -> bool:
    """Whether nothing of a letter's body was guessed or left out."""
    content, charset = part.content(), canonical(part.type.params.get("charset", "")) or "us-ascii"
    declared = part.headers.raw("content-transfer-encoding").lower() in {"", "7bit", "8bit", "binary", "quoted-printable"}
    try:
        return declared and part.kind == "text/plain" and not part.name and len(content.decode(charset)) <= TEXT_LIMIT
    except (LookupError, ValueError):
        return False


def read_all(letters: Sequence[tuple[bytes, bool]]) -> list[Letter]:
    """Several letters, each with whether its return path was null."""
    return [read(raw, bounce=bounce) for raw, bounce in letters]


def read_head(raw: bytes, *, bounce: bool = False) -> Letter:
    """Sender and subject of a letter whose body cannot be read."""
    headers, _ = split(raw[:HEADERS_LIMIT], whole=True)
    return _headed(headers, None, bounce=bounce)


def _headed(headers: Headers, report: Report | None, *, bounce: bool) -> Letter:
    """A letter without its body."""
    subject = headers.text("subject")[:LINE_LIMIT]
    sender = next(iter(mailboxes(headers.raw("from")) or mailboxes(headers.raw("sender"))), Mailbox("", ""))
    own_id = headers.raw("message-id")
    message = next(iter(message_ids(own_id)), "".join(own_id.split()).strip("<>")[:ID_LIMIT])
    why = "отчёт о доставке" if report else automatic(headers, sender.address, message, bounce=bounce)
    return Letter(message, sender.address, sender.name[:LINE_LIMIT], subject, _recipients(headers, TO), _recipients(headers, TO[:2]),
                  _references(headers), automatic=why, report=report, thread_index=headers.raw("thread-index")[:LINE_LIMIT])


def _recipients(headers: Headers, fields: Sequence[str]) -> tuple[str, ...]:
    found = [box.address for name in fields for value in headers.all(name) for box in mailboxes(value)]
    return tuple(dict.fromkeys(found))


def _references(headers: Headers) -> tuple[str, ...]:
    """RFC 5322 3.6.4: the last of References is the parent; In-Reply-To has it, too."""
    ids = [*message_ids(headers.raw("in-reply-to")), *reversed(message_ids(headers.raw("references")))]
    return tuple(dict.fromkeys(ids))[:REFERENCES_LIMIT]


def _gather(part: Part, into: _Gathered, depth: int) -> None:
    into.parts += 1
    if part.kind.startswith("multipart/") and depth < DEPTH_LIMIT:
        inner = list(children(part, PARTS_LIMIT - into.parts))
        if inner:
            _gather_all(part, inner, into, depth + 1)
            return
        if not part.name:
            into.blocks.append(_Block(plain=decode(part.content(), part.type.params.get("charset", ""))))
            return
    is_file = part.name and (depth or part.disposition.value)
    if part.kind in BODIES and not is_file and part.disposition.value != "attachment":
        _gather_text(part, into)
    else:
        _gather_file(part, into)


def _gather_all(part: Part, inner: Sequence[Part], into: _Gathered, depth: int) -> None:
    if part.kind != "multipart/alternative":
        for child in inner:
            _gather(child, into, depth)
        return
    forms: list[_Gathered] = []
    for child in inner:
        form = _Gathered(files=into.files, pictures=into.pictures, evidence=into.evidence, parts=into.parts)
        _gather(child, form, depth)
        into.parts = form.parts
        forms.append(form)
    into.blocks.append(_alternative([form.blocks for form in forms if form.blocks]))


def _alternative(forms: Sequence[Sequence[_Block]]) -> _Block:
    """RFC 2046 5.1.4: alternatives, the richest last. Several plain ones are several texts: some are HTML without its type."""
    plain = dict.fromkeys(_plain_of(form) for form in forms if not any(block.html for block in form))
    html = next((form for form in reversed(forms) if any(block.html for block in form)), ())
    return _Block("\n\n".join(text for text in plain if text.strip()), _html_of(html))


def _gather_text(part: Part, into: _Gathered) -> None:
    text = decode(part.content(), part.type.params.get("charset", ""))
    if part.kind == "text/html":
        into.blocks.append(_Block(html=text))
    else:
        into.blocks.append(_Block(plain=unflowed(text, part.type.params) if "format" in part.type.params else text))


def _gather_file(part: Part, into: _Gathered) -> None:
    if part.kind.startswith("multipart/"):
        part = attached(part, part.body)
    content = part.content()
    into.files.append(File(part.name or _named(part, len(into.files) + 1), content, part.kind))
    _note_evidence(part.kind, content, into.evidence)
    cid = part.headers.raw("content-id").strip("<> ")
    if cid and part.kind.startswith("image/"):
        into.pictures[cid] = content


def _note_evidence(kind: str, content: bytes, evidence: Evidence) -> None:
    if kind in STATUSES:
        evidence.statuses.append(content)
    elif kind in DISPOSITIONS:
        evidence.dispositions.append(content)
    elif kind in RETURNED:
        evidence.returned.append(content)


def _named(part: Part, number: int) -> str:
    if part.kind == "message/rfc822":
        subject = part_of(part.body[:64 * 1024]).headers.text("subject")
        return (re.sub(r'[\\/:*?"<>|]+', " ", subject)[:80].strip() or "письмо") + ".eml"
    if part.kind == "application/ms-tnef":
        return "winmail.dat"
    return f"файл-{number}{TYPES.get(part.kind, '.bin')}"


def _body(gathered: _Gathered) -> tuple[str, str]:
    """The text of the whole letter, and its sanitised HTML; an oversized one also becomes a file."""
    html = _html_of(gathered.blocks) if any(block.html for block in gathered.blocks) else ""
    tidy = html_body.tidied(html) if html else ""
    only_html = html and not any(block.plain.strip() for block in gathered.blocks)
    text = html_body.text_of(tidy, html) if only_html else _plain_of(gathered.blocks)
    if html and not tidy.strip():
        gathered.files.append(File("письмо.html", html.encode("utf8"), "text/html"))
    if len(text) > TEXT_LIMIT:
        gathered.files.append(File("письмо.txt", text.encode("utf8"), "text/plain"))
    return text[:TEXT_LIMIT], html_body.shown(tidy, gathered.pictures) if tidy else ""


def _plain_of(blocks: Sequence[_Block]) -> str:
    texts = [block.plain if block.plain.strip() else html_body.text_of(html_body.tidied(block.html), block.html) for block in blocks]
    return "\n\n".join(text.strip("\n") for text in texts if text.strip())


def _html_of(blocks: Sequence[_Block]) -> str:
    return "\n".join(block.html or f"<pre>{_escaped(block.plain)}</pre>" for block in blocks if block.html or block.plain.strip())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
