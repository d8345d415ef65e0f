"""The robot's examination: dialogues in citizens' words, and how answers are judged."""
