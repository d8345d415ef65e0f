"""What a model makes of utterances it has not met, and what it does where something is missing."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bots.dialogue.parsed import FALLBACK, Entity
from bots.project.examples import Example, Examples
from bots.russian import Russian
from bots.understanding import model as model_module
from bots.understanding import model_codec, terms
from bots.understanding.calibration import NEVER, mix, shares, sure, threshold
from bots.understanding.matrices import log_softmax
from bots.understanding.model import LONGEST, Model
from bots.understanding.model_codec import ModelFormatError, content_id, dump, load
from bots.understanding.regression import logistic
from bots.understanding.training import train
from bots.understanding.vectors import Vectors, vectors
from tests.bots.understanding.conftest import SAID, project

ASKED = {
    "загранпаспорт где оформляют": "passport", "сделать загран паспорт": "passport", "вы работаете в воскресенье?": "hours",
    "со скольки открыто": "hours", "что с моим заявлением": "status", "документы готовы?": "status",
    "подать жалобу": "complaint", "ваш сотрудник мне нахамил": "complaint", "дайте человека": "person", "живого оператора": "person",
    "добрый день!": "greet", "ЗДРАВСТВУЙТЕ": "greet", "я потеряла снилс": "lost",
}  # fmt: skip

RUSSIAN = Russian()


def entities(model: Model, text: str) -> list[tuple[str, object, str, str]]:
    return [(one.entity, one.value, text[one.start : one.end], one.role) for one in model.parse(text).entities]


def first(model: Model, text: str) -> str:
    return next(one.name for one in model.parse(text).ranking if one.name != FALLBACK)


def test_what_is_asked_in_other_words_is_understood(model: Model) -> None:
    wrong = {text: first(model, text) for text, intent in ASKED.items() if first(model, text) != intent}
    assert len(wrong) <= 1, wrong


def test_confidence_is_a_probability(model: Model) -> None:
    for text in ASKED:
        parsed = model.parse(text)
        assert parsed.ranking[0].name == parsed.intent
        assert parsed.ranking[0].confidence == parsed.confidence
        known = [one.confidence for one in parsed.ranking if one.name != FALLBACK]
        assert known == sorted(known, reverse=True)
        assert 0.5 < sum(known) <= 1.01


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_nothing_is_none_of_the_intents(model: Model, text: str) -> None:
    assert (model.parse(text).intent, model.parse(text).confidence) == (FALLBACK, 1.0)


@pytest.mark.parametrize("text", ["рецепт борща со сметаной", "кто выиграл вчера в футбол", "фыв апролд жэячс", "12345"])
def test_strangers_are_told(model: Model, text: str) -> None:
    parsed = model.parse(text)
    assert parsed.intent == FALLBACK
    assert parsed.confidence == pytest.approx(1 - parsed.ranking[1].confidence, abs=1e-3)


@pytest.mark.parametrize(
    ("typed", "intent"), [("pfuhfygfcgjhn", "passport"), ("kak poluchit zagranpasport", "passport"), ("загарнпаспорт", "passport"), ("здраствуйте", "greet"), ("аператор", "person"), ("заграничнй", "passport"), ("завяление", "status")]
)
def test_slips_and_latin_letters_are_forgiven(model: Model, typed: str, intent: str) -> None:  # KB-02
    assert first(model, typed) == intent


def test_a_retrieval_intent_has_its_questions_ranked(model: Model) -> None:
    parsed = model.parse("как мне оплатить эту пошлину")
    assert (parsed.intent, parsed.selected) == ("faq", "faq/payment")
    assert [one.name for one in parsed.answers] == ["faq/payment", "faq/fee"]
    assert sum(one.confidence for one in parsed.answers) == pytest.approx(1, abs=1e-3)
    assert model.parse("позовите оператора").answers == ()


def test_roles_are_learnt(model: Model) -> None:
    assert [one for one in entities(model, "я переезжаю из Казани до Перми") if one[0] == "city"] == [("city", "Казани", "Казани", "from"), ("city", "Перми", "Перми", "to")]
    assert [role for *_, role in entities(model, "переезд от Воронежа до Калуги")] == ["from", "to"]


def test_tables_are_read_in_every_case_and_expressions_and_synonyms_hold(model: Model) -> None:
    assert entities(model, "живу в Красногорске") == [("town", "Красногорск", "Красногорске", "")]
    assert entities(model, "я в Нижнем Новгороде")[0][:3] == ("town", "Нижний Новгород", "Нижнем Новгороде")
    assert entities(model, "мой талон К123") == [("ticket", "К123", "К123", "")]
    assert ("document", "свидетельство о рождении", "свидетельство", "") in entities(model, "я потерял свидетельство")


def test_groups_are_learnt(russian: Russian) -> None:
    def order(one: str, many: str) -> Example:
        text = f"{one} на утро и {many} на вечер"
        start = text.index(many)
        return Example(text, "order", (Entity("visit", one, 0, len(one), group="1"), Entity("visit", many, start, start + len(many), group="2")))

    names = ["паспорт", "снилс", "загс", "полис"]
    said = [order(one, many) for one in names for many in names if one != many]
    learnt = train(Examples(tuple(said)), russian).parse("снилс на утро и паспорт на вечер")
    assert [(one.value, one.group) for one in learnt.entities] == [("снилс", "1"), ("паспорт", "2")]


def test_english_is_understood(russian: Russian) -> None:
    said = {"lost": ["I lost my card", "my card is missing", "card was stolen"], "limit": ["what is my limit", "raise the limit", "limits of withdrawal"], "hello": ["hello", "hi there", "good morning"]}
    model = train(Examples(tuple(Example(text, intent) for intent, texts in said.items() for text in texts)), russian)
    assert first(model, "somebody has stolen my cards") == "lost"
    assert first(model, "can you raise my limits") == "limit"


@pytest.mark.parametrize("count", [1, 2])
def test_few_intents_are_no_obstacle(russian: Russian, count: int) -> None:
    said = [Example(text, intent) for intent in list(SAID)[:count] for text in SAID[intent]]
    assert first(train(Examples(tuple(said)), russian), "загранпаспорт получить") == "passport"


def test_one_example_an_intent_is_no_obstacle(russian: Russian) -> None:
    model = train(Examples(tuple(Example(texts[0], intent) for intent, texts in SAID.items())), russian)
    assert first(model, "как получить загранпаспорт") == "passport"


def test_no_intent_cannot_be_taught(russian: Russian) -> None:
    with pytest.raises(ValueError, match="no example"):
        train(Examples((Example("  ", "empty"), Example("text", ""))), russian)


def test_without_vectors_words_speak_alone(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "vectors", lambda: None)  # as on a machine without AVX2
    assert first(model, "хочу загранпаспорт") == "passport"
    assert first(model, "график работы") == "hours"


def test_a_model_of_other_vectors_does_not_mix_them(model: Model) -> None:
    learned = model.learned
    if learned.vectors is None:
        pytest.skip("no vectors on this machine")
    other = msgspec.structs.replace(learned, vectors=msgspec.structs.replace(learned.vectors, name="other-1.0"))
    alone = msgspec.structs.replace(learned, vectors=None)
    text = "какие нужны бумаги на загран"
    assert Model(other, Russian()).parse(text) == Model(alone, Russian()).parse(text)


class Counting:
    """An engine that counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def query(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += len(texts)
        return np.eye(len(texts), 384, dtype=np.float32)


@pytest.mark.parametrize(("bound", "hasty", "asked"), [(0.0, False, 0), (NEVER, False, 1), (NEVER, True, 0)])
def test_vectors_are_asked_where_words_are_not_sure_and_there_is_time(  # KB-02
    model: Model, monkeypatch: pytest.MonkeyPatch, bound: float, hasty: bool, asked: int
) -> None:
    if model.learned.vectors is None:
        pytest.skip("no vectors on this machine")
    engine = Counting()
    monkeypatch.setattr(model_module, "vectors", lambda: Vectors(engine, model.learned.vectors.name))
    Model(msgspec.structs.replace(model.learned, sure=bound), RUSSIAN).parse("как получить загранпаспорт", hasty=hasty)
    assert engine.asked == asked


def test_in_haste_it_is_as_without_vectors(model: Model) -> None:
    alone = Model(msgspec.structs.replace(model.learned, vectors=None), RUSSIAN)
    assert [model.parse(text, hasty=True) for text in ASKED] == [alone.parse(text) for text in ASKED]


@pytest.mark.parametrize(("fails", "together", "least", "most"), [
    ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], 0.96, 0.96), ([0, 0, 0, 1, 0], [0, 0, 0, 1, 0], 0.96, 0.96), ([0, 0, 0, 1, 1], [0, 0, 0, 0, 0], 0.96, 0.96),
    ([0, 0, 1, 0, 0], [0, 0, 0, 0, 0], 0.98, 0.981), ([1, 0, 0, 0, 0], [0, 0, 0, 0, 0], 0.999, 1), ([0, 0, 1, 0, 0], [0, 1, 0, 0, 0], 0.96, 0.96)])
