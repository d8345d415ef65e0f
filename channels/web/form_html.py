"""The pages of the web form as HTML. Pure: all external text is escaped.

They work without scripts, show errors at the top and beside the field, and follow WCAG 2.1 AA (ГОСТ Р 52872-2019).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from msgspec import Struct

from channels.web.appeal import LINE_LIMIT, TEXT_LIMIT, Appeal, Town, grouped
from channels.web.phrases import EN, RU, Phrases
from channels.web.proof_words import Words
from hub.citizens.consent import Phrasing
from hub.conversations.address import Person
from hub.conversations.conversation import Conversation, seen_holder
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import Moved
from hub.conversations.message import CITIZEN, Attachment, Author, Message
from hub.conversations.verification_level import Proven, proven

_EMERGENCY = re.compile(r"(?<![\d-])112(?![\d-])")
ACCEPT = ".jpg,.jpeg,.png,.gif,.webp,.heic,.pdf,.docx,.xlsx,.odt,.txt"


class PageLayout(Struct, frozen=True):
    """Common data of the pages of one form."""

    towns: tuple[Town, ...]
    keeper: str
    """The operator of the personal data, as named in the consent."""
    contacts: bool
    """Whether the form has a name and a way to answer."""
    files: int
    files_mb: float
    zone: ZoneInfo
    appeal_url: str
    """Where an appeal under 59-ФЗ is filed."""


def form_page(layout: PageLayout, said: Phrases, appeal: Appeal, wrong: Mapping[str, str], edition: int) -> str:
    """The empty form, or a refused one as filled in; `wrong` is field to its error ("" is the whole form).

    `edition` is the current version of the consent.
    """
    other = _other(said).lang
    switch = f'<a class="switch" href="/form?lang={other}" hreflang="{other}" lang="{other}">{said.other}</a>'
    return page(said, said.form_title, f"""
{switch}
<h1>{said.form_title}</h1>
{summary(said, wrong)}
<p class="lead">{said.lead}</p>
{_not_an_appeal(layout, said)}
<form id="form" class="card" method="post" action="/form?lang={said.lang}" enctype="multipart/form-data" novalidate
 data-sending="{said.sending}">
<input type="hidden" name="key" value="{escape(appeal.key)}">
<input type="hidden" name="lang" value="{said.lang}">
{area("text", said.text, said.text_hint, appeal.text, wrong, rows=9)}
{_files(layout, said, wrong)}
<h2>{said.about_you}</h2>
{_about(layout, said, appeal, wrong)}
{_town(layout, said, appeal, wrong)}
{_consent(said, appeal, wrong, edition)}
<button class="main" type="submit">{said.send}</button>
<p class="status" role="status"></p>
</form>
<p><a href="/form/look?lang={said.lang}">{said.have_code}</a></p>
<p class="soft">{said.never}</p>
""")


def look_page(said: Phrases, number: str, wrong: Mapping[str, str]) -> str:
    return page(said, said.look_title, f"""
<h1>{said.look_title}</h1>
{summary(said, wrong)}
<p class="lead">{said.look_lead}</p>
<form id="form" class="card" method="post" action="/form/look?lang={said.lang}" novalidate>
{_line("number", said.number, "", number, wrong, kind="text", more='autocomplete="off"')}
{_line("code", said.code, said.code_hint, "", wrong, kind="text", more='autocomplete="off" autocapitalize="characters" spellcheck="false"')}
<button class="main" type="submit">{said.look}</button>
</form>
<p><a href="/form?lang={said.lang}">{said.back}</a></p>
""")


def consent_page(said: Phrases, wording: Phrasing) -> str:
    """A separate document, as required since 01.09.2025 (156-ФЗ)."""
    told = "".join(f"<p>{escape(each)}</p>\n" for each in wording.text.split("\n\n"))
    return page(said, escape(wording.title), f'<h1>{escape(wording.title)}</h1>\n<div class="card">{told}</div>')


def conversation_page(layout: PageLayout, said: Phrases, code: str, key: str, moved: Moved, items: Sequence[str], after: int,
                      text: str, wrong: Mapping[str, str], proof: Words | None, now: datetime) -> str:
    """One conversation: its number and code, all messages, and a field for the next one under the `key`.

    `items` are message_item of each, `after` is the last one's number. With the words of a `proof` the citizen can prove their identity.
    """
    head = moved.head
    title = said.conversation.format(number=head.number)
    here = f"/form/{grouped(code)}?lang={said.lang}"
    return page(said, title, f"""
