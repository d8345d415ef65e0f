"""The page for a citizen's own data as HTML; like those of form_html.py it needs no script. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape

from channels.web.appeal import grouped
from channels.web.form_html import PageLayout, page, summary, time_of
from channels.web.own_data_phrases import OwnDataPhrases, own_phrases
from channels.web.phrases import Phrases
from hub.citizens.code_words import CodeWord, Power, Vouched
from hub.citizens.consent import Consents, Given
from hub.privacy.subject_request import RequestKind, SubjectRequest

TEXT_LIMIT = 1000
WORDY = (RequestKind.CORRECTION, RequestKind.DELETION)
"""Requests that need a text."""
WITHDRAW = "withdraw"
WITHDRAW_WORD, CHANGE_WORD, END_POWER = "withdraw_word", "change_word", "end_power"
WORD_LIMIT = 40


def own_page(layout: PageLayout, said: Phrases, code: str, consents: Consents, demands: Sequence[SubjectRequest], vouched: Vouched,
             wrong: Mapping[str, str], *, offered: bool, known: bool) -> str:
    """The citizen's consents, possible requests, and their earlier ones; `offered` is whether requests are answered here.

    `known`: the citizen is signed in by ЕСИА, and may choose another code word.
    """
    own = own_phrases(said.lang)
    here = f"/form/{grouped(code)}"
    return page(said, own.title, f"""
<p><a href="{here}?lang={said.lang}">{own.back}</a></p>
<h1>{own.title}</h1>
{summary(said, wrong)}
<p class="lead">{own.lead}</p>
<section class="card" aria-labelledby="consents"><h2 id="consents">{own.consents}</h2>
{"".join(_given(layout, said, own, each) for each in consents.given) or f"<p>{own.no_consent}</p>"}
{_withdraw(said, own, here) if consents.valid else ""}</section>
{_vouched(layout, said, own, here, vouched, known=known)}
{_demands(layout, own, demands)}
<section aria-labelledby="ask"><h2 id="ask">{own.ask}</h2>
{"".join(_ask(said, own, here, kind) for kind in own.kinds) if offered else f"<p>{own.elsewhere}</p>"}</section>
<p class="soft">{own.appeal}</p>
""")


def _given(layout: PageLayout, said: Phrases, own: OwnDataPhrases, given: Given) -> str:
    withdrawn = f" {own.withdrawn.format(at=time_of(layout, given.withdrawn))}" if given.withdrawn else ""
    text = f"/form/consent?lang={said.lang}&amp;version={given.version}"
    return (f'<p data-test="consent">{own.given.format(version=given.version, at=time_of(layout, given.at))}{withdrawn} '
            f'<a href="{text}" target="_blank">{own.read}</a></p>')


def _withdraw(said: Phrases, own: OwnDataPhrases, here: str) -> str:
    return (f'<form method="post" action="{here}/data?lang={said.lang}" enctype="multipart/form-data">'
            f'<p class="hint" id="withdraw-hint">{own.withdraw_hint}</p>'
            f'<button type="submit" name="what" value="{WITHDRAW}" aria-describedby="withdraw-hint">{own.withdraw}</button></form>')


def _vouched(layout: PageLayout, said: Phrases, own: OwnDataPhrases, here: str, vouched: Vouched, *, known: bool) -> str:
    rows = [*(_word(layout, said, own, here, each, known=known) for each in vouched.words),
            *(_power(layout, said, own, here, each, own.held) for each in vouched.held),
            *(_power(layout, said, own, here, each, own.power_given) for each in vouched.given)]
    return (f'<section class="card" aria-labelledby="vouched"><h2 id="vouched">{own.vouched}</h2><p class="hint">{own.vouched_hint}</p>'
            f"{''.join(rows)}</section>") if rows else ""


def _word(layout: PageLayout, said: Phrases, own: OwnDataPhrases, here: str, word: CodeWord, *, known: bool) -> str:
    change = (f'<div class="field"><label for="word-{word.key}">{own.new_word}</label>'
              f'<input id="word-{word.key}" name="text" maxlength="{WORD_LIMIT}" autocomplete="off"></div>'
              f'<button type="submit" name="what" value="{CHANGE_WORD}">{own.change_word}</button> ')
    change = change if known else f"<p>{own.change_hint}</p>"
    return _acting(said, here, word.key, f'<p data-test="word">{own.word.format(at=time_of(layout, word.at))}</p>',
                   f'{change}<button type="submit" name="what" value="{WITHDRAW_WORD}">{own.withdraw_word}</button>')


def _power(layout: PageLayout, said: Phrases, own: OwnDataPhrases, here: str, power: Power, words: str) -> str:
    told = words.format(shown=escape(power.shown), until=f"{power.until:%d.%m.%Y}", at=time_of(layout, power.at))
    return _acting(said, here, power.key, f'<p data-test="power">{told}</p>',
                   f'<button type="submit" name="what" value="{END_POWER}">{own.end_power}</button>')


def _acting(said: Phrases, here: str, key: str, told: str, deeds: str) -> str:
    return (f'<form method="post" action="{here}/data?lang={said.lang}" enctype="multipart/form-data">{told}'
            f'<input type="hidden" name="key" value="{escape(key)}">{deeds}</form>')


def _demands(layout: PageLayout, own: OwnDataPhrases, demands: Sequence[SubjectRequest]) -> str:
    rows = "".join(_demand(layout, own, each) for each in demands)
    return f'<section class="card" aria-labelledby="mine"><h2 id="mine">{own.mine}</h2><ul>{rows}</ul></section>' if rows else ""


def _demand(layout: PageLayout, own: OwnDataPhrases, demand: SubjectRequest) -> str:
    last = (demand.due - timedelta(seconds=1)).astimezone(layout.zone)
    term = "" if demand.over else f", {own.until.format(due=f'{last:%d.%m.%Y}')}"
    words = f"<p>{escape(demand.words)}</p>" if demand.words else ""
    return (f'<li data-test="demand" data-kind="{demand.kind}" data-state="{demand.state}"><b>{own.kinds[demand.kind][0]}</b> '
            f"{time_of(layout, demand.taken)}: {own.states[demand.state]}{term}{words}</li>")


def _ask(said: Phrases, own: OwnDataPhrases, here: str, kind: RequestKind) -> str:
    title, hint = own.kinds[kind]
    field = (f'<div class="field"><label for="{kind}-text">{own.text}</label><p class="hint" id="{kind}-limit">{own.text_hint}</p>'
             f'<textarea id="{kind}-text" name="text" rows="3" maxlength="{TEXT_LIMIT}" required aria-describedby="{kind}-limit">'
             "</textarea></div>") if kind in WORDY else ""
    return (f'<form class="card" method="post" action="{here}/data?lang={said.lang}" enctype="multipart/form-data" '
            f'aria-labelledby="{kind}">'
            f'<h3 id="{kind}">{title}</h3><p class="hint">{hint}</p>{field}'
            f'<button type="submit" name="what" value="{kind}">{own.send[kind]}</button></form>')
