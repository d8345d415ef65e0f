"""Custom actions of the test project, written for rasa-sdk."""