<h1>{said.conversation.format(number=f'<span class="number">{head.number}</span>')}</h1>
<section class="card kept" aria-labelledby="taken"><h2 id="taken">{said.taken}</h2><p>{said.taken_hint}</p>
<dl><div><dt>{said.number}</dt><dd data-test="number">{head.number}</dd></div>
<div><dt>{said.code}</dt><dd data-test="code">{grouped(code)}</dd></div></dl>
</section>
<section aria-labelledby="answers"><h2 id="answers">{said.answers}</h2>
<p id="state" class="state" role="status">{escape(state_line(said, moved))}</p>
<ol id="log" class="log" aria-live="polite" aria-labelledby="answers"
 data-events="/form/{grouped(code)}/events?lang={said.lang}&amp;after={after}">{"".join(items)}</ol>
<noscript><p>{said.no_script} <a href="{here}">{said.refresh}</a></p></noscript>
</section>
{_proof(layout, head, proof, code, now)}
{summary(said, wrong)}
<form id="form" class="card" method="post" action="{here}" enctype="multipart/form-data" novalidate
 data-sending="{said.sending}" data-lost="{said.lost_line}" data-added="{said.added}">
<h2>{said.add}</h2>
<input type="hidden" name="key" value="{key}">
{area("text", said.add_text, said.text_hint, text, wrong, rows=4)}
{_files(layout, said, wrong)}
<button class="main" type="submit">{said.add_send}</button>
<p class="status" role="status"></p>
</form>
<p><a href="/form/{grouped(code)}/data?lang={said.lang}">{said.data}</a></p>
<p><a href="/form?lang={said.lang}">{said.new}</a></p>
{_not_an_appeal(layout, said)}
<p class="soft">{said.never}</p>
""")


def _proof(layout: PageLayout, head: Conversation, proof: Words | None, code: str, now: datetime) -> str:
    """The form to Госуслуги, and the validity of the proof. The script does not intercept this form (data-plain)."""
    if proof is None:
        return ""
    known = head.verification
    told = (proof.proven.format(until=f"{known.until.astimezone(layout.zone):%H:%M}")
            if known and proven(known, now) is Proven.ACCOUNT else "")
    return (f'<form class="card" method="post" action="/form/{grouped(code)}/verify" data-plain data-test="proof">'
            f'<p>{told or proof.hint}</p><button type="submit">{proof.offer}</button></form>')


def message_item(layout: PageLayout, said: Phrases, record: StoredEvent, code: str, key: str) -> str:
    """One message of the list; with a `key` its choices are buttons."""
    message = record.entry
    assert isinstance(message, Message)  # noqa: S101 - only messages are shown to citizens
    text = _paragraphs(message.text)
    text = _callable(text) if message.author in {Author.BOT, Author.SYSTEM} else text
    return (f'<li id="m{record.id}" class="message {message.author.value}" data-test="message"><p class="who">{_author(said, message)} '
            f"{time_of(layout, message.at)}</p>{text}{_attached(said, message.attachments, code)}"
            f"{_source(said, message)}{_choices(said, message, code, key)}</li>")


def _author(said: Phrases, message: Message) -> str:
    """The author's kind, robot or person, and their name."""
    who = said.you if message.author is CITIZEN else said.author[message.author.value]
    if message.author is CITIZEN or not message.name:
        return f"<b>{who}</b>"
    if message.name.startswith(who):
        return f"<b>{escape(message.name)}</b>"
    return f"<b>{who}</b> {escape(message.name)}"


def state_line(said: Phrases, moved: Moved) -> str:
    """The current holder; plain text."""
    holder = seen_holder(moved.head.holder)
    if moved.head.danger is not None and holder in {"queue", "promised"}:
        holder = "danger"
    if holder == "queue" and moved.place:
        holder = "place"
    if holder == "operator" and not moved.operator:
        holder = "queue"
    return said.holder[holder].format(place=moved.place, operator=moved.operator)


