"""What tells who a citizen is leaves his words, and what he wants stays."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.pii_masker import MASK, PiiMasker, without_masks
from bots.project.phrase_collector import PhraseCollector
from bots.project.project import read_project
from bots.russian import Russian

CENTRE = Path(__file__).parents[2] / "bots" / "projects" / "centre"
DIGITS = st.text("0123456789", min_size=10, max_size=10)
WORDS = st.lists(st.sampled_from(["где", "мой", "паспорт", "почему", "справка", "не пришла", "подскажите", "и", "в", "мфц"]), max_size=4).map(" ".join)
MAILBOXES = st.from_regex(r"[a-zа-я]{1,8}(\.[a-zа-я]{1,8})?[0-9]{0,3}@[a-zа-я]{2,8}\.(ru|com|рф)", fullmatch=True)
NAMES = st.sampled_from(["Иванов Иван Иванович", "петрова анна сергеевна", "Рашид Магомедович Алиев", "ахмедовой Зульфии Рашидовне", "Кузякин П. И."])


@pytest.fixture(scope="module")
def masker(russian: Russian) -> PiiMasker:
    return PiiMasker(russian)


@pytest.mark.parametrize(("said", "shown"), [
    ("перезвоните на 8 912 345-67-89 после обеда", "перезвоните на ‹телефон› после обеда"),
    ("восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять", "‹телефон›"),
    ("снилс 112-233-445 95", "снилс ‹СНИЛС›"),
    ("паспорт 45 12 123456 выдан 12.03.2010", "паспорт ‹номер› выдан ‹дата›"),
    ("заявление 4512-AB-77 когда", "заявление ‹номер› когда"),
    ("карта 2202 2000 1234 5678", "карта ‹номер›"),
    ("машина А123ВС77 штраф", "машина ‹номер› штраф"),
    ("ivan.petrov@mail.ru не приходит письмо", "‹почта› не приходит письмо"),
    ("ivan собака яндекс точка ру", "‹почта›"),
    ("смотрите https://example.org/?id=ab", "смотрите ‹ссылка›"),
    ("меня зовут кузякин пётр, где справка", "меня зовут ‹имя›, где справка"),
    ("иванов иван иванович 5 марта 1985 года рождения", "‹имя› ‹дата› рождения"),
    ("двадцать пятого марта тысяча девятьсот восемьдесят пятого года родился", "‹дата› родился"),
    ("петров и.и. где справка", "‹имя› где справка"),
    ("Справка для Ивана", "Справка для ‹имя›"),
    ("я живу на улице Ленина, д. 5, кв. 12, какая поликлиника", "я живу на ‹адрес›, какая поликлиника"),
    ("Москва, ул. Мира, 15/2-44", "Москва, ‹адрес›"),
    ("на Тверской улице есть мфц", "на ‹адрес› есть мфц"),
    ("живу в доме 12 квартира 5", "живу в ‹адрес›"),
])
def test_what_is_somebodys_is_not_shown(masker: PiiMasker, said: str, shown: str) -> None:
    # SE-03
    assert masker.mask(said) == shown


@pytest.mark.parametrize("said", [
    "как вас зовут", "на какой улице находится мфц", "льготный проезд для пенсионеров", "во Владимире есть мфц", "надежда есть?",
    "третий день нет тепла в квартире, дома второй день", "в квартире третий день холодно", "собака на улице месяц лает", "кусает собака у дома",
    "едем в Питер", "работаете с 9:00 до 18:00?", "паспорт в 14 лет", "РОМАН О ЛЮБВИ", "где дом культуры", "узнать инн", "у меня слава богу всё хорошо"])
def test_what_is_nobodys_stays(masker: PiiMasker, said: str) -> None:
    assert masker.mask(said) == said


def test_examples_of_the_house_stay_as_they_are(masker: PiiMasker) -> None:
    """But for those of numbers, and for names of people: they are written with a capital letter, or nothing else stays."""
    said = [one.text for one in read_project(CENTRE).examples.said]
    assert len(said) > 1000
    changed = {text: masked for text in said if (masked := masker.mask(text)) != text and not re.search(r"\d{3}", text)}
    wrong = {text: masked for text, masked in changed.items() if not MASK.fullmatch(masked)}
    assert [text for text in wrong if any(text[span.start].islower() or span.what != "имя" for span in masker.spans(text))] == []


@settings(max_examples=300)
@given(text=st.text(max_size=80))
def test_never_four_digits_in_a_row(masker: PiiMasker, text: str) -> None:
    shown = masker.mask(text)
    assert not re.search(r"\d{4}", MASK.sub("", shown))
    assert not re.search(r"\d{4}", without_masks(shown))


@settings(max_examples=200)
@given(before=WORDS, digits=DIGITS, parted=st.sampled_from(["+7 {0} {1}-{2}-{3}", "8({0}){1}{2}{3}", "{0}-{1} {2} {3}", "{0}.{1}.{2}.{3}"]), after=WORDS)
def test_a_number_however_it_is_parted(masker: PiiMasker, before: str, digits: str, parted: str, after: str) -> None:
    # SE-03
    said = parted.format(digits[:3], digits[3:6], digits[6:8], digits[8:])
    shown = masker.mask(f"{before} {said} {after}")
    assert not any(sign.isdigit() for sign in shown)
    assert without_masks(shown).split() == f"{before} {after}".split()


@settings(max_examples=200)
@given(before=WORDS, somebody=st.one_of(MAILBOXES, NAMES), after=WORDS)
def test_mailboxes_and_names_between_any_words(masker: PiiMasker, before: str, somebody: str, after: str) -> None:
    # SE-03
    shown = masker.mask(f"{before} {somebody} {after}")
    assert without_masks(shown).split() == f"{before} {after}".split()


@given(text=st.text("‹›<>ъ 1", max_size=20))
def test_nobody_can_write_a_mask(masker: PiiMasker, text: str) -> None:
    assert MASK.findall(masker.mask(text)) in ([], ["‹номер›"], ["‹номер›", "‹номер›"], ["‹номер›"] * 3)


@pytest.mark.parametrize(("typed", "left"), [
    ("неверовцева", "‹…›"), ("жалоба Хасанова на срок", "жалоба ‹…› на срок"), ("Петров Пётр Петрович просит", "‹имя› просит"),
    ("звонят с 8 916 555-41-00", "звонят с ‹телефон›"), ("справка из Твери, форма 2", "справка из ‹…›, форма 2"), ("проверка качества", "проверка качества"),
    ("Smith 5", "‹…› 5")])
def test_of_what_is_typed_for_the_audit_ordinary_words_stay(russian: Russian, typed: str, left: str) -> None:
    # SE-01
    assert PhraseCollector(russian).ordinary(typed) == left
