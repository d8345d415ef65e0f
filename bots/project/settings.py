"""Settings of config.yml: the policies that choose the next action. The pipeline is Rasa's own and only noted."""

from msgspec import Struct

from bots.project.located_yaml import Map, Page

NEURAL = ("TEDPolicy", "UnexpecTEDIntentPolicy")
_KNOWN = {"MemoizationPolicy", "AugmentedMemoizationPolicy", "RulePolicy"}


class Settings(Struct, frozen=True):
    """As in Rasa, and with its defaults."""

    language: str = ""
    rules: bool = True
    """Rules, and forms with them, are used."""
    memory: bool = True
    """Stories are used."""
    max_history: int | None = 5
    """Number of last states that are compared with stories; None: all."""
    forgets: bool = True
    """Where no story matches, the oldest events are dropped one by one until one does (AugmentedMemoizationPolicy)."""
    nearest: bool = True
    """Otherwise the story that matches the last states best is used: this replaces TEDPolicy."""
    fallback: str = "action_default_fallback"
    """The action where nothing matches; "" for none."""
    fallback_confidence: float = 0.3
    restrict_rules: bool = True
    """A rule may have at most one utterance."""
    check_rules: bool = True
    """Rules are checked for contradictions with rules and stories; actions predicted only by rules are then hidden from stories."""
    fallback_threshold: float = 0.3
    """The threshold of FallbackClassifier."""
    ambiguity_threshold: float = 0.1
    classifies_fallback: bool = False
    """There is a FallbackClassifier: the intent of an utterance that is not understood becomes nlu_fallback."""
    pipeline: tuple[str, ...] = ()


def read_settings(page: Page, file: Map) -> Settings:
    """The settings in config.yml; settings without effect here are noted."""
    for key in file.keys() - {"language", "pipeline", "policies", "version", "recipe", "assistant_id", "importers"}:
        page.fault(file.at(key), f"настройка «{key}» не поддерживается", grave=False)
    if "importers" in file:
        page.fault(file.at("importers"), "importers не поддерживаются: всё лежит в domain, data и tests", grave=False)
    pipeline = [_part(page, line, item) for line, item in page.seq(file.get("pipeline"), file.at("pipeline"), "pipeline").placed()]
    policies = [_part(page, line, item) for line, item in page.seq(file.get("policies"), file.at("policies"), "policies").placed()]
    classifier = next((one for name, one in pipeline if name == "FallbackClassifier"), None)
    return Settings(
        language=page.text(file.get("language") or "", file.at("language"), "language"),
        **_policies(page, policies) if policies else {},  # type: ignore[arg-type] # a struct's fields by name
        fallback_threshold=_number(classifier, "threshold", 0.3), ambiguity_threshold=_number(classifier, "ambiguity_threshold", 0.1),
        classifies_fallback=classifier is not None, pipeline=tuple(name for name, _ in pipeline))


def _policies(page: Page, policies: list[tuple[str, Map]]) -> dict[str, object]:
    by_name = dict(policies)
    for name, policy in policies:
        if name in NEURAL:
            note = "по историям выбирает ближайшая, а не нейросеть" if name == "TEDPolicy" else "не поддерживается"
            page.fault(policy.line, f"{name}: {note}", grave=False)
        elif name not in _KNOWN:
            page.fault(policy.line, f"{name}: не поддерживается", grave=False)
        for key in policy.keys() & {"use_nlu_confidence_as_score", "priority"}:
            page.fault(policy.at(key), f"{name}: «{key}» не поддерживается", grave=False)
    memory = by_name.get("AugmentedMemoizationPolicy", by_name.get("MemoizationPolicy"))
    ted = by_name.get("TEDPolicy")
    rule = by_name.get("RulePolicy")
    history = memory if memory is not None else ted
    return {
        "rules": rule is not None, "memory": memory is not None or ted is not None,
        "max_history": _history(page, history), "nearest": ted is not None,
        "forgets": "AugmentedMemoizationPolicy" in by_name or ted is not None,
        "fallback": _fallback(page, rule), "fallback_confidence": _number(rule, "core_fallback_threshold", 0.3),
        "restrict_rules": rule is None or rule.get("restrict_rules") is not False,
        "check_rules": rule is None or rule.get("check_for_contradictions") is not False,
    }


def _fallback(page: Page, rule: Map | None) -> str:
    if rule is None or rule.get("enable_fallback_prediction") is False:
        return ""
    return page.text(rule.get("core_fallback_action_name", "action_default_fallback"), rule.line, "core_fallback_action_name")


def _history(page: Page, policy: Map | None) -> int | None:
    value = None if policy is None else policy.get("max_history")
    if value is None or (isinstance(value, int) and value > 0):
        return value
    page.fault(policy.at("max_history") if policy else 0, "max_history: ожидается число больше нуля")
    return None


def _number(part: Map | None, key: str, default: float) -> float:
    value = default if part is None else part.get(key, default)
    return float(value) if isinstance(value, (int, float)) else default


def _part(page: Page, line: int, item: object) -> tuple[str, Map]:
    if isinstance(item, str):
        return item.split(".")[-1], Map(line)
    part = page.map(item, line, "config")  # type: ignore[arg-type] # a YAML value
    return page.text(part.get("name"), line, "name").split(".")[-1], part