def test_words_are_sure_where_they_lose_nothing(fails: list[int], together: list[int], least: float, most: float) -> None:
    confidence = np.array([0.999, 0.99, 0.98, 0.7, 0.6], np.float32)
    assert least <= sure(confidence, np.array(fails, bool), np.array(together, bool)) <= most


def test_a_packed_model_is_the_same(model: Model, russian: Russian) -> None:
    packed = dump(model)
    again = load(packed, russian)
    assert [again.parse(text) for text in ASKED] == [model.parse(text) for text in ASKED]
    assert dump(again) == packed
    assert content_id(packed) == content_id(dump(model))


def test_equal_examples_make_equal_models(russian: Russian) -> None:
    few = Examples(project().said[:20])
    assert content_id(dump(train(few, russian))) == content_id(dump(train(few, russian)))


def test_it_is_equal_in_another_process() -> None:
    code = (
        "from bots.project.examples import Examples; from bots.russian import Russian; from bots.understanding.model_codec import content_id, dump;"
        "from bots.understanding.training import train; from tests.bots.understanding.conftest import project;"
        "print(content_id(dump(train(Examples(project().said[::3]), Russian()))))"
    )
    made = {subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True, env=os.environ | {"PYTHONHASHSEED": seed}).stdout
            for seed in ("1", "2")}
    assert len(made) == 1


