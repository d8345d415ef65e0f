"""What citizens say of days, hours, numbers and places, read into values that are asked back before they are believed.

Everything is found by rules: each value comes with the exact place in the text where it was said. Nothing is guessed
silently: `bots.grammar.confirmation` puts every value into words for «Вы имеете в виду …?».
"""
