"""Renames variables, parameters and attributes that were called after a type of before, in all files or in some.

    python3.13 rooms/variables.py rooms/variables.txt
"""

import io
import re
import subprocess
import sys
import tokenize
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMES: list[tuple[str, str, list[str], list[str]]] = []
for line in Path(sys.argv[1]).read_text().splitlines():
    if line.strip() and not line.startswith("#"):
        old, new, *places = line.split()
        NAMES.append((old, new, [p for p in places if not p.startswith("!")], [p[1:] for p in places if p.startswith("!")]))


def names_for(path: str) -> dict[str, str]:
    found = {}
    for old, new, only, never in NAMES:
        if (not only or any(fnmatch(path, each) for each in only)) and not any(fnmatch(path, each) for each in never):
            found |= {old: new, f"_{old}": f"_{new}"}
    return found


def main() -> None:
    for path in filter(None, subprocess.check_output(["git", "ls-files", "*.py"], cwd=ROOT, text=True).split("\n")):
        if path.startswith("rooms/"):
            continue
        names, file = names_for(path), ROOT / path
        text = file.read_text()
        lines, edits, used, bound = text.split("\n"), [], set[str](), set[str]()
        statement, imports = True, False
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                if statement and token.string in {"from", "import"}:
                    imports = True
                if imports:
                    bound.add(token.string)
                else:
                    used.add(token.string)
                    if token.string in names:
                        edits.append((token.start[0], token.start[1], token.end[1], names[token.string]))
                statement = False
            elif token.type == tokenize.NEWLINE:
                statement, imports = True, False
            elif token.type not in {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT}:
                statement = False
        edits = [each for each in edits if lines[each[0] - 1][each[1]:each[2]] not in bound]
        made = {new for *_, new in edits}
        for old, new in names.items():
            if old in used and new in used:
                print("clash", path, old, new)
        for row, start, end, new in sorted(edits, reverse=True):
            lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
        after = "\n".join(lines)
        for old, new in names.items():
            if new in made:
                after = after.replace(f"`{old}`", f"`{new}`")
        if after != text:
            file.write_text(after)


main()
