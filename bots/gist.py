"""What of a long text is read for its meaning: time for the rest would be lost to all others, and grows with the length."""

LONGEST = 1_000
"""Characters. A question has fewer; danger to life is listened for everywhere (bots/knowledge/danger.py)."""


def gist(text: str, longest: int = LONGEST) -> str:
    """The beginning and the end, where people say what they want, each up to a whole word; all of a text that is not too long."""
    if len(text) <= longest:
        return text
    half = longest // 2
    first, last = text[:half], text[-half:]
    return f"{first.rpartition(' ')[0] or first}\n{last.partition(' ')[2] or last}"
