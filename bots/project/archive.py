"""A project as one zip file, for versions, downloads and uploads."""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

LARGEST = 20_000_000
"""Bytes of all files together, unpacked."""
MOST_FILES = 2_000
LONGEST_NAME = 255
"""Maximum bytes of a file's or folder's name on all common file systems."""
KINDS = (".yml", ".yaml", ".py")
"""Files of a project: its texts, and the code of its actions; models and logs are not included."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""A fixed time: equal projects give equal files."""


class ProjectArchiveError(ValueError):
    """Invalid packed project; the text says why, in Russian."""


def pack(files: Mapping[str, str]) -> bytes:
    """Texts by their paths, as "data/nlu.yml"."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(ZipInfo(path, _EPOCH), files[path], ZIP_DEFLATED)
    return packed.getvalue()


def pack_folder(folder: Path) -> bytes:
    """The project in a folder. Raises OSError and UnicodeDecodeError."""
    paths = [path for path in folder.rglob("*") if path.suffix in KINDS and path.is_file()]
    relative = {path.relative_to(folder): path for path in paths}
    return pack({name.as_posix(): path.read_text("utf-8-sig") for name, path in relative.items() if _belongs(name.as_posix())})


def unpack(packed: bytes) -> dict[str, str]:
    """The texts of an archive by `pack`, or of any zip of a project's folder. Raises ProjectArchiveError."""
    try:
        with ZipFile(BytesIO(packed)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and _belongs(info.filename)]
            _check_sizes(infos)
            files = {info.filename: archive.read(info).decode("utf-8-sig") for info in infos}
    except ProjectArchiveError:
        raise
    except UnicodeDecodeError as error:
        message = "в архиве есть файл не в UTF-8"
        raise ProjectArchiveError(message) from error
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, struct.error, zlib.error) as error:
        message = f"это не архив zip: {error}"
        raise ProjectArchiveError(message) from error
    _check_names(files)
    return _without_outer_folder(files)


@contextmanager
def folder_of(files: Mapping[str, str]) -> Iterator[Path]:
    """A temporary folder with these files."""
    with TemporaryDirectory(prefix="okno-") as name:
        folder = Path(name)
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        yield folder


def _belongs(name: str) -> bool:
    """Excludes files outside the folder, hidden ones, and generated ones."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and not any(part.startswith(".") or part in {"..", "__pycache__", "__MACOSX"} for part in path.parts)
    return inside and "\\" not in name and path.suffix in KINDS


def _check_sizes(infos: Sequence[ZipInfo]) -> None:
    if any(info.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for info in infos):
        raise ProjectArchiveError("архив сжат способом, который здесь не читается: подойдёт обычный zip")
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > LARGEST:
        message = f"проект слишком велик: не больше {MOST_FILES} файлов и {LARGEST // 1_000_000} МБ"
        raise ProjectArchiveError(message)


def _check_names(files: Mapping[str, str]) -> None:
    """Raises ProjectArchiveError for impossible names: too long, or of a file and a folder at once."""
    for path in map(PurePosixPath, files):
        if any(len(part.encode()) > LONGEST_NAME for part in path.parts) or any(str(folder) in files for folder in path.parents):
            message = f"так файл называться не может: {str(path)[:LONGEST_NAME]}"
            raise ProjectArchiveError(message)


def _without_outer_folder(files: dict[str, str]) -> dict[str, str]:
    """A zip of a folder has the folder in every path."""
    tops = {path.split("/", 1)[0] for path in files}
    if len(tops) != 1 or any("/" not in path for path in files) or tops <= {"data", "domain", "tests"}:
        return files
    return {path.split("/", 1)[1]: text for path, text in files.items()}
