"""The sites of the federal centre, balanced by predicted wait (RT-03)."""

from collections.abc import Mapping


class Sites:
    """Where what came to one site had best wait. A site that is lost is simply not among them (LV-01)."""

    def __init__(self, margin_s: float = 5.0) -> None:
        """`margin_s`: how much shorter the wait elsewhere must be for a change, so that nothing flaps."""
        self._margin_s = margin_s
        self._chosen: dict[str, str] = {}

    def choose(self, home: str, predicted_s: Mapping[str, float]) -> str:
        """Where a conversation that came to `home` had best wait; "" when no site is left."""
        if not predicted_s:
            return ""
        quickest = min(predicted_s, key=lambda site: (predicted_s[site], site != home, site))
        chosen = self._chosen.get(home, home)
        if chosen not in predicted_s or predicted_s[chosen] - predicted_s[quickest] > self._margin_s:
            chosen = quickest
        self._chosen[home] = chosen
        return chosen
