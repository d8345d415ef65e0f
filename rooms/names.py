"""Renames what rooms/names.txt lists, wherever it is defined, imported, or reached through its module.

    python3.13 rooms/names.py rooms/names.txt   # 3.12 and later see the names in f-strings
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMES: dict[tuple[str, str], str] = {}
for line in Path(sys.argv[1]).read_text().splitlines():
    if line.strip() and not line.startswith("#"):
        place, _, pairs = line.partition(":")
        module = (place if place.startswith("okno/") else f"hub/{place}").replace("/", ".")
        for pair in pairs.split(","):
            old, new = pair.split()
            NAMES[module, old] = new
SHORT = {old for (_, old) in NAMES}


def renamed(text: str, module: str) -> tuple[str, dict[str, str]]:
    tree = ast.parse(text)
    local: dict[str, str] = {}
    bound = {name for name in (n.id for n in ast.walk(tree) if isinstance(n, ast.Name))}
    modules: dict[str, str] = {}
    imported: set[tuple[int, str]] = set()
    others: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for a in node.names:
                if (new := NAMES.get((node.module, a.name))) is not None:
                    if a.asname is None:
                        local[a.name] = new
                    else:
                        imported.add((node.lineno, a.name))
                        local.setdefault("\0" + a.name, new)
                else:
                    others |= {(row, a.name) for row in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
                modules[a.asname or a.name] = f"{node.module}.{a.name}"
    for (place, old), new in NAMES.items():
        if place == module:
            local[old] = new
    for old, new in local.items():
        if not old.startswith("\0") and new in bound and new not in local:
            print(f"clash: {module}: {old} -> {new}")
    reached = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            place = modules.get(node.value.id)
            if place and (new := NAMES.get((place, node.attr))):
                reached[node.value.id, node.attr] = new
    if not local and not reached:
        return text, {}
    lines = text.split("\n")
    edits: list[tuple[int, int, int, str]] = []
    before: list[tokenize.TokenInfo] = []
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP:
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.string, 0)
        if token.type == tokenize.NAME and (token.start[0], token.string) not in others:
            dot = bool(before) and before[-1].string == "."
            if not dot and token.string in local:
                edits.append((token.start[0], token.start[1], token.end[1], local[token.string]))
            elif not dot and "\0" + token.string in local and any(name == token.string for _, name in imported):
                edits.append((token.start[0], token.start[1], token.end[1], local["\0" + token.string]))
            elif dot and len(before) > 1 and (before[-2].string, token.string) in reached:
                edits.append((token.start[0], token.start[1], token.end[1], reached[before[-2].string, token.string]))
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            before.append(token)
            del before[:-3]
    keyword, shadowed = keywords(text, local), shadows(text, local)
    for row, start, end, new in sorted(edits, reverse=True):
        if (row, start) not in keyword and not any(begin <= (row, start) < stop for begin, stop in shadowed[lines[row - 1][start:end]]):
            lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "\n".join(lines), local


def keywords(text: str, local: dict[str, str]) -> set[tuple[int, int]]:
    """Where a name is that of an argument, a field or a parameter: these stay."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg in local:
            found.add((node.lineno, node.col_offset))
        if isinstance(node, ast.arg) and node.arg in local:
            found.add((node.lineno, node.col_offset))
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id in local:
                    found.add((each.target.lineno, each.target.col_offset))
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name in local:
                    found.add((each.lineno, each.col_offset + len("def ") + (len("async ") if isinstance(each, ast.AsyncFunctionDef) else 0)))
    return found


def shadows(text: str, local: dict[str, str]) -> dict[str, list[tuple[tuple[int, int], tuple[int, int]]]]:
    """Where a function has a variable of its own that is called like this."""
    found: dict[str, list[tuple[tuple[int, int], tuple[int, int]]]] = defaultdict(list)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            own = set()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                args = node.args
                own |= {a.arg for a in [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]}
            waiting = list(ast.iter_child_nodes(node))
            while waiting:
                each = waiting.pop()
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    own.add(each.id)
                if isinstance(each, ast.MatchAs | ast.MatchStar) and each.name:
                    own.add(each.name)
                if isinstance(each, ast.ExceptHandler) and each.name:
                    own.add(each.name)
                if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                    waiting += list(ast.iter_child_nodes(each))
            body = node.body[0] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else node
            begin = (body.lineno, body.col_offset)
            for name in own & set(local):
                found[name].append((begin, (node.end_lineno or 0, node.end_col_offset or 0)))
    return found


def main() -> None:
    whole = {f"{module}.{old}": f"{module}.{new}" for (module, old), new in NAMES.items()}
    dotted = re.compile(r"(?<![\w./])(?:hub|okno)(?:\.\w+)+")
    for path in filter(None, subprocess.check_output(["git", "ls-files", "*.py", "*.md"], cwd=ROOT, text=True).split("\n")):
        if path.startswith("rooms/"):
            continue
        file = ROOT / path
        text = after = file.read_text()
        if path.endswith(".py"):
            after, local = renamed(text, path.removesuffix(".py").replace("/", "."))
            for old, new in local.items():
                if not old.startswith("\0"):
                    after = re.sub(rf"`{old}`", f"`{new}`", after)
        after = dotted.sub(lambda m: next((new + m[0][len(old):] for old, new in whole.items()
                                           if m[0] == old or m[0].startswith(old + ".")), m[0]), after)
        if after != text:
            file.write_text(after)


main()
