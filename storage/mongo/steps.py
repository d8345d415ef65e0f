"""A batch of changes as operations of one MongoDB transaction: heads, records, pending reactions."""

from collections.abc import Mapping, Sequence

from pymongo import InsertOne, UpdateMany, UpdateOne

from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import StoredEvent, Thought
from hub.conversations.message import Message
from hub.conversations.ports import Commit
from hub.kernel.errors import ConflictError
from storage.archive import worth_finding
from storage.changes import columns
from storage.codec import dump_entry
from storage.ledger import HEADS, RECORDS, head_place, record_place
from storage.mongo.ledger import change, tags
from storage.mongo.reads import MOVED, SAID, THOUGHT
from storage.mongo.schema import Database, Row, Session, Work
from storage.text_analyzer import TextAnalyzer
from storage.vault import Vault

MOVED_ON = "the conversation has moved on"
COLUMNS = ("queue", "since", "operator", "due", "served")


class Steps:
    """Operations for some changes. Consecutive steps of one conversation are one operation on its head.

    Raises ConflictError where a step does not follow the previous one in the same batch.
    """

    def __init__(self, vault: Vault, words: TextAnalyzer, changes: Sequence[Commit]) -> None:
        self._vault, self._words = vault, words
        self._heads: dict[int, tuple[int, int, Conversation | None]] = {}
        """What each conversation's head must have been, becomes, and its new document, if any."""
        self._rows: dict[int, Row] = {}
        self._owed: dict[int, int] = {}
        self._settled: dict[int, int] = {}
        """Records, with their conversations."""
        for each in changes:
            self._add(each)

    def _add(self, change: Commit) -> None:
        number = change.conversation
        last = change.records[-1].id if change.records else change.expects
        if number not in self._heads:
            if change.expects == 0 and change.head is None:
                raise ConflictError(MOVED_ON)
            self._heads[number] = change.expects, last, change.head
        else:
            before, tip, head = self._heads[number]
            if tip != change.expects:
                raise ConflictError(MOVED_ON)
            self._heads[number] = before, last, change.head or head
        for record in change.records:
            self._rows[record.id] = row_of(self._vault, self._words, record)
        self._owed |= dict.fromkeys(change.owed, number)
        self._settled |= dict.fromkeys(change.settled, number)

    async def store(self, db: Database, work: Work) -> None:
        """Raises ConflictError, DuplicateKeyError where a conversation has moved on."""
        session = work.session
        if self._heads:
            docs = {number: fields_of(self._vault, head) for number, (_, _, head) in self._heads.items() if head is not None}
            await self._note(db, work, docs)
            moved = {number: (expects, last) for number, (expects, last, head) in self._heads.items() if head is None and last != expects}
            heads = [self._head(number, *each, docs.get(number, {})) for number, each in self._heads.items() if number not in moved]
            if heads:
                done = await db.conversations.bulk_write(heads, session=session)
                if done.inserted_count + done.matched_count < len(heads):
                    raise ConflictError(MOVED_ON)
            if moved:
                changed = await db.conversations.update_many({"_id": {"$in": list(moved)}}, _moved(moved), session=session)
                if changed.modified_count < len(moved):
                    raise ConflictError(MOVED_ON)
        for number in self._owed.keys() - self._settled:
            if number in self._rows:
                self._rows[number]["owed"] = True
        if self._rows:
            await db.journal.insert_many(self._rows.values(), session=session)
        owed = {number: of for number, of in self._owed.items() if number not in self._settled and number not in self._rows}
        settled = {number: of for number, of in self._settled.items() if number not in self._rows}
        debts = _marks(_which(owed), owed=True) + _marks(_which(settled), owed=False)
        if debts:
            await db.journal.bulk_write(debts, session=session)

    async def _note(self, db: Database, work: Work, docs: Mapping[int, Row]) -> None:
        """Have the ledger know what is about to be done."""
        if work.touched is None:
            return
        older = [number for number in docs if self._heads[number][0]]
        found = db.conversations.find({"_id": {"$in": older}}, {"doc": 1}, session=work.session) if older else None
        before = {int(row["_id"]): row async for row in found} if found else {}
        for number, fields in docs.items():
            change(work.touched, self._vault, HEADS, str(number), head_place(number), before.get(number), fields["doc"])
        if self._rows:
            work.touched.sums[RECORDS] += tags(self._vault, self._rows.values())

    def _head(self, number: int, expects: int, last: int, head: Conversation | None, fields: Row) -> InsertOne[Row] | UpdateOne:
        if head is None:
            return UpdateOne({"_id": number, "last": expects}, {"$set": {"last": last}})
        if expects == 0:
            return InsertOne({"_id": number, "number": head.number, "address": self._vault.address(head.address),
                              "parts": number_parts(head.number), "last": last, **fields})
        absent = {name: "" for name in (*COLUMNS, "idle") if name not in fields}
        return UpdateOne({"_id": number, "last": expects}, {"$set": {"last": last, **fields}, "$unset": absent})


