"""The sites of the federal centre, balanced by predicted wait (RT-03)."""

from collections.abc import Mapping


class Sites:
    """The best site for a conversation. A lost site is not among them (LV-01)."""

    def __init__(self, margin_s: float = 5.0) -> None:
        """`margin_s`: how much shorter the wait elsewhere must be, against flapping."""
        self._margin_s = margin_s
        self._chosen: dict[str, str] = {}

    def choose(self, home: str, predicted_s: Mapping[str, float]) -> str:
        """The best site for a conversation that arrived at `home`; "" when no site is left."""
        if not predicted_s:
            return ""
        quickest = min(predicted_s, key=lambda site: (predicted_s[site], site != home, site))
        chosen = self._chosen.get(home, home)
        if chosen not in predicted_s or predicted_s[chosen] - predicted_s[quickest] > self._margin_s:
            chosen = quickest
        self._chosen[home] = chosen
        return chosen
