"""Survey pages as HTML, and their submitted answers. Pure; like those of form_html.py they need no script."""

from collections.abc import Mapping, Sequence
from html import escape

from channels.web.form_html import page, summary
from channels.web.phrases import EN, RU, Phrases
from channels.web.survey_words import SurveyWords, survey_words
from hub.citizens.consent import ConsentText
from hub.conversations.message import whole
from hub.quality.surveys.survey import TEXT_LIMIT, QuestionKind, Questionnaire, SurveyAnswer, SurveyQuestion

UNDER = "/survey"


def consent_sheet(said: Phrases, here: str, asked: Questionnaire, text: ConsentText, keeper: str) -> str:
    """Subject and consent; no question yet."""
    told, shown = survey_words(said.lang), text.shown(said.lang, keeper)
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in shown.text.split("\n\n"))
    return _sheet(said, here, asked, {}, told.lead_personal, f"""
<section class="card" aria-labelledby="consent" data-test="consent"><h2 id="consent">{escape(shown.title)}</h2>{paragraphs}
<form method="post" action="{here}?lang={said.lang}" data-plain><input type="hidden" name="version" value="{text.version}">
<button class="main" type="submit" name="what" value="agree">{told.agree}</button></form>
{_button(said, here, "refuse", told.refuse, told.refuse_hint)}</section>""")


def questions_sheet(said: Phrases, here: str, asked: Questionnaire, answers: Sequence[SurveyAnswer], wrong: Mapping[str, str], *,
                    key: str = "", interview: bool = False) -> str:
    """The questions with the answers so far; with a `key` of an anonymous survey, which an operator may read out."""
    told, given = survey_words(said.lang), {each.question: each for each in answers}
    rows = "".join(_question(said, told, number, question, given.get(number, SurveyAnswer(number)), wrong)
                   for number, question in enumerate(asked.questions))
    refuse = "" if answers else _button(said, here, "refuse", told.refuse, told.refuse_hint)
    below = "" if key else f'<section class="card">{refuse}{_withdraw(said, here)}</section>'
    mark = '<input type="hidden" name="interview" value="1">' if interview else ""
    lead = told.lead_interview if interview else told.lead_anonymous if key else asked.lead.shown(said.lang)
    return _sheet(said, here, asked, wrong, lead, f"""
<form class="card" method="post" action="{here}?lang={said.lang}" novalidate data-plain data-test="questions">
<input type="hidden" name="key" value="{escape(key)}">{mark}
{rows}
<button class="main" type="submit" name="what" value="answer">{told.send}</button>
</form>{below}""")


def thanks_sheet(said: Phrases, here: str, asked: Questionnaire, *, personal: bool) -> str:
    told = survey_words(said.lang)
    more = told.nobodys
    if personal:
        more = f'{told.kept}</p><p><a href="{here}?lang={said.lang}&amp;correct=1">{told.correct}</a></p>{_withdraw(said, here)}<p>'
    return page(said, escape(asked.title.shown(said.lang)),
                f'{_switch(said, here)}<h1>{told.thanks}</h1><section class="card" data-test="thanks"><p>{more}</p></section>', UNDER)


def refused_sheet(said: Phrases, here: str, asked: Questionnaire) -> str:
    told = survey_words(said.lang)
    body = f'<p>{told.refused}</p><p><a href="{here}?lang={said.lang}&amp;again=1">{told.again}</a></p>'
    return page(said, escape(asked.title.shown(said.lang)), f'<h1>{escape(asked.title.shown(said.lang))}</h1>'
                f'<section class="card" data-test="refused">{body}</section>', UNDER)


def told_sheet(said: Phrases, words: str, here: str = "") -> str:
    """One sentence: why no answer is possible. With `here` a consent can be withdrawn there."""
    more = _withdraw(said, here) if here else ""
    body = f'<section class="card" role="status" data-test="told"><p>{escape(words)}</p>{more}</section>'
    return page(said, said.brand, f"<h1>{said.brand}</h1>{body}", UNDER)


