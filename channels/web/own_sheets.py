"""The page on which a citizen looks after his own data, as HTML; like those of sheets.py it needs no script. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape

from channels.web.appeal import grouped
from channels.web.own_phrases import OwnPhrases, own_phrases
from channels.web.phrases import Phrases
from channels.web.sheets import Paper, page, summary, time_of
from hub.consents import Consents, Given
from hub.rights import Demand, Kind

TEXT_LIMIT = 1000
WORDY = (Kind.CORRECTION, Kind.DELETION)
"""What must be said more exactly."""
WITHDRAW = "withdraw"


def own_page(paper: Paper, said: Phrases, code: str, consents: Consents, demands: Sequence[Demand], wrong: Mapping[str, str], *,
             offered: bool) -> str:
    """His consents, what he may demand, and what he has demanded; `offered` is whether that is answered here."""
    own = own_phrases(said.lang)
    here = f"/form/{grouped(code)}"
    return page(said, own.title, f"""
<p><a href="{here}?lang={said.lang}">{own.back}</a></p>
<h1>{own.title}</h1>
{summary(said, wrong)}
<p class="lead">{own.lead}</p>
<section class="card" aria-labelledby="consents"><h2 id="consents">{own.consents}</h2>
{"".join(_given(paper, said, own, each) for each in consents.given) or f"<p>{own.no_consent}</p>"}
{_withdraw(said, own, here) if consents.valid else ""}</section>
{_demands(paper, own, demands)}
<section aria-labelledby="ask"><h2 id="ask">{own.ask}</h2>
{"".join(_ask(said, own, here, kind) for kind in own.kinds) if offered else f"<p>{own.elsewhere}</p>"}</section>
<p class="soft">{own.appeal}</p>
""")


def _given(paper: Paper, said: Phrases, own: OwnPhrases, given: Given) -> str:
    withdrawn = f" {own.withdrawn.format(at=time_of(paper, given.withdrawn))}" if given.withdrawn else ""
    text = f"/form/consent?lang={said.lang}&amp;version={given.version}"
    return (f'<p data-test="consent">{own.given.format(version=given.version, at=time_of(paper, given.at))}{withdrawn} '
            f'<a href="{text}" target="_blank">{own.read}</a></p>')


def _withdraw(said: Phrases, own: OwnPhrases, here: str) -> str:
    return (f'<form method="post" action="{here}/data?lang={said.lang}" enctype="multipart/form-data">'
            f'<p class="hint" id="withdraw-hint">{own.withdraw_hint}</p>'
            f'<button type="submit" name="what" value="{WITHDRAW}" aria-describedby="withdraw-hint">{own.withdraw}</button></form>')


def _demands(paper: Paper, own: OwnPhrases, demands: Sequence[Demand]) -> str:
    rows = "".join(_demand(paper, own, each) for each in demands)
    return f'<section class="card" aria-labelledby="mine"><h2 id="mine">{own.mine}</h2><ul>{rows}</ul></section>' if rows else ""


def _demand(paper: Paper, own: OwnPhrases, demand: Demand) -> str:
    last = (demand.due - timedelta(seconds=1)).astimezone(paper.zone)
    term = "" if demand.over else f", {own.until.format(due=f'{last:%d.%m.%Y}')}"
    words = f"<p>{escape(demand.words)}</p>" if demand.words else ""
    return (f'<li data-test="demand" data-kind="{demand.kind}" data-state="{demand.state}"><b>{own.kinds[demand.kind][0]}</b> '
            f"{time_of(paper, demand.taken)}: {own.states[demand.state]}{term}{words}</li>")


def _ask(said: Phrases, own: OwnPhrases, here: str, kind: Kind) -> str:
    title, hint = own.kinds[kind]
    field = (f'<div class="field"><label for="{kind}-text">{own.text}</label><p class="hint" id="{kind}-limit">{own.text_hint}</p>'
             f'<textarea id="{kind}-text" name="text" rows="3" maxlength="{TEXT_LIMIT}" required aria-describedby="{kind}-limit">'
             "</textarea></div>") if kind in WORDY else ""
    return (f'<form class="card" method="post" action="{here}/data?lang={said.lang}" enctype="multipart/form-data" '
            f'aria-labelledby="{kind}">'
            f'<h3 id="{kind}">{title}</h3><p class="hint">{hint}</p>{field}'
            f'<button type="submit" name="what" value="{kind}">{own.send[kind]}</button></form>')