def page(said: Phrases, title: str, body: str, under: str = "/form") -> str:
    """A page with the form's layout, whose style and script are `under` an address. The body is HTML already."""
    return f"""<!doctype html>
<html lang="{said.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title} — {said.brand}</title>
<link rel="icon" href="{under}/assets/window.svg" type="image/svg+xml">
<link rel="stylesheet" href="{under}/assets/form.css">
<script src="{under}/assets/form.js" defer></script>
</head>
<body>
<a class="skip" href="#main">{said.skip}</a>
<header class="top"><img src="{under}/assets/window.svg" alt="" width="40" height="40"><span>{said.brand}</span></header>
<main id="main">{body}</main>
</body>
</html>
"""


def _other(said: Phrases) -> Phrases:
    return RU if said is EN else EN


def _not_an_appeal(layout: PageLayout, said: Phrases) -> str:
    return (f'<aside class="law" aria-label="{said.not_an_appeal}"><p><b>{said.not_an_appeal}.</b> {said.how_to_appeal}</p>'
            f'<p><a href="{escape(layout.appeal_url)}" rel="noreferrer">{said.law}</a></p></aside>')


def summary(said: Phrases, wrong: Mapping[str, str]) -> str:
    """The errors, each with a link to its field; the script sets the focus here."""
    if not wrong:
        return ""
    rows = "".join(f"<li>{_fault_link(field, told)}</li>" for field, told in wrong.items())
    return f'<div class="faults" role="alert" tabindex="-1" id="faults" data-test="faults"><h2>{said.wrong}</h2><ul>{rows}</ul></div>'


def _fault_link(field: str, told: str) -> str:
    return f'<a href="#{field}">{escape(told)}</a>' if field else escape(told)


def _fault(field: str, wrong: Mapping[str, str]) -> str:
    return f'<p class="fault" id="{field}-fault">{escape(wrong[field])}</p>' if field in wrong else ""


def _described(field: str, hint: str, wrong: Mapping[str, str]) -> str:
    by = " ".join(each for each, there in ((f"{field}-hint", hint), (f"{field}-fault", field in wrong)) if there)
    invalid = ' aria-invalid="true"' if field in wrong else ""
    return f'{invalid} aria-describedby="{by}"' if by else invalid


def _hint(field: str, hint: str) -> str:
    return f'<p class="hint" id="{field}-hint">{hint}</p>' if hint else ""


def area(field: str, label: str, hint: str, value: str, wrong: Mapping[str, str], rows: int) -> str:
    # A line break right after the tag is not part of the value (HTML §13.1.2): one of the citizen's own would be lost.
    return (f'<div class="field"><label for="{field}">{label}</label>{_hint(field, hint)}{_fault(field, wrong)}'
            f'<textarea id="{field}" name="{field}" rows="{rows}" maxlength="{TEXT_LIMIT}"{_described(field, hint, wrong)}>\n'
            f"{escape(value)}</textarea></div>")


def _line(field: str, label: str, hint: str, value: str, wrong: Mapping[str, str], *, kind: str, more: str) -> str:
    return (f'<div class="field of-{field}"><label for="{field}">{label}</label>{_hint(field, hint)}{_fault(field, wrong)}'
            f'<input id="{field}" name="{field}" type="{kind}" value="{escape(value)}" maxlength="{LINE_LIMIT}" {more}'
            f"{_described(field, hint, wrong)}></div>")


def _files(layout: PageLayout, said: Phrases, wrong: Mapping[str, str]) -> str:
    hint = said.files_hint.format(count=layout.files, size=f"{layout.files_mb:.3g}")
    return (f'<div class="field"><label for="files">{said.files} {_optional(said)}</label>{_hint("files", hint)}{_fault("files", wrong)}'
            f'<input id="files" name="files" type="file" multiple accept="{ACCEPT}"'
            f'{_described("files", hint, wrong)}></div>')


def _optional(said: Phrases) -> str:
    return f'<span class="soft">({said.optional})</span>'