def _moved(heads: Mapping[int, tuple[int, int]]) -> list[Row]:
    """One statement for all heads of which only `last` changes, where it is what each expects: a statement each costs twice as much.

    Every other head stays as it is, and is not counted as modified.
    """
    at = {"$indexOfArray": [list(heads), "$_id"]}
    expected, last = ({"$arrayElemAt": [list(values), at]} for values in zip(*heads.values(), strict=True))
    return [{"$set": {"last": {"$cond": [{"$eq": ["$last", expected]}, last, "$last"]}}}]


def fields_of(vault: Vault, head: Conversation) -> Row:
    """The document of a head, and what it is looked up by."""
    closed, *values, doc = columns(vault, head)
    row: Row = {"open": not closed, "kept": head.erased is None, "doc": bytes(doc)}
    row |= {name: value for name, value in zip(COLUMNS, values, strict=True) if value is not None}
    if isinstance(head.holder, WithBot) and head.promise is None:
        row["idle"] = True
    return row


def row_of(vault: Vault, words: TextAnalyzer, record: StoredEvent) -> Row:
    """A record, with the words by which it is found."""
    kind = SAID if isinstance(record.entry, Message) else THOUGHT if isinstance(record.entry, Thought) else MOVED
    doc = bytes(dump_entry(vault, record))
    row: Row = {"_id": record.id, "conversation": record.conversation, "kind": kind, "doc": doc}
    if text := worth_finding(record):
        row["words"] = list(dict.fromkeys(words.indexed(text).split()))
    return row


def number_parts(number: str) -> list[str]:
    """All ends of a number without its dashes, down to three digits: it is found by the beginning of one of them."""
    digits = number.replace("-", "")
    return [digits[at:] for at in range(max(1, len(digits) - 2))]


def _which(records: Mapping[int, int]) -> Row:
    """By their conversations, too: these say on which shard they are."""
    return {"_id": {"$in": list(records)}, "conversation": {"$in": list(set(records.values()))}} if records else {}


def _marks(which: Row, *, owed: bool) -> list[UpdateMany]:
    """Whether reactions to records are owed."""
    if not which:
        return []
    mark = UpdateMany(which, {"$set": {"owed": True}}, hint="_id_") if owed else UpdateMany(
        {**which, "owed": True}, {"$unset": {"owed": ""}}, hint="_id_")
    return [mark]


async def settling(db: Database, records: Sequence[int], session: Session) -> None:
    if records:
        await db.journal.bulk_write(_marks({"_id": {"$in": list(records)}}, owed=False), session=session)


async def erasing(db: Database, vault: Vault, words: TextAnalyzer, step: Commit, left: Sequence[StoredEvent], work: Work) -> None:
    """A step, and what is left of earlier records in their place: nothing is found by their words, nothing is owed of them."""
    await Steps(vault, words, [step]).store(db, work)
    session, gone = work.session, {"words": "", "owed": ""}
    docs = {record.id: bytes(dump_entry(vault, record)) for record in left}
    if work.touched is not None and left:
        there = {"_id": {"$in": list(docs)}, "conversation": {"$in": list({record.conversation for record in left})}}
        async for row in db.journal.find(there, {"conversation": 1, "doc": 1}, session=session):
            number = int(row["_id"])
            change(work.touched, vault, RECORDS, str(number), record_place(int(row["conversation"]), number), row, docs[number])
    rows = [UpdateOne({"_id": record.id, "conversation": record.conversation}, {"$set": {"doc": docs[record.id]}, "$unset": gone})
            for record in left]
    if rows:
        await db.journal.bulk_write(rows, session=session)
    if (head := step.head) is not None and head.erased is not None:
        await db.conversations.update_one({"_id": head.id}, {"$set": {"address": vault.address(head.address)}}, session=session)
