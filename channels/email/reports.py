"""Reports about our letters: delivery status, read receipts, and non-standard bounces."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from channels.email.charsets import decode
from channels.email.headers import ADDRESS, Headers, mailboxes, message_ids, normal
from hub.conversations.delivery_status import Delivery

READ_LIMIT, GROUPS_LIMIT, BOUNCE_LIMIT = 64 * 1024, 50, 4000
"""Limits: bytes of a status and of a returned letter, recipients, characters of a bounce's text."""
ACTIONS = {"failed": Delivery.FAILED, "delivered": Delivery.DELIVERED}
"""RFC 3464 2.3.3. «relayed» and «expanded» are not final, «delayed» is still being retried."""
CLASSES = {"2": "delivered", "4": "delayed", "5": "failed"}  # RFC 3463 §2
WHY = {
    "1": "сервер не принял адрес", "1.1": "такого адреса нет", "1.2": "такого домена нет", "1.3": "адрес написан неверно",
    "1.4": "адрес неоднозначен", "1.6": "ящик переехал, нового адреса не сообщили", "1.8": "сервер получателя не знает нашего адреса",
    "1.10": "домен не принимает почту",
    "2": "с ящиком получателя что-то не так", "2.1": "ящик отключён и не принимает писем", "2.2": "ящик переполнен",
    "2.3": "письмо слишком велико для этого ящика", "2.4": "список рассылки не раскрылся",
    "3": "почтовый сервер получателя неисправен", "3.1": "у сервера получателя кончилось место",
    "3.4": "письмо слишком велико для сервера получателя",
    "4": "до сервера получателя не дойти", "4.1": "сервер получателя не отвечает", "4.2": "связь с сервером получателя обрывается",
    "4.3": "почтовый сервер не нашёл пути к получателю", "4.4": "не найден почтовый сервер получателя", "4.6": "письмо ходило по кругу",
    "4.7": "письмо не удалось доставить за отведённое время",
    "5": "почтовые серверы не поняли друг друга",
    "6": "сервер получателя не принял содержание письма",
    "7": "сервер получателя отказал из соображений безопасности", "7.1": "сервер получателя не принял письмо: так велят его правила",
    "7.20": "письмо не прошло проверку подлинности (DKIM)", "7.21": "письмо не прошло проверку подлинности (DKIM)",
    "7.22": "письмо не прошло проверку подлинности (DKIM)", "7.23": "письмо не прошло проверку подлинности (SPF)",
    "7.24": "письмо не прошло проверку подлинности (SPF)", "7.25": "у нашего сервера нет обратной записи DNS",
    "7.26": "письмо не прошло проверку подлинности (DMARC)",
}
"""RFC 3463 §3, RFC 7372, RFC 7505: subject and detail of a status, or its subject alone."""
SPAM = "сервер получателя счёл письмо спамом"
UNKNOWN = (
    r"user unknown|unknown user|no such (?:user|mailbox|recipient)|user not found|invalid (?:mailbox|recipient)"
    r"|does(?: not|n't) exist|unrouteable|mailbox unavailable|no mailbox|recipient (?:address )?(?:rejected|not found)"
    r"|не (?:существует|найден)|нет такого|неизвестн\w{1,10} (?:получател|адрес)"
)
SAYINGS = (
    (r"spam|спам|blacklist|blocklist|black list|blocked using|ч[её]рн\w{1,10} спис|репутаци", SPAM),
    (r"quota|mailbox (?:is )?full|size exceeded|переполнен|нет места|превышен\w{0,10} (?:квот|размер ящика)", WHY["2.2"]),
    (UNKNOWN, WHY["1.1"]),
    (r"inactive|disabled|suspended|заблокирован|отключ[её]н|неактив", WHY["2.1"]),
    (r"host or domain name not found|domain not found|nxdomain|no mx|домен\w{0,10} не (?:найден|существует)", WHY["1.2"]),
    (r"too (?:large|big)|message size|слишком (?:велик|больш)", WHY["3.4"]),
    (r"timed? ?out|could not be delivered for|retry time|expired|too long|истек", WHY["4.7"]),
    (r"dmarc", WHY["7.26"]), (r"dkim", WHY["7.20"]), (r"\bspf\b", WHY["7.23"]),
)
"""Texts to search for, in this order, where the status is too general."""
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?:^|[\s:;(<])([45])\d\d[ \-]", re.MULTILINE)  # RFC 5321 4.2
DAEMON = re.compile(r"(?:mailer-?daemon|post_?master|mail[-._]?delivery|microsoftexchange[0-9a-f]{8,})\b[^@]*@", re.IGNORECASE)
_NAMED = re.compile(r"mailer-?daemon|mail delivery sub-?system|postmaster", re.IGNORECASE)
"""In a From without an address, as some servers write it."""
BOUNCED = re.compile(
    r"undeliver(?:ed|able)|delivery (?:status notification|failure|has failed)|mail delivery failed|failure notice|returned mail"
    r"|delivery failed|could(?: not|n't) be delivered|недостав|не (?:может быть|удалось|удается|удаётся|было?) доставл?|не доставлен"
    r"|невозможно доставить|возврат письма|ошибка доставки", re.IGNORECASE)
