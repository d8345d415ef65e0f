"""Trunks of the city network: how many calls they carry, and whom they refuse (CH-19, SL-07)."""
