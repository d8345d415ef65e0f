"""Findings about the audit and its seals, in words."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from hub.audit.day_seal import BrokenSeal, KeptSeal, SealDefect, SealProof
from hub.audit.hash_chain import ChainDefect, ChainReport, DefectKind
from storage.codec import load_audit_entry
from storage.recount import Finding as RowFinding
from storage.recount import LedgerDefect as RowFlaw
from storage.recount import Recount

SEALS = {
    SealDefect.TORN: "не читается",
    SealDefect.FOREIGN: "другого центра или другого дня",
    SealDefect.FORGED: "подпись неверна: печать изменена или подделана",
    SealDefect.UNKNOWN: "подписана неизвестным ключом",
    SealDefect.UNSIGNED: "не подписана, хотя прежние печати подписаны",
    SealDefect.GAP: "не продолжает предыдущую: печать между ними пропала, либо эта подложена",
    SealDefect.REWRITTEN: "не сходится с журналом: цепочка переписана",
    SealDefect.CUT: "охватывает записи, которых в журнале нет: конец журнала удалён",
}


ROWS = {
    RowFlaw.CLEAR: "лежит открытой, хотя всё зашифровано: её записал кто-то другой",
    RowFlaw.OLDER: "в прежнем виде, до закрытия базы: её вернул кто-то другой",
    RowFlaw.ALTERED: "изменена или перенесена с другого места",
    RowFlaw.STALE: "не последняя: её вернул или записал кто-то другой",
    RowFlaw.GONE: "пропала",
    RowFlaw.UNEVEN: "среди этих строк есть прежние, лишние или пропавшие: реестр знает только их сумму",
    RowFlaw.LEDGER: "реестру строк верить нельзя",
}


def told_row(row: RowFinding) -> str:
    """A row of the store that differs from what the hub wrote."""
    if row.flaw is RowFlaw.LEDGER:
        return f"{ROWS[row.flaw]}: {row.place}: {row.name}"
    return f"строка {row.name} ({row.place}): {ROWS[row.flaw]}"


def told(finding: DefectKind, zone: ZoneInfo) -> str:
    """One finding, with the record's number, time and author, as far as readable."""
    number, upto = finding.number, finding.upto
    which = f"записи № {number}–{upto}" if number < upto else f"запись № {number}"
    match finding.flaw:
        case ChainDefect.ALTERED:
            known = f"№ {number - 1} переписана вместе с хешем" if number > 1 else "подложено начало"
            before = f" ({_audit_entry(finding.before, zone)})" if finding.before else ""
            return f"{which} изменена: {_audit_entry(finding.doc, zone)}; либо {known}{before}"
        case ChainDefect.HASH:
            return f"{which}: изменён её хеш; сама она цела: {_audit_entry(finding.doc, zone)}"
        case ChainDefect.DROPPED:
            return f"удалено: {which}; перед этим: {_audit_entry(finding.before, zone)}; после: {_audit_entry(finding.after, zone)}"
        case ChainDefect.INSERTED:
            return f"{which} вставлена: {_audit_entry(finding.doc, zone)}"
        case ChainDefect.MOVED:
            return f"запись № {number} переставлена на место № {upto}; вместо неё: {_audit_entry(finding.doc, zone)}"
        case ChainDefect.CUT:
            return f"конец удалён: {which}" if number <= upto else f"конец удалён: записи с № {number}"


def told_seal(broken: BrokenSeal) -> str:
    if not broken.first:
        return f"печать {broken.file}: {SEALS[broken.broken]}"
    return f"печать {broken.file}: {SEALS[broken.broken]} (записи № {broken.first}–{broken.last})"


def sum_up(seen: ChainReport, kept: Sequence[KeptSeal], broken: Sequence[BrokenSeal], whence: str) -> None:
    """The extent of the verification, and the seals that prove it."""
    print(f"{'✗' if seen.flaws else '✓'} записей: {seen.count}, последняя № {seen.number}, нарушений цепочки: {seen.flaws}")
    seals = [each.seal for each in kept if each.seal]
    if not seals:
        print("! печатей нет: кто может переписать весь файл, останется незамеченным")
        return
    print(f"{'✗' if broken else '✓'} печатей: {len(kept)}, последняя за {seals[-1].day} по № {seals[-1].last}, нарушений: {len(broken)}")
    if unsigned := sum(each.proof is SealProof.UNSIGNED for each in kept):
        print(f"! без подписи печатей: {unsigned}; кто может писать в их папку, может заменить их: нужны [keys]")
    if any(each.proof is SealProof.SIGNED for each in kept):
        print(f"· {whence}")
    if seen.number > seals[-1].last:
        print(f"· записи № {seals[-1].last + 1}–{seen.number} ещё не под печатью")


def sum_up_rows(seen: Recount) -> None:
    if seen.open:
        print(f"! строк открытых или в прежнем виде: {seen.unbound} из {seen.count}; база не закрыта, "
              "и чужой записи в неё верят: okno keys rotate")
        return
    print(f"{'✗' if seen.flaws else '✓'} строк базы: {seen.count}, нарушений: {seen.flaws}")


def _audit_entry(doc: bytes, zone: ZoneInfo) -> str:
    if not doc:
        return "ничего нет"
    try:
        audit_entry = load_audit_entry(doc)
    except msgspec.DecodeError:
        return "не читается"
    words = f"{audit_entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", audit_entry.by or "система", audit_entry.what, audit_entry.about
    return ", ".join(filter(None, words))