def answers_in(questions: Sequence[SurveyQuestion], fields: Mapping[str, str]) -> list[SurveyAnswer]:
    """The posted answers; unknown fields match no question, and are refused (surveys.unfit)."""
    return [_answer(number, question, fields) for number, question in enumerate(questions)]


def _answer(number: int, question: SurveyQuestion, fields: Mapping[str, str]) -> SurveyAnswer:
    name = f"q{number}"
    if question.kind is QuestionKind.TEXT:
        return SurveyAnswer(number, text=whole(fields.get(name, "").strip()))
    if question.kind is QuestionKind.SEVERAL:
        return SurveyAnswer(number, tuple(place for place in range(question.places) if f"{name}-{place}" in fields))
    if not (chosen := fields.get(name, "")):
        return SurveyAnswer(number)
    return SurveyAnswer(number, (int(chosen) if chosen in {str(each) for each in range(question.places)} else question.places,))


def _sheet(said: Phrases, here: str, asked: Questionnaire, wrong: Mapping[str, str], lead: str, body: str) -> str:
    title = escape(asked.title.shown(said.lang))
    return page(said, title, f'{_switch(said, here)}<h1>{title}</h1>{summary(said, wrong)}<p class="lead">{escape(lead)}</p>{body}', UNDER)


def _switch(said: Phrases, here: str) -> str:
    other = RU if said is EN else EN
    return f'<a class="switch" href="{here}?lang={other.lang}" hreflang="{other.lang}" lang="{other.lang}">{said.other}</a>'


def _button(said: Phrases, here: str, what: str, words: str, hint: str) -> str:
    return (f'<form method="post" action="{here}?lang={said.lang}" data-plain><p class="hint" id="{what}-hint">{hint}</p>'
            f'<button type="submit" name="what" value="{what}" aria-describedby="{what}-hint">{words}</button></form>')


def _withdraw(said: Phrases, here: str) -> str:
    told = survey_words(said.lang)
    return _button(said, here, "withdraw", told.withdraw, told.withdraw_hint)


def _question(said: Phrases, told: SurveyWords, number: int, question: SurveyQuestion, answer: SurveyAnswer,
              wrong: Mapping[str, str]) -> str:
    name = f"q{number}"
    hints = {QuestionKind.SEVERAL: told.several, QuestionKind.SCALE: told.scale.format(top=question.top), QuestionKind.TEXT: told.text_hint}
    notes = {"hint": hints.get(question.kind, ""), "fault": wrong.get(name, "")}
    beside = "".join(f'<p class="{kind}" id="{name}-{kind}">{escape(words)}</p>' for kind, words in notes.items() if words)
    ids = " ".join(f"{name}-{kind}" for kind, words in notes.items() if words)
    by = f' aria-describedby="{ids}"' if ids else ""
    needed = f' <span class="soft">({told.mandatory})</span>' if question.mandatory else ""
    label = f"{escape(question.text.shown(said.lang))}{needed}"
    if question.kind is QuestionKind.TEXT:
        return (f'<div class="field"><label for="{name}">{label}</label>{beside}'
                f'<textarea id="{name}" name="{name}" rows="4" maxlength="{TEXT_LIMIT}"{by}>\n{escape(answer.text)}</textarea></div>')
    ways = "".join(_way(name, question, place, words, checked=place in answer.chosen)
                   for place, words in enumerate(question.words(said.lang)))
    scale = ' class="scale"' if question.kind is QuestionKind.SCALE else ""
    return f'<fieldset id="{name}" tabindex="-1"{scale}{by}><legend>{label}</legend>{beside}<div class="ways-of">{ways}</div></fieldset>'


def _way(name: str, question: SurveyQuestion, place: int, words: str, *, checked: bool) -> str:
    several = question.kind is QuestionKind.SEVERAL
    kind, field = ("checkbox", f"{name}-{place}") if several else ("radio", name)
    return (f'<label class="way"><input type="{kind}" name="{field}" id="{name}-{place}" value="{place}"{" checked" if checked else ""}> '
            f"{escape(words)}</label>")
