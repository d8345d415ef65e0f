"""Renames what the desk's modules export, and moves it to other modules: definitions by hand, all that use them by this.

    python3 rooms/rename_ui.py rooms/ui_names.json

The table: {"room/module": {"old": "new" or "room/other:new"}}. Strings, comments, styles and keys of objects stay.
"""

import json
import posixpath
import re
import subprocess
import sys
from pathlib import Path

UI = Path(__file__).parent.parent / "hub/desk/ui"
TABLE: dict[str, dict[str, str]] = json.loads(Path(sys.argv[1]).read_text())
IMPORT = re.compile(r"^import (type )?(\{[^}]*\}|\* as \w+) from \"([^\"]+)\";\n", re.MULTILINE)
CODE = re.compile(r"""(/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|/(?![*/\s])(?:\\.|\[[^\]\n]*\]|[^/\\\n\[])+/[a-z]*(?=[.,;)\s]))""", re.DOTALL)


def module_of(specifier: str, importer: str) -> str:
    if specifier.startswith("@/"):
        return specifier[2:]
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier)).removeprefix("src/")


def specifier_of(module: str, importer: str) -> str:
    at = posixpath.dirname(importer)
    return f"./{posixpath.basename(module)}" if f"src/{posixpath.dirname(module)}" == at else f"@/{module}"


def in_code(text: str, renames: dict[str, str]) -> str:
    """Outside of strings and comments, and inside of `${}`."""
    if not renames:
        return text
    name = re.compile(r"(?<![\w$]\.)(?<![\w$?]\?\.)(?<![\w$])(?<!\)\.)(?<!\]\.)(" + "|".join(map(re.escape, sorted(renames, key=len, reverse=True))) + r")(?![\w$])(?!\??:)")
    return "".join(part if at % 2 else name.sub(lambda match: renames[match[1]], part) for at, part in enumerate(CODE.split(text)))


def renamed(text: str, path: str) -> str:
    if not path.endswith(".vue"):
        return in_script(text, path, {})
    renames: dict[str, str] = {}
    text = re.sub(r"(<script setup[^>]*>\n)(.*?)(</script>)", lambda m: m[1] + in_script(m[2], path, renames) + m[3], text, flags=re.DOTALL)
    if not renames:
        return text
    at, end = text.index("<template>"), text.rindex("</template>")
    template = text[at:end]
    template = re.sub(r"(\s(?:[:@#]|v-)[\w:.\[\]-]+=\")([^\"]*)(\")", lambda m: m[1] + in_code(m[2], renames) + m[3], template)
    template = re.sub(r"(\{\{)(.*?)(\}\})", lambda m: m[1] + in_code(m[2], renames) + m[3], template, flags=re.DOTALL)
    return text[:at] + template + text[end:]


def in_script(text: str, path: str, renames: dict[str, str]) -> str:
    own = path.removeprefix("src/").removesuffix(".ts")
    made: dict[tuple[str, str], list[str]] = {}
    spaces: list[tuple[str, dict[str, str]]] = []

    def statement(match: re.Match[str]) -> str:
        kind, what, module = match[1] or "", match[2], module_of(match[3], path)
        table = TABLE.get(module, {})
        if what.startswith("*"):
            if table:
                spaces.append((what.rpartition(" ")[2], table))
            return match[0]
        stay = []
        for item in filter(None, (each.strip() for each in what[1:-1].split(","))):
            prefix = "type " if item.startswith("type ") else ""
            name, _, alias = item.removeprefix("type ").partition(" as ")
            if name not in table:
                stay.append(item)
                continue
            place, _, new = table[name].rpartition(":")
            renames[alias or name] = new
            if place and place != own:
                made.setdefault((kind, place), []).append(prefix + new)
            elif not place:
                stay.append(prefix + new)
        return f"import {kind}{{ {', '.join(stay)} }} from \"{match[3]}\";\n" if stay else ""

    text = IMPORT.sub(statement, text)
    if own in TABLE:
        renames |= {old: new.rpartition(":")[2] for old, new in TABLE[own].items()}
    parts = re.split(r"(^import .*?;\n)", text, flags=re.MULTILINE | re.DOTALL)
    text = "".join(part if at % 2 else in_code(part, renames) for at, part in enumerate(parts))
    for space, table in spaces:
        for old, new in table.items():
            text = re.sub(rf"\b{space}\.{old}\b", f"{space}.{new}", text)
    for (kind, place), names in made.items():
        there = re.search(rf'^import {kind}\{{ ([^}}]*) \}} from "{re.escape(specifier_of(place, path))}";$', text, re.MULTILINE)
        if there:
            text = text.replace(there[0], there[0].replace(there[1], ", ".join([there[1], *names])))
        else:
            first = re.search(r"^import ", text, re.MULTILINE)
            at = first.start() if first else 0
            text = f'{text[:at]}import {kind}{{ {", ".join(names)} }} from "{specifier_of(place, path)}";\n{text[at:]}'
    return text


for name in subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard", "src", "tests"], cwd=UI, text=True).split():
    if name.endswith((".ts", ".vue")) and (file := UI / name).exists():
        before = file.read_text()
        if (after := renamed(before, name)) != before:
            file.write_text(after)
