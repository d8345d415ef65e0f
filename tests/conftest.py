"""One hub a module where its tests do not disturb each other."""

import gc
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from warnings import WarningMessage

import pytest
from hypothesis import HealthCheck, settings

from okno.__main__ import COLLECTOR
from tests import missing_programs, parts
from tests.acceptance import requirements_at
from tests.house import House, People, house_in, people, plain

pytest_plugins = ("tests.rig_fixtures",)

gc.set_threshold(*COLLECTOR)  # as `okno` does

# How long an example takes says how busy the machine is.
settings.register_profile("okno", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("okno")

HERE = Path(__file__).parent
WAITING = ("channels/voice/", "journeys/", "channels/sms/", "channels/fax/", "channels/email/")
"""Folders whose tests mostly wait, those that wait longest first: calls last real seconds, and the power fails again and again."""
LONG = ("browser/",)
"""Folders whose files keep the processors busy longest: none of them may be left for the end."""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(parts)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files in the order in which workers take them (--no-loadscope-reorder); for a report, each with its requirements (GV-07)."""
    if config.getoption("xmlpath"):
        for item in items:
            of = requirements_at(item.path).get(getattr(item, "originalname", ""), ())
            item.user_properties += [("requirement", each) for each in of]
    of_paths: dict[Path, list[pytest.Item]] = {}
    for item in items:
        of_paths.setdefault(item.path, []).append(item)
    files = {path.relative_to(HERE).as_posix(): of for path, of in of_paths.items()}
    waiting, long = ([file for folder in folders for file in files if file.startswith(folder)] for folders in (WAITING, LONG))
    others = [file for file in files if not file.startswith((*WAITING, *LONG))]
    # One of each after the other: browsers alone would leave calls no processor, and nobody is left waiting alone at the end.
    order = [file for each in zip_longest(waiting, long, others) for file in each if file is not None]
    items[:] = [item for file in order for item in files[file]]


@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message: WarningMessage) -> None:
    """What strangers write need be no UTF-8; a worker that hands on a warning of it would end the whole run."""
    text = str(warning_message.message)
    if text != (legible := text.encode("utf8", "backslashreplace").decode()):
        warning_message.message = warning_message.category(legible)


@contextmanager
def _as_far_as_installed() -> Iterator[None]:
    """Whatever starts a program that this machine lacks, itself or by the hub, is skipped by its name (tests/missing_programs.py)."""
    try:
        yield
    except Exception as error:
        if program := missing_programs.missing(error):
            missing_programs.lacks(program, missing_programs.PACKAGES[program])
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    with _as_far_as_installed():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    with _as_far_as_installed():
        return (yield)


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """In logic its robot knows nothing, but where the module has the mark `demonstration`."""
    folder = tmp_path_factory.mktemp("house")
    knows = parts.running() != parts.LOGIC or request.node.get_closest_marker(parts.DEMONSTRATION)
    with house_in(folder, None if knows else plain(folder)) as running:
        yield running


@pytest.fixture
async def at(house: House) -> AsyncIterator[People]:
    """The people of one test at the module's hub."""
    async with people(house) as present:
        yield present