def _about(layout: PageLayout, said: Phrases, appeal: Appeal, wrong: Mapping[str, str]) -> str:
    kinds = tuple(zip((Person.INDIVIDUAL.value, Person.ORGANISATION.value), said.person, strict=True))
    persons = _radios("person", said.person_legend, "", kinds, appeal.person)
    if not layout.contacts:
        return persons
    name = _line("name", f"{said.name} {_optional(said)}", "", appeal.name, wrong, kind="text", more='autocomplete="name"')
    known = tuple(zip(("email", "phone", "look"), said.reply, strict=True))
    ways = _radios("reply", said.reply_legend, said.reply_hint, known, appeal.reply)
    email = _line("email", said.email, "", appeal.email, wrong, kind="email", more='autocomplete="email"')
    phone = _line("phone", said.phone, "", appeal.phone, wrong, kind="tel", more='autocomplete="tel"')
    return f'{name}{persons}<div class="reply">{ways}{email}{phone}</div>'


def _radios(field: str, legend: str, hint: str, ways: Sequence[tuple[str, str]], chosen: str) -> str:
    described = f' aria-describedby="{field}-hint"' if hint else ""
    rows = "".join(f'<label class="way"><input type="radio" name="{field}" id="{field}-{value}" value="{value}"'
                   f'{" checked" if value == chosen else ""}> {label}</label>' for value, label in ways)
    return f"<fieldset{described}><legend>{legend}</legend>{_hint(field, hint)}{rows}</fieldset>"


def _town(layout: PageLayout, said: Phrases, appeal: Appeal, wrong: Mapping[str, str]) -> str:
    label = f"{said.town} {_optional(said)}"
    if not layout.towns:
        return _line("town", label, "", appeal.town, wrong, kind="text", more='autocomplete="address-level2"')
    rows = "".join(f'<option{" selected" if town.name == appeal.town else ""}>{escape(town.name)}</option>' for town in layout.towns)
    return (f'<div class="field"><label for="town">{label}</label>{_fault("town", wrong)}'
            f'<select id="town" name="town"{_described("town", "", wrong)}><option value="">{said.no_town}</option>{rows}</select></div>')


def _consent(said: Phrases, appeal: Appeal, wrong: Mapping[str, str], edition: int) -> str:
    """Never ticked by default; a tick for a version that the citizen has not seen does not count."""
    checked = " checked" if appeal.consent == edition else ""
    return (f'<div class="field consent">{_fault("consent", wrong)}<label class="way">'
            f'<input id="consent" name="consent" type="checkbox" value="{edition}" required{checked}{_described("consent", "", wrong)}>'
            f' {said.consent}</label><a href="/form/consent?lang={said.lang}&amp;version={edition}" target="_blank">{said.consent_link}'
            "</a></div>")


def time_of(layout: PageLayout, at: datetime) -> str:
    return f'<time datetime="{at.isoformat()}">{at.astimezone(layout.zone):%d.%m.%Y %H:%M}</time>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(each)}</p>" for each in text.split("\n") if each.strip())


def _callable(html: str) -> str:
    """With the emergency number to be called from a telephone."""
    return _EMERGENCY.sub('<a href="tel:112">112</a>', html)


def _attached(said: Phrases, attachments: Sequence[Attachment], code: str) -> str:
    rows = "".join(f'<li><a href="/form/{grouped(code)}/files/{each.file}">{escape(each.name)}</a> '
                   f'<span class="soft">{max(each.size // 1024, 1)} {said.kb}</span></li>' for each in attachments)
    return f'<ul class="attached">{rows}</ul>' if rows else ""


def _source(said: Phrases, message: Message) -> str:
    if message.source is None:
        return ""
    of = message.source
    body = f", {escape(of.body)}" if of.body else ""
    return f'<p class="source">{said.source}: {escape(of.title)}{body}, {said.valid_from.format(day=f"{of.valid_from:%d.%m.%Y}")}</p>'


def _choices(said: Phrases, message: Message, code: str, key: str) -> str:
    if not (key and message.choices):
        return ""
    buttons = "".join(f'<button type="submit" name="text" value="{escape(each)}">{escape(each)}</button>' for each in message.choices)
    return (f'<form class="choices" method="post" action="/form/{grouped(code)}?lang={said.lang}" enctype="multipart/form-data">'
            f'<input type="hidden" name="key" value="{key}">{buttons}</form>')
