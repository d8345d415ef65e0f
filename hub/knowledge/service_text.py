"""Texts about a public service for citizens, from its card (AL-02…AL-05). Pure."""

from collections.abc import Iterator, Mapping

from hub.knowledge.authorities import Authority
from hub.knowledge.public_services import Fee, Paper, Papers, PublicService, Way
from hub.organisation.legal_terms import LegalTerm

WAYS = {Way.PORTAL: "на Госуслугах", Way.MFC: "в МФЦ", Way.OFFICE: "в самом ведомстве", Way.POST: "по почте",
        Way.EMPLOYER: "через работодателя", Way.PHONE: "по телефону"}
TEENS = range(11, 15)


def term_words(term: LegalTerm) -> str:
    """«15 рабочих дней»."""
    if term.hours:
        return f"{term.hours} {plural(term.hours, 'час', 'часа', 'часов')}"
    if term.working_days:
        return f"{term.working_days} {plural(term.working_days, 'рабочий день', 'рабочих дня', 'рабочих дней')}"
    return f"{term.days} {plural(term.days, 'календарный день', 'календарных дня', 'календарных дней')}"


def plural(count: int, one: str, few: str, many: str) -> str:
    if count % 100 in TEENS:
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(count % 10, many)


def fee_words(fee: Fee) -> str:
    """«2 000 рублей»; the conditions follow."""
    said = "бесплатно" if fee.free else f"{fee.rubles:,} {plural(fee.rubles, 'рубль', 'рубля', 'рублей')}".replace(",", " ")
    return fee.note if not (fee.free or fee.rubles) else f"{said}. {fee.note}" if fee.note else said


def documents_words(documents: tuple[Papers, ...]) -> str:
    """By applicant and situation, a document a line; documents that the authority requests itself are marked."""
    return "\n".join(line for each in documents for line in _papers(each))


def _papers(papers: Papers) -> Iterator[str]:
    yield f"{papers.applicant}{f' ({papers.situation})' if papers.situation else ''}:"
    for paper in papers.papers:
        yield f"— {_paper(paper)}"


def _paper(paper: Paper) -> str:
    note = f", {paper.note}" if paper.note else ""
    return f"{paper.name}{note}{' (ведомство запросит само)' if paper.by_authority else ''}"


def appeal_words(service: PublicService, authorities: Mapping[str, Authority]) -> str:
    """Where, how, and in what time (AL-04)."""
    if service.appeal is None:
        return ""
    decides = authorities.get(service.appeal.authority)
    where = f"Жалобу рассматривает: {decides.name}. " if decides else ""
    return f"{where}{_sentence(service.appeal.how)} Срок рассмотрения — {term_words(service.appeal.term)}."


def summary(service: PublicService) -> str:
    """The short answer: what it is, term, fee, place."""
    parts = [service.about]
    if service.term:
        parts.append(f"Срок — {term_words(service.term)}.")
    if service.fee:
        parts.append(f"Стоимость: {_sentence(fee_words(service.fee))}")
    if service.ways:
        parts.append(f"Подать заявление можно {', '.join(WAYS[way] for way in service.ways)}.")
    return " ".join(parts)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
