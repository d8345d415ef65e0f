"""`okno catalogue`: import of services, bodies and offices as drafts, and export, also while the hub runs (KB-03)."""

import argparse
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from hub.kernel.errors import OknoError, RefusedError, UnavailableError
from hub.knowledge.catalogue.diff import Difference
from hub.knowledge.catalogue.formats import READERS, WRITERS
from hub.knowledge.catalogue.importer import Accepted, CatalogueImport, Looked, Source
from hub.knowledge.catalogue.portal_importer import PortalImport
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import title_of
from okno.config import Config
from okno.content import content_of
from okno.stores import now, open_words_and_store
from okno.systems import portal_of

NOBODY = Operator("", "", role=Role.DESIGNER)
"""The operating system account: any operator may publish what it imports."""
SHORT = 60
"""Maximum shown characters of a value."""


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno catalogue` and its actions."""
    actions = commands.add_parser("catalogue", help="services, bodies and offices as files").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    taken = actions.add_parser("import", parents=[common], help="print what a file would change, and take it in as drafts")
    taken.add_argument("file", type=Path, help=f"one of {', '.join(READERS)}")
    taken.add_argument("--source", default="", metavar="TEXT", help="where records are from that do not say so")
    taken.add_argument("--whole", action="store_true", help="the file has all that there is: name what is known and not in it")
    taken.add_argument("--apply", action="store_true", help="write the drafts; without it nothing is changed")
    pulled = actions.add_parser("pull", parents=[common], help="print what a portal's register would change, and take it in as drafts")
    pulled.add_argument("portal", help="its id in the configuration")
    pulled.add_argument("--apply", action="store_true", help="write the drafts; without it nothing is changed")
    pulled.add_argument("--again", action="store_true", help="with --apply: also where the register has not changed")
    written = actions.add_parser("export", parents=[common], help="write what holds today into a file")
    written.add_argument("file", type=Path, help=f"one of {', '.join(WRITERS)}")


async def perform(options: argparse.Namespace, config: Config) -> None:
    """Run the command; raises OknoError."""
    store = open_words_and_store(config)
    editorial = Editorial(store, now, ZoneInfo(config.centre.timezone))
    importing = CatalogueImport(editorial, store)
    try:
        await editorial.start(lambda: content_of(config))
        if options.action == "export":
            options.file.write_bytes(importing.export(options.file.suffix.casefold()))
        elif options.action == "pull":
            await _pull(options, config, importing, store)
        else:
            source = Source(options.file.name, options.file.read_bytes(), options.source, options.whole)
            await _take_in(importing, source, apply=options.apply)
    except UnavailableError as error:
        message = f"{options.portal}: {error}"
        raise OknoError(message) from error
    except OSError as error:
        message = f"{options.file}: {error.strerror}"
        raise OknoError(message) from error
    except RefusedError as error:
        raise OknoError(error.text) from error
    finally:
        await editorial.close()
        await store.close()


async def _pull(options: argparse.Namespace, config: Config, importing: CatalogueImport, store: Store) -> None:
    settings = next((each for each in config.portals if each.id == options.portal), None)
    if settings is None:
        message = f"there is no portal {options.portal!r} in the configuration"
        raise OknoError(message)
    portal = portal_of(settings)
    portal_import = PortalImport(settings.id, settings.title, portal, importing, store, now)
    try:
        if not options.apply:
            looked, accepted = await portal_import.look(), None
        else:
            brought = await portal_import.take_in(NOBODY, again=options.again)
            looked, accepted = (brought.looked, brought.accepted) if brought else (None, None)
    finally:
        await portal.close()
    if looked is None:
        print("nothing has changed since the last pull")
        return
    _print(looked)
    if accepted:
        _print_accepted(accepted)


async def _take_in(importing: CatalogueImport, source: Source, *, apply: bool) -> None:
    looked = await importing.look(source)
    _print(looked)
    if not apply or not looked.diff.differences:
        return
    seen = {each.name: looked.versions.get(each.name, 0) for each in looked.diff.differences}
    _print_accepted(await importing.accept(NOBODY, source, seen, now()))


def _print_accepted(accepted: Accepted) -> None:
    print(f"drafts written: {len(accepted.written)}")
    for name, why in accepted.refused.items():
        print(f"refused: {name}: {why}")


def _print(looked: Looked) -> None:
    for each in looked.diff.differences:
        print(f"{'~' if each.before else '+'} {each.name}  {title_of(each.after)}")
        for line in _lines(each):
            print(f"    {line}")
    for card in looked.diff.missing:
        print(f"- {card.id}  {title_of(card)}: not in the file; it stays until somebody withdraws it")
    new = sum(each.before is None for each in looked.diff.differences)
    print(f"new {new}, changed {len(looked.diff.differences) - new}, same {looked.diff.same}, not in the file {len(looked.diff.missing)}")


def _lines(difference: Difference) -> list[str]:
    changed = [f"{each.field}: {_short(each.before)} → {_short(each.after)}" for each in difference.changes] if difference.before else []
    return [*changed, *([f"lacks: {', '.join(difference.lacking)}"] if difference.lacking else [])]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return (f"{line[:SHORT]}…" if len(line) > SHORT else line) or "(empty)"
