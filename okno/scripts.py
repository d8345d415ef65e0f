"""Builds the scripts of operators."""

from importlib.resources import files
from pathlib import Path

from msgspec.structs import replace

from hub.actions.conversation_actions import Actions
from hub.actions.script_runs import ScriptRunner
from hub.cases.topic_tree import TopicTree
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.knowledge.scripts.checks import flaws
from hub.knowledge.scripts.library import ScriptLibrary
from hub.knowledge.scripts.script import Script
from hub.knowledge.scripts.toml_format import ScriptFileError, read_scripts
from okno.config import Config
from okno.faults.config_error import ConfigError


def first_scripts(config: Config, topic_tree: TopicTree) -> list[Script]:
    """Initial scripts of a hub: the centre's own file, or the shipped ones, for the existing topics.

    Raises ConfigError for an unreadable file, or a script with flaws.
    """
    try:
        source = Path(config.scripts) if config.scripts else files("okno") / "demo" / "scripts.toml"
        read = read_scripts(source.read_text(encoding="utf8"))
    except OSError as error:
        message = f"scripts: {config.scripts}: {error.strerror}"
        raise ConfigError(message) from error
    except (ScriptFileError, UnicodeDecodeError) as error:
        message = f"scripts: {config.scripts}: {error}"
        raise ConfigError(message) from error
    found = read if config.scripts else [
        replace(script, topics=tuple(topic for topic in script.topics if topic in topic_tree)) for script in read]
    for script in found:
        if wrong := flaws(script, topic_tree):
            message = f"scripts: {config.scripts}: {script.key}: {', '.join(f'{each.flaw} {each.step or each.what}' for each in wrong)}"
            raise ConfigError(message)
    return list(found)


async def scripts_of(config: Config, sequencer: ConversationSequencer, store: Store, actions: Actions,
                     topic_tree: TopicTree) -> ScriptRunner:
    """Scripts and their runs: mandatory steps block closing. Raises ConfigError."""
    scripting = ScriptLibrary(store, sequencer.now, topic_tree, first_scripts(config, topic_tree))
    await scripting.start()
    script_runner = ScriptRunner(sequencer, store, actions, scripting)
    actions.unset.answer_by(script_runner.unset)
    return script_runner
