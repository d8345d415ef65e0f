"""What proves a change: the stories of the gate, the whole suite with its verdict, and faults that are planted to try both (docs/testing.md)."""
