"""Custom actions in Python code of the project, run in this process.

Such code has all rights of the hub, and a blocking call stops the event loop. It is loaded only where the configuration names it, never
because it is part of a project. Code of untrusted authors belongs on an action server (bots/dialogue/rasa.py).
"""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

from bots.dialogue.actions import ActionFailedError, ActionRefusedError, Answer
from bots.dialogue.sdk import CollectingDispatcher, Tracker, is_action, modules

_PACKAGE = "actions"


class PythonActionsError(Exception):
    """A project's code cannot be loaded; the text says why."""


class PythonActions:
    """Implements bots.dialogue.actions.Actions with the `Action` classes of a project's package `actions` (or module actions.py)."""

    def __init__(self, folder: Path) -> None:
        """Raises PythonActionsError for any error of the project's code during loading."""
        self._actions: dict[str, Any] = {}
        try:
            with _importing(folder):
                for module in _modules():
                    self._register(module)
        except Exception as error:
            message = f"{folder}/{_PACKAGE}: {type(error).__name__}: {error}"
            raise PythonActionsError(message) from error

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._actions)

    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:
        if (action := self._actions.get(name)) is None:
            message = f"{name}: the package {_PACKAGE} has no such action"
            raise ActionFailedError(message)
        dispatcher = CollectingDispatcher()
        try:
            events = action.run(dispatcher, Tracker.from_dict(deepcopy(call["tracker"])), call["domain"])
            events = await events if hasattr(events, "__await__") else events
        except Exception as error:
            # By name: where rasa-sdk is installed the class is that package's.
            if type(error).__name__ == "ActionExecutionRejection":
                raise ActionRefusedError(name) from error
            message = f"{name}: {type(error).__name__}: {error}"
            raise ActionFailedError(message) from error
        return Answer(tuple(event for event in events or () if isinstance(event, dict)), tuple(dispatcher.messages))

    def _register(self, module: ModuleType) -> None:
        for thing in vars(module).values():
            if is_action(thing) and thing.__module__ == module.__name__:
                try:
                    action = thing()
                    name = action.name()
                except NotImplementedError:
                    continue  # a base of other actions, as rasa-sdk itself has them
                self._actions[name] = action


def _modules() -> Iterator[ModuleType]:
    package = importlib.import_module(_PACKAGE)
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{_PACKAGE}."):
        yield importlib.import_module(found.name)


@contextmanager
def _importing(folder: Path) -> Iterator[None]:
    """Imports from a project's folder; afterwards another project may have a package of the same name."""
    if "rasa_sdk" not in sys.modules and importlib.util.find_spec("rasa_sdk") is None:
        sys.modules.update(modules())
    path, kept = str(folder.resolve()), sys.dont_write_bytecode
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == _PACKAGE}
    sys.path.insert(0, path)
    sys.dont_write_bytecode = True
    try:
        importlib.invalidate_caches()
        yield
    finally:
        sys.path.remove(path)
        sys.dont_write_bytecode = kept
        for name in [name for name in sys.modules if name.split(".")[0] == _PACKAGE]:
            del sys.modules[name]
        sys.modules.update(before)
