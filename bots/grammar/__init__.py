"""Reads days, hours, numbers and places in citizens' texts as values, to be confirmed before use.

Everything is found by rules, and each value has its exact position in the text. No value is assumed silently: `bots.grammar.confirmation`
puts each into words for «Вы имеете в виду …?».
"""
