"""What a citizen wants, learnt from a project's examples: intents with a confidence that means something, and entities."""
