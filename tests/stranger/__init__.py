"""The law of `tests/stats` held once more, by an independent hand.

A service, records and sums of its own, written from the service's documentation and not from the
engine: what both hold is held twice, and where they differ one of them is wrong.
"""
