"""What was newly said in a letter, apart from quotes and signatures."""


def fold(text: str) -> tuple[str, str]:
    """What was newly said, and the rest."""
    return text.strip(), ""
