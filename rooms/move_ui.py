"""Moves the desk's modules to their rooms: files, imports, and every mention of them in tests, documents and Python.

    python3 rooms/move_ui.py rooms/ui.json

`files` says each file's new place below hub/desk/ui. Where a component has another name then, its tags and its binding get it, too.
"""

import json
import posixpath
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
UI = "hub/desk/ui/"
FILES: dict[str, str] = json.loads(Path(sys.argv[1]).read_text())["files"]
SOURCES = (".ts", ".vue", ".css")
TEXTS = {".md", ".py", ".toml", ".json", ".yml", ""}
SPECIFIER = re.compile(r"""((?:\bfrom|\bimport|\bmock)\s*\(?\s*|<style[^>]*\bsrc=)(["'])([@.][^"']*)\2""")


def tracked(*patterns: str) -> list[str]:
    return subprocess.check_output(["git", "ls-files", *patterns], cwd=ROOT, text=True).split()


EXISTING = {path.removeprefix(UI) for path in tracked(f"{UI}*")}


def resolved(specifier: str, importer: str) -> tuple[str, str]:
    """The file that is meant, and what was left out of its name."""
    path = "src/" + specifier[2:] if specifier.startswith("@/") else posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))
    return next(((path + tail, tail) for tail in ("", ".ts", "/index.ts", ".d.ts") if path + tail in EXISTING), ("", ""))


def specifier_of(path: str, tail: str, importer: str) -> str:
    short = path.removesuffix(tail) if tail else path
    if posixpath.dirname(path) == posixpath.dirname(importer):
        return "./" + posixpath.basename(short)
    return "@/" + short.removeprefix("src/") if short.startswith("src/") else posixpath.relpath(short, posixpath.dirname(importer))


def rewritten(text: str, old: str) -> str:
    new = FILES.get(old, old)
    renamed: dict[str, str] = {}

    def specifier(match: re.Match[str]) -> str:
        path, tail = resolved(match[3], old)
        if not path:
            return match[0]
        to = FILES.get(path, path)
        before, after = (posixpath.basename(each).removesuffix(".vue") for each in (path, to))
        if path.endswith(".vue") and before != after:
            renamed[before] = after
        if path.startswith("src/") and not (path.endswith(".css") and match[3].startswith("@/")):
            return f"{match[1]}{match[2]}{specifier_of(to, tail, new)}{match[2]}"
        return match[0] if old == new else f"{match[1]}{match[2]}{specifier_of(to, tail, new)}{match[2]}"

    text = SPECIFIER.sub(specifier, text)
    for before, after in renamed.items():
        if re.search(rf"\bimport {before} from ", text):
            text = re.sub(rf"(</?|\bimport |\btypeof ){before}\b(?![.\w])", rf"\g<1>{after}", text)
    return text


def main() -> None:
    for path in sorted(EXISTING):
        if path.endswith(SOURCES):
            file = ROOT / UI / path
            before = file.read_text()
            if (after := rewritten(before, path)) != before:
                file.write_text(after)
    names = {f"{UI}{a}": f"{UI}{b}" for a, b in FILES.items()}
    for path in tracked():
        file = ROOT / path
        if path.startswith((UI, "rooms/")) or file.suffix not in TEXTS or file.is_symlink():
            continue
        try:
            before = after = file.read_text()
        except UnicodeDecodeError:
            continue
        after = re.sub(r"hub/desk/ui/[\w./]+", lambda match: names.get(match[0], match[0]), after)
        # [outbox.ts](…/outbox.ts): links are called by what they lead to.
        after = re.sub(r"\[\w+\.(?:ts|vue)\]\(([^)\s]*hub/desk/ui/[^)\s]*?)(\w+\.(?:ts|vue))\)", r"[\2](\1\2)", after)
        if path == "tests/browser/screens.py":
            after = re.sub(r'"((?:desk|robot|quality|screens)/\w+\.(?:ts|vue))"', lambda match: f'"{FILES.get("src/" + match[1], "src/" + match[1]).removeprefix("src/")}"', after)
        if after != before:
            file.write_text(after)
    for old, new in FILES.items():
        (ROOT / UI / new).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "mv", UI + old, UI + new], cwd=ROOT, check=True)


main()