def test_what_is_no_model_is_refused(model: Model, russian: Russian) -> None:
    packed = dump(model)
    for bad in (b"", b"PK", packed[: len(packed) // 2], packed[100:], b"\x80\x04N."):
        with pytest.raises(ModelFormatError):
            load(bad, russian)


def test_a_model_of_another_format_is_named(model: Model, russian: Russian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_codec, "FORMAT", 1)
    old = dump(model)
    monkeypatch.undo()
    with pytest.raises(ModelFormatError, match="a model of format 1, not 2: teach it anew"):
        load(old, russian)


def test_a_model_with_a_pattern_that_is_understood_no_more_is_taught_anew(model: Model, russian: Russian) -> None:
    # F3: an older Okno has matched it otherwise
    older = Model(model.learned, russian)
    older.learned = msgspec.structs.replace(older.learned, lists=msgspec.structs.replace(older.learned.lists, patterns=(("word", r"^(?:ы+)+$"),)))
    with pytest.raises(ModelFormatError, match="teach it anew"):
        load(dump(older), russian)


@given(at=st.integers(0, 10**9), value=st.integers(1, 255))
@settings(max_examples=30)
def test_a_damaged_model_is_refused(model: Model, at: int, value: int) -> None:
    packed = bytearray(dump(model))
    packed[at % len(packed)] ^= value
    with pytest.raises(ModelFormatError):
        load(bytes(packed), RUSSIAN)


@given(st.text(max_size=60))
@settings(max_examples=40)
def test_any_text_is_parsed(model: Model, text: str) -> None:
    parsed = model.parse(text)
    assert parsed.intent
    assert all(parsed.text[one.start : one.end] for one in parsed.entities)


def test_a_long_text_is_read_to_its_limit(model: Model) -> None:
    assert len(model.parse("позовите оператора " * 10_000).text) <= LONGEST


def test_many_threads_may_ask_at_once(model: Model) -> None:
    texts = list(ASKED) * 3
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(model.parse, texts)) == [model.parse(text) for text in texts]


def test_serving_imports_nothing_that_only_training_needs(model: Model) -> None:
    code = (
        "import sys; from bots.russian import Russian; from bots.understanding.model_codec import load;"
        "load(sys.stdin.buffer.read(), Russian()).parse('загранпаспорт'); print([name for name in ('scipy', 'pycrfsuite') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], input=dump(model), stdout=subprocess.PIPE, check=True).stdout == b"[]\n"


def test_a_big_project_forgets_its_rarest_terms() -> None:
    utterances = [(["паспорт", "срок"], ["пас"]), (["паспорт"], ["пас"]), (["паспорт", "дом"], ["пас"])]
    assert len(terms.learn(utterances)) == 4
    assert (terms.learn(utterances, 3).terms, terms.learn(utterances, 3).pieces) == (("паспорт",), ("пас",))


@pytest.mark.parametrize("sparse", [False, True])
def test_a_regression_ends_where_its_gradient_does(sparse: bool) -> None:
    """Checked by its own condition: at the least loss the penalty balances what is still wrong, and classes are as frequent as they are."""
    chance = np.random.default_rng(0)
    classes = chance.integers(0, 3, 200)
    places = (chance.normal(size=(200, 5)) + np.eye(3, 5)[classes]).astype(np.float32)
    weights, bias = logistic(csr_matrix(places) if sparse else places, classes, 4, 10.0, 500, 1e-5)
    told = np.exp(log_softmax(places @ weights + bias))
    wrong = told - np.eye(4)[classes]
    assert np.abs(places.T @ wrong / 200 + weights / (10 * 200)).max() < 1e-5
    assert np.abs(wrong.mean(axis=0)).max() < 1e-5
    assert told[:, 3].max() < 1e-9


def test_shares_say_who_is_right() -> None:
    classes = np.arange(400) % 4
    right = log_softmax(np.eye(4, dtype=np.float32)[classes] * 3)
    noise = log_softmax(np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32))
    first_share, second_share = shares(right, noise, classes)
    assert first_share > 1 > second_share
    assert (mix(right, noise, (first_share, second_share)).argmax(axis=1) == classes).all()


@pytest.mark.parametrize(("right", "strange", "least", "most"), [([0.9, 0.8, 0.95], [0.2, 0.3], 0.3, 0.83), ([], [0.5], 0, 0), ([0.9], [], 0, 0)])
def test_the_threshold_parts_right_from_strange(right: Sequence[float], strange: Sequence[float], least: float, most: float) -> None:
    assert least <= threshold(np.array(right, np.float32), np.array(strange, np.float32)) <= most


def test_vectors_are_there_where_they_can_be() -> None:
    engine = vectors()
    if engine is None:
        pytest.skip("no vectors on this machine")
    assert (engine.all(["паспорт", "да", "паспорт"]) == [engine.of("паспорт"), engine.of("да"), engine.of("паспорт")]).all()
    one, other, strange = (engine.of(text) for text in ("паспорт", "загранпаспорт\0", "борщ со сметаной"))
    assert one.shape == (384,)
    assert one @ other > one @ strange
