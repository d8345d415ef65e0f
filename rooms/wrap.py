"""Breaks lines of code that grew longer than 140 signs: after a comma, or before an operator, of the outermost bracket.

    python3.13 rooms/wrap.py FILES
"""

import io
import sys
import tokenize
from pathlib import Path

LIMIT = 140
OPERATORS = {"and", "or", "if", "else", "for", "|", "+"}


def wrapped(text: str) -> str:
    for _ in range(400):
        lines = text.split("\n")
        done = True
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        stack: list[tuple[int, int]] = []
        open_at: list[list[tuple[int, int]]] = []
        for token in tokens:
            if token.type == tokenize.OP and token.string in "([{":
                open_at.append(list(stack))
                stack.append(token.start)
            elif token.type == tokenize.OP and token.string in ")]}":
                stack.pop()
                open_at.append(list(stack))
            else:
                open_at.append(list(stack))
        for number, line in enumerate(lines, 1):
            if len(line) <= LIMIT or line.endswith("# wide"):
                continue
            best = None
            for index, token in enumerate(tokens):
                if token.start[0] != number or not open_at[index]:
                    continue
                after_comma = token.string == "," and token.type == tokenize.OP
                operator = token.string in OPERATORS and token.start[1] > 0
                column = token.end[1] if after_comma else token.start[1]
                if not (after_comma or operator) or column > LIMIT:
                    continue
                if after_comma and tokens[index + 1].string in ")]}":
                    continue
                depth = len(open_at[index])
                bracket = open_at[index][-1]
                indent = bracket[1] + 1 if bracket[0] == number else len(line) - len(line.lstrip())
                if bracket[0] != number and False:
                    continue
                rest = line[column:].lstrip()
                if column < indent + 20 or not rest or column <= len(line) - len(line.lstrip()):
                    continue
                score = (depth, 0 if after_comma else 1, -column)
                if best is None or score < best[0]:
                    best = (score, column, indent, rest)
            if best is None:
                continue
            _, column, indent, rest = best
            first = line[:column].rstrip()
            lines[number - 1:number] = [first, " " * indent + rest]
            text, done = "\n".join(lines), False
            break
        if done:
            break
    return text


for name in sys.argv[1:]:
    file = Path(name)
    before = file.read_text()
    after = wrapped(before)
    if after != before:
        file.write_text(after)
