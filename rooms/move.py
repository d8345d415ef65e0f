"""Moves modules to their rooms: files, imports, and every mention of them in code, configuration and documents.

    python3 rooms/move.py rooms/modules.json

`modules` says each file's new place; `definitions` says which file a definition goes to whose file is taken apart.
"""

import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = json.loads(Path(sys.argv[1]).read_text())
FILES: dict[str, str] = TABLE["modules"]
DEFINITIONS: dict[str, dict[str, str]] = TABLE.get("definitions", {})


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {dotted(a): dotted(b) for a, b in FILES.items() if a.endswith(".py")}
SYMBOLS = {(dotted(f), name): dotted(to) for f, found in DEFINITIONS.items() for name, to in found.items()}
TAKEN_APART = {dotted(f) for f in DEFINITIONS}
SKIPPED = ("rooms/", "hub/desk/ui/openapi.json", "hub/desk/ui/src/api/schema.d.ts", "requirements.lock")
TEXTS = {".py", ".md", ".toml", ".ts", ".vue", ".yml", ".yaml", ".sh", ".cfg", ".json", ".conf", ".service", ".html", ".txt", ""}


def home(module: str, name: str) -> str:
    """Where a name of a module is from now on."""
    return SYMBOLS.get((module, name)) or MODULES.get(module, module)


def statement(indent: str, module: str, names: list[str], comment: str) -> str:
    line = f"{indent}from {module} import {', '.join(names)}{comment}"
    if len(line) <= 140 or comment:
        return line
    return f"{indent}from {module} import (\n" + "".join(f"{indent}    {name},\n" for name in names) + f"{indent})"


def with_imports(text: str) -> tuple[str, list[str]]:
    """The same with marks in the place of all imports of what moves, and these as they are from now on."""
    lines, found, made = text.split("\n"), [], list[str]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            pairs = [(a.name, a.asname) for a in node.names]
            groups: dict[str, list[str]] = defaultdict(list)
            for name, known in pairs:
                whole = f"{node.module}.{name}"
                if whole in MODULES:
                    package, _, last = MODULES[whole].rpartition(".")
                    groups[package].append(last if (known or name) == last else f"{last} as {known or name}")
                else:
                    groups[home(node.module, name)].append(f"{name} as {known}" if known else name)
            if list(groups) != [node.module]:
                found.append((node.lineno, node.end_lineno or node.lineno, node.col_offset, groups))
        elif isinstance(node, ast.Import) and any(a.name in MODULES for a in node.names):
            print("by hand:", ast.unparse(node))
    for first, last, column, groups in sorted(found, reverse=True, key=lambda each: each[0]):
        rest = re.search(r"(\s*#.*)$", lines[last - 1])
        comment = rest[1] if rest else ""
        lines[first - 1:last] = [f"\0{len(made)}\0"]
        made.append("\n".join(statement(" " * column, module, names, comment) for module, names in groups.items()))
    return "\n".join(lines), made


def taken_apart(path: str, texts: dict[str, list[tuple[str, str]]]) -> str:
    """Collects the definitions of a file that is taken apart by their new files; gives what is left of it."""
    text = (ROOT / path).read_text()
    tree, lines = ast.parse(text), text.split("\n")
    known: dict[str, tuple[str, str, str | None]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for a in node.names:
                known[a.asname or a.name] = (node.module, a.name, a.asname)
    here: set[str] = set(DEFINITIONS[path])
    body, number, module = tree.body, 0, dotted(path)
    while number < len(body):
        node = body[number]
        names = ([node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                 else [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign)
                 else [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else [])
        end = node.end_lineno or node.lineno
        follows = body[number + 1] if number + 1 < len(body) else None
        tells = isinstance(follows, ast.Expr) and isinstance(follows.value, ast.Constant) and isinstance(follows.value.value, str)
        if names and not isinstance(node, ast.ClassDef) and tells and follows is not None:
            end, number = follows.end_lineno or end, number + 1
        number += 1
        if not names or names[0] not in here:
            if names:
                print("stays in", path, names)
            continue
        to = DEFINITIONS[path][names[0]]
        begin = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        segment = "\n".join(lines[begin - 1:end])
        needs = set()
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                needs.add(each.id)
        imports = []
        for name in sorted(needs):
            if name in known:
                source, real, alias = known[name]
                place = home(source, real)
                if place != dotted(to):
                    imports.append(f"from {place} import {real}{f' as {alias}' if alias else ''}")
            elif name in here and home(module, name) != dotted(to):
                imports.append(f"from {home(module, name)} import {name}")
        is_class = isinstance(node, ast.ClassDef | ast.FunctionDef)
        texts[to].append(("\n".join(imports), ("\n\n" if is_class else "") + segment))
    return text


def in_words(text: str, path: str) -> str:
    """The same with every mention: `hub.days`, hub/days.py, and days.py beside it."""
    def module(match: re.Match[str]) -> str:
        whole = match[0]
        parts = whole.split(".")
        for count in range(len(parts), 1, -1):
            prefix = ".".join(parts[:count])
            rest = parts[count:]
            if rest and (prefix, rest[0]) in SYMBOLS:
                return ".".join([SYMBOLS[prefix, rest[0]], *rest])
            if prefix in MODULES:
                return ".".join([MODULES[prefix], *rest])
        return whole

    def file(match: re.Match[str]) -> str:
        return FILES.get(match[0], match[0])

    text = re.sub(r"(?<![\w./-])(?:hub|okno|tests)(?:\.\w+)+", module, text)
    text = re.sub(r"(?<![\w])(?:hub|okno|tests)/[\w/]+\.\w+", file, text)
    folder = path.rpartition("/")[0]
    seats = [folder, "hub"] if folder.startswith(("hub/desk", "okno", "tests/hub")) and folder.count("/") <= 1 else [folder] if folder == "hub" else []

    def beside(match: re.Match[str]) -> str:
        for seat in seats:
            if (to := FILES.get(f"{seat}/{match[0]}")) is not None:
                mine = FILES.get(path, path)
                if to.rpartition("/")[0] == mine.rpartition("/")[0]:
                    return to.rpartition("/")[2]
                return to.removeprefix("hub/desk/").removeprefix("hub/") if mine.startswith("hub/") else to
        return match[0]

    return re.sub(r"(?<![\w./-])\w+\.py\b", beside, text) if seats and path.endswith(".py") else text


def main() -> None:
    tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split("\n")
    new: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in DEFINITIONS:
        taken_apart(path, new)
    for path in filter(None, tracked):
        file = ROOT / path
        if path in DEFINITIONS or path.startswith(SKIPPED) or file.suffix not in TEXTS or file.is_symlink() or path.endswith("package-lock.json"):
            continue
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        marked, made = with_imports(text) if file.suffix == ".py" else (text, [])
        after = re.sub("\0(\\d+)\0", lambda match: made[int(match[1])], in_words(marked, path))
        if after != text:
            file.write_text(after)
    for path, parts in new.items():
        imports = sorted({line for lines, _ in parts for line in lines.split("\n") if line})
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join([f'"""What the room needs of others."""\n', *imports, *(in_words(segment, path) for _, segment in parts)]) + "\n"
        (ROOT / path).write_text(text)
    for old, place in FILES.items():
        if (ROOT / old).exists():
            (ROOT / place).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["git", "mv", old, place], cwd=ROOT, check=True)
    for path in DEFINITIONS:
        subprocess.run(["git", "rm", "-qf", path], cwd=ROOT, check=True)


main()