DELAYED = re.compile(
    r"\bdelayed\b|delivery delay|not (?:yet )?been delivered to all|will be retried|will continue to (?:try|attempt)|keep trying"
    r"|warning: (?:message|could not)|задерж(?:ка|ан|ива)|отложена|попытки (?:доставки )?(?:будут )?продолж|пока не доставлен",
    re.IGNORECASE)
RETURNED = re.compile(r"^(?:>\s*)?message-id:\s*<([^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE)
COPY = re.compile(
    r"^-{3,}+.{0,100}(?:copy|below this line|original message|returned message|копия|исходное).{0,100}$|^return-path:|^received:",
    re.IGNORECASE | re.MULTILINE)


class Report(Struct, frozen=True):
    """A server's report on one of our letters."""

    original: str
    """The Message-ID of our letter, without brackets; "" when it is missing."""
    state: Delivery | None
    """None during retries."""
    why: str
    """The reason, in words for an operator."""
    recipient: str


class Evidence(Struct):
    """Parts of a letter that only reports have, and letters attached to it."""

    statuses: list[bytes] = field(default_factory=list)
    """message/delivery-status"""
    dispositions: list[bytes] = field(default_factory=list)
    """message/disposition-notification"""
    returned: list[bytes] = field(default_factory=list)
    """message/rfc822, text/rfc822-headers"""


def report_of(headers: Headers, evidence: Evidence, said: str, *, bounce: bool) -> Report | None:
    """The report in a letter; None for any other letter."""
    if evidence.statuses:
        return _delivery(headers, evidence, said)
    if evidence.dispositions:
        return _disposition(headers, evidence)
    return _bounce(headers, evidence, said) if _is_bounce(headers, said, bounce=bounce) else None


def _groups(content: bytes) -> Iterator[Headers]:
    """The blocks of fields of a status (RFC 3464 2.1)."""
    for block in re.split(rb"\r?\n[ \t]*\r?\n", content[:READ_LIMIT])[:GROUPS_LIMIT]:
        if group := Headers(block.lstrip(b"\r\n")):
            yield group


def _delivery(headers: Headers, evidence: Evidence, said: str) -> Report:
    groups = [group for status in evidence.statuses for group in _groups(status)]
    recipients = [group for group in groups if "final-recipient" in group or "action" in group or "status" in group]
    told = next((group for group in recipients if _action(group) == "failed"), recipients[0] if recipients else Headers(b""))
    diagnosis = told.text("diagnostic-code")
    words = diagnosis or said
    action = _action(told) or ("delayed" if DELAYED.search(said) else "failed")
    recipient = _recipient(told.text("original-recipient")) or _recipient(told.text("final-recipient"))
    return Report(_original(headers, evidence, said), ACTIONS.get(action), _why(action, told.text("status"), words), recipient)


def _action(group: Headers) -> str:
    return group.text("action").lower().split(" ")[0] or CLASSES.get(group.text("status")[:1], "")


def _recipient(value: str) -> str:
    """The address in «rfc822; a@b» (RFC 3464 2.3.2; RFC 6533 §3)."""
    found = ADDRESS.search(value.partition(";")[2] or value)
    return normal(found[0]) if found else ""


def _disposition(headers: Headers, evidence: Evidence) -> Report:
    """RFC 8098 3.2: only what was displayed was read."""
    told = next(_groups(evidence.dispositions[0]), Headers(b""))
    kind = told.text("disposition").partition(";")[2].strip().lower().partition("/")[0]
    original = next(iter(message_ids(told.raw("original-message-id"))), "") or _original(headers, evidence, "")
    recipient = _recipient(told.text("original-recipient")) or _recipient(told.text("final-recipient"))
    if kind == "displayed":
        return Report(original, Delivery.READ, "письмо открыто", recipient)
    why = "письмо удалено непрочитанным" if kind == "deleted" else "письмо принято почтовой программой"
    return Report(original, None, why, recipient)


def _is_bounce(headers: Headers, said: str, *, bounce: bool) -> bool:
    """A non-standard bounce: from a null sender or a daemon, with a typical text."""
    if "x-failed-recipients" in headers:  # Exim
        return True
    sender = next(iter(mailboxes(headers.raw("from"))), None)
    from_daemon = bounce or (DAEMON.match(sender.address) if sender else _NAMED.search(headers.raw("from"))) is not None
    if not from_daemon:
        return False
    subject = headers.text("subject")
    return (BOUNCED.search(subject) or DELAYED.search(subject) or BOUNCED.search(said[:BOUNCE_LIMIT])) is not None


def _bounce(headers: Headers, evidence: Evidence, said: str) -> Report:
    copy = COPY.search(said)
    message = said[:copy.start()] if copy and copy.start() else said
    delayed = DELAYED.search(headers.text("subject")) or DELAYED.search(message)
    status = STATUS.search(message)
    temporary = (status[1] if status else next(iter(REPLY.findall(message)), "5")) == "4"
    action = "delayed" if delayed or (temporary and not BOUNCED.search(headers.text("subject") + message)) else "failed"
    recipient = _recipient(headers.text("x-failed-recipients")) or next(_addressees(message), "")
    return Report(_original(headers, evidence, said), ACTIONS.get(action), _why(action, status[0] if status else "", message), recipient)


def _addressees(message: str) -> Iterator[str]:
    return (normal(found[0]) for found in ADDRESS.finditer(message) if not DAEMON.match(found[0]))


def _original(headers: Headers, evidence: Evidence, said: str) -> str:
    """The Message-ID of the reported letter: from the returned part, otherwise from the references."""
    for returned in evidence.returned:
        found = RETURNED.search(decode(returned[:READ_LIMIT], ""))
        if found:
            return found[1]
    quoted = RETURNED.search(said)
    if quoted:
        return quoted[1]
    return next(iter([*message_ids(headers.raw("in-reply-to")), *reversed(message_ids(headers.raw("references")))]), "")


def _why(action: str, status: str, words: str) -> str:
    if action == "delivered":
        return "на сервер получателя"
    if action in {"relayed", "expanded"}:
        return "передано дальше: сервер, который не сообщает о доставке"
    code = _code_of(status, words)
    reason = _reason(code, words) + (f" ({code})" if code else "")
    return f"доставка задерживается: {reason}" if action == "delayed" else f"не доставлено: {reason}"


def _code_of(status: str, words: str) -> str:
    """The status; for a general one the code in the text, if it is more specific."""
    codes = [found[0] for found in (STATUS.search(status), STATUS.search(words)) if found]
    return next((code for code in codes if not code.endswith((".0.0", ".0"))), codes[0] if codes else "")


def _reason(code: str, words: str) -> str:
    subject, _, detail = code[2:].partition(".")
    said = next((why for pattern, why in SAYINGS if re.search(pattern, words, re.IGNORECASE)), "")
    if subject == "7" and said == SPAM:
        return said
    if f"{subject}.{detail}" in WHY:
        return WHY[f"{subject}.{detail}"]
    return said or WHY.get(subject, "почтовый сервер не сказал почему")
