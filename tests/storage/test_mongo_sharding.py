"""What is said of how a database lies on a cluster. No mongos is at hand: that queries name their shard is in test_mongo.py."""

import pytest

from storage.mongo.sharding import in_words


@pytest.mark.parametrize(("spread", "said"), [
    (None, "✓ store: MongoDB, okno, on a replica set"), (["journal"], "✓ store: MongoDB, okno, on a cluster: the journal is sharded"),
    ([], 'sh.shardCollection("okno.journal", {conversation: "hashed"})'), (["conversations", "journal"], "on a cluster, with conversations sharded")])
def test_how_a_database_lies_is_told(spread: list[str] | None, said: str) -> None:
    # CH-10
    assert said in in_words("okno", spread)
