"""Cache of earlier answers by question."""

from collections import OrderedDict

from hub.robot.ports import HandOff, Reply

_LONGEST = 200
"""Characters: a longer question hardly comes twice, and would make the memory's size depend on strangers."""


def normal(text: str) -> str:
    """A question without what makes no difference: case, ё, stops, white space."""
    plain = text.lower().replace("ё", "е").replace(",", " ").replace(".", " ").replace("!", " ").replace("?", " ")
    return " ".join(plain.split())


class AnswerCache:
    """The answers to the last `size` different questions."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[str, Reply | HandOff] = OrderedDict()
        self._verbatim: dict[str, str] = {}
        """Questions exactly as they were written, with their normal form: most come from buttons and are written alike."""

    def get(self, text: str) -> Reply | HandOff | None:
        if len(text) > _LONGEST:
            return None
        key = self._verbatim.get(text) or normal(text)
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
            if len(self._verbatim) >= self._size:
                self._verbatim.clear()
            self._verbatim[text] = key
        return answer

    def put(self, text: str, answer: Reply | HandOff) -> None:
        if len(text) > _LONGEST:
            return
        self._answers[normal(text)] = answer
        if len(self._answers) > self._size:
            self._answers.popitem(last=False)
