"""A sharded cluster: the journal, which grows without end, is spread over its shards; the rest of a database is on one of them.

Unique values (a number, an open conversation of an address, a record of the audit) are guarded by an index, which works on one shard
only: so heads, documents and the audit stay together, and the line of a queue is read from one shard.
"""


from storage.mongo.schema import opened

CLUSTER = "isdbgrid"
"""How mongos is told from a member of a replica set (hello)."""
BY_CONVERSATION = '{conversation: "hashed"}'
"""A conversation's records stay together; by the number itself all new ones would go to the last shard."""


def sharded(uri: str, name: str) -> list[str] | None:
    """Which collections are spread over shards; None for a replica set. Raises UnavailableStoreError."""
    with opened(uri) as client:
        if client.admin.command("hello").get("msg") != CLUSTER:
            return None
        db = client[name]
        return [each for each in sorted(db.list_collection_names()) if db.command("collStats", each).get("sharded")]


def in_words(name: str, spread: list[str] | None) -> str:
    """What `okno check` says."""
    match spread:
        case None:
            return f"✓ store: MongoDB, {name}, on a replica set"
        case ["journal"]:
            return f"✓ store: MongoDB, {name}, on a cluster: the journal is sharded, all else lies on one shard"
        case []:
            return (f"! store: MongoDB, {name}, on a cluster, but all of it on one shard. To spread its journal, in mongosh: use {name}; "
                    f'db.journal.createIndex({BY_CONVERSATION}); sh.shardCollection("{name}.journal", {BY_CONVERSATION})')
        case _:
            others = ", ".join(each for each in spread if each != "journal")
            return f"! store: MongoDB, {name}, on a cluster, with {others} sharded: what must be there once is watched on one shard alone"
