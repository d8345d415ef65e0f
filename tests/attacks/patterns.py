"""All patterns of the product with how they are asked: `python -m tests.attacks.patterns` prints them, a line of JSON each.

What `re` compiles while every module is imported is observed, however its text is put together; the settings' `Meta(pattern=…)` are among it.
Whatever else is given to `re` must be a text in one piece, which the source has, or stand in DYNAMIC, which makes some.
"""

import ast
import importlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = ("hub", "channels", "bots", "routing", "storage", "okno")
ASKING = frozenset({"search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"})
ANCHORED = frozenset({"match", "fullmatch"})
"""They begin at one place; the others try each."""
DYNAMIC = {
    "hub/quality/offensive_words.py": "phrases of the lexicon, as a list of settings has them",
    "hub/kernel/pattern_syntax.py": "one sign, and asked of one sign",
    "channels/voice/offline_calls.py": "the telephone's name in the configuration, asked of what Asterisk has written",
    "channels/voice/phones.py": "the same, asked of a channel's name",
    "channels/email/mail_intake.py": "the mailbox in the configuration, asked of a letter's head",
    "channels/email/reports.py": "SAYINGS, which are looked at one by one",
}
"""Files in which a pattern is made while the hub runs, and of what; `dynamic` has some of each."""


class EscapedError(Exception):
    """A pattern that nobody would collect."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "ui" not in path.relative_to(ROOT).parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf8"))


def of_re(node: ast.AST) -> str:
    """What of `re` it is, or ""."""
    return node.attr if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re" else ""


def written(file: str, tree: ast.Module) -> Iterator[tuple[str, int, int, str, str]]:
    """File, line, flags, how it is asked and pattern of what is given to `re` in functions. Raises EscapedError."""
    inside = {id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) for node in ast.walk(function)}
    for node in ast.walk(tree):
        place = f"{file}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"re", "sre_compile", "regex"}:
            raise EscapedError(place, "import re as it is")
        if isinstance(node, ast.Import) and any(each.name in {"re", "re2", "regex"} and (each.asname or (each.name != "re" and file != "hub/kernel/patterns.py")) for each in node.names):
            raise EscapedError(place, "import re as it is; RE2 is asked in hub/kernel/patterns.py alone")
        if not isinstance(node, ast.Call) or of_re(node.func) not in ASKING | {"compile"} or id(node) not in inside:
            continue
        if isinstance(node.args[0], ast.Constant):
            flags = 0
            for each in ast.walk(node):
                if (name := of_re(each)).isupper():
                    flags |= re.RegexFlag[name]
            yield file, node.lineno, int(flags), "anchored" if of_re(node.func) in ANCHORED else "anywhere", node.args[0].value
        elif file not in DYNAMIC:
            raise EscapedError(place, "a pattern made while the hub runs")


def dynamic() -> Iterator[tuple[str, int, int, str, str | bytes]]:
    """Some that DYNAMIC makes."""
    from channels.email.reports import SAYINGS  # noqa: PLC0415 - after it is observed
    from channels.voice.offline_calls import OfflineCallFolder  # noqa: PLC0415 - after it is observed
    from channels.voice.phones import Phones  # noqa: PLC0415 - after it is observed
    from hub.quality.offensive_words import OffensiveWords  # noqa: PLC0415 - after it is observed

    for words in ("дура*", "- нет", "а а а", "заткни* рот", "* !", "а* - б*"):
        for _, pattern in OffensiveWords([words])._phrases:
            yield "hub/quality/offensive_words.py", 0, pattern.flags, "anywhere", pattern.pattern
    for phone in ("PJSIP/{login}", "Local/{login}@operators/n", "{login}", "SIP/-{login}-a"):
        for each in (OfflineCallFolder(ROOT, phone)._phone, Phones(None, phone, None)._whose):  # type: ignore[arg-type]  # it is not asked
            yield "channels/voice/phones.py", 0, each.flags, "anchored", each.pattern
    yield "channels/email/mail_intake.py", 0, int(re.IGNORECASE | re.MULTILINE), "anywhere", rb"^X-Loop:[ \t]*ask@okno\.example[ \t]*\r?$"
    for pattern, _ in SAYINGS:
        yield "channels/email/reports.py", 0, int(re.IGNORECASE), "anywhere", pattern


def observed() -> Iterator[tuple[str, int, re.Pattern]]:  # type: ignore[type-arg]  # of both kinds
    """What is compiled while the product is imported: by the file and line that did it."""
    seen, genuine = [], re.compile

    def compile_(pattern: Any, flags: int = 0) -> Any:
        compiled = genuine(pattern, flags)
        frame = sys._getframe(1)
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(ROOT) and file.relative_to(ROOT).parts[0] in FOLDERS:
            seen.append((str(file.relative_to(ROOT)), frame.f_lineno, compiled))
        return compiled

    re.compile = compile_
    for file, _ in sources():
        name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if not name.endswith("__main__"):
            importlib.import_module(name)
    re.compile = genuine
    yield from seen


def asked() -> tuple[dict[tuple[str, int], str], dict[str, set[str]]]:
    """By its line the name that a pattern gets, and by name how it is asked, wherever that is imported."""
    names, ways = dict[tuple[str, int], str](), defaultdict[str, set[str]](set)
    for file, tree in sources():
        home, inner = dict[str, str](), dict[int, ast.Attribute]()
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) \
                    and isinstance(node.value, ast.Call) and of_re(node.value.func) == "compile":
                names |= {(file, line): f"{file}:{node.targets[0].id}" for line in range(node.lineno, (node.end_lineno or 0) + 1)}
            elif isinstance(node, ast.ImportFrom) and node.module:
                home |= {each.asname or each.name: f"{node.module.replace('.', '/')}.py:{each.name}" for each in node.names}
            elif isinstance(node, ast.Attribute):
                inner[id(node.value)] = node
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                around = inner.get(id(node))
                name = home.get(node.id, f"{file}:{node.id}")
                ways[name].add(around.attr if around else "given away")
                if around:  # as of a module
                    further = inner.get(id(around))
                    ways[f"{name.replace('.py:', '/')}.py:{around.attr}"].add(further.attr if further else "given away")
    return names, ways


def main() -> None:
    names, ways = asked()
    found = []
    for file, line, pattern in observed():
        how = ways.get(names.get((file, line), ""), {"unknown"})
        found.append((file, line, pattern.flags, "anchored" if how <= ANCHORED else "anywhere", pattern.pattern))
    for file, tree in sources():
        found.extend(written(file, tree))
    found.extend(dynamic())
    for file, line, flags, how, pattern in found:
        binary = isinstance(pattern, bytes)
        text = pattern.decode("latin-1") if binary else pattern
        print(json.dumps({"file": file, "line": line, "flags": int(flags) & ~int(re.DEBUG), "how": how, "binary": binary, "text": text}))


if __name__ == "__main__":
    main()
