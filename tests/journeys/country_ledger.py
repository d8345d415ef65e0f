"""Compares what both ends of each hand-over hold: arrived once, nothing lost or doubled, and one holder over the country."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from time import monotonic

from tests.channels.line import PATIENCE_S
from tests.house import Frame
from tests.journeys.branches import Branch, Country
from tests.journeys.ledger import faults_of
from tests.peers.nats import Federation


async def faults_at_rest(country: Country, servers: Federation) -> tuple[list[str], Counter[str]]:
    """The same, once all that was under way has arrived."""
    end = monotonic() + PATIENCE_S
    while (await faults_between(country))[0] and monotonic() < end:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(1)
    async with asyncio.timeout(PATIENCE_S):
        for code in country.branches:
            await servers.rests(code)
    return await faults_between(country)


async def faults_between(country: Country) -> tuple[list[str], Counter[str]]:
    """Everything that is amiss, and what became of those who were handed over."""
    faults, became = list[str](), Counter[str]()
    guests = {code: await guests_of(branch) for code, branch in country.branches.items()}
    for visit in country.visits:
        home, there = country.branches[visit.home], country.branches[visit.to]
        found = [row for row in guests[visit.to] if country.guest(row) is visit]
        entries = await home.admin.timeline(visit.conversation)
        faults += await faults_of(visit.visitor, home.admin, visit.replies)
        if len(found) != 1:
            faults.append(f"visit {visit.visitor.number} arrived {len(found)} times")
            continue
        guest = await there.admin.timeline(found[0]["id"])
        became[_became(entries)] += 1
        faults += [f"visit {visit.visitor.number}, {visit.home} to {visit.to}: {fault}"
                   for fault in _amiss(entries, guest, there.told.get(found[0]["id"], []))]
    return faults, became


async def guests_of(branch: Branch) -> list[Frame]:
    """All that other centres have handed over to it."""
    page = await branch.admin.does("GET", "/api/inbox?view=recent")
    rows: list[Frame] = page["conversations"]
    while page["next"]:
        page = await branch.admin.does("GET", f"/api/inbox?view=recent&after={page['next']}")
        rows += page["conversations"]
    return [row for row in rows if row["channel"].startswith("centre.")]


def _moves(entries: Sequence[Frame]) -> list[tuple[int, Frame]]:
    return [(n, entry) for n, entry in enumerate(entries) if entry["kind"] == "handed_over"]


def _said(entries: Sequence[Frame], author: str, *, afar: bool = False) -> list[str]:
    """Texts of messages; those of operators `afar` bear nobody's login here."""
    return [entry["text"] for entry in entries if entry["kind"] == "message" and entry["author"] == author
            and (author != "operator" or afar == (not entry["by"]))]


def _became(entries: Sequence[Frame]) -> str:
    """The first that happened after it was handed over."""
    after = [entry for entry in entries if entry["kind"] == "handed_over"]
    away = next(n for n, entry in enumerate(after) if entry["holder"]["kind"] == "centre")
    return str(after[away + 1]["why"]) if away + 1 < len(after) else "is there"


def _amiss(home: Sequence[Frame], guest: Sequence[Frame], told: Sequence[str]) -> list[str]:
    faults = list[str]()
    moves = _moves(home)
    away = [at for at, (_, entry) in enumerate(moves) if entry["holder"]["kind"] == "centre"]
    if len(away) != 1:
        return [f"it was handed over {len(away)} times"]
    begins, ends = moves[away[0]][0], moves[away[0] + 1] if away[0] + 1 < len(moves) else None
    sent, read = _said(home[begins:ends[0] if ends else None], "citizen"), _said(guest, "citizen")
    if read != sent[:len(read)]:
        faults.append(f"said {sent}, read {read}")
    is_there = _moves(guest)[-1][1]["holder"]["kind"] != "closed"
    if len(read) < len(sent) and (ends is None or not _is_back(moves[away[0] + 1:])):
        faults.append(f"nobody has read {sent[len(read):]}")
    if is_there != (ends is None):
        faults.append(f"there it is {'held' if is_there else 'over'}, and here {'away' if ends is None else ends[1]['why']}")
    answers, heard = _said(guest, "operator"), _said(home, "operator", afar=True)
    if answers != heard:
        faults.append(f"answered {answers}, heard {heard}")
    if lost := [text for text in told if text not in answers]:
        faults.append(f"lost of what was said to be stored: {lost}")
    faults += [f"{text!r} is there {n} times" for text, n in Counter((*answers, *sent)).items() if n > 1]
    promises, ended = (sum(entry["kind"] == kind for entry in home) for kind in ("promise_given", "promise_ended"))
    if promises != ended or promises > 1:
        faults.append(f"{promises} promises, {ended} ended")
    return faults


def _is_back(moves: Sequence[tuple[int, Frame]]) -> bool:
    """Whether somebody at home has it after it was away, and reads what was said."""
    return any(entry["holder"]["kind"] in {"queue", "promised"} for _, entry in moves)


