"""Language understanding, learnt from a project's examples: intents with a calibrated confidence, and entities."""
