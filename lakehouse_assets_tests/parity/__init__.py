"""The parity suite: the same tables in many homes, compared row by row and check by check.

A home is an engine and a store. One more is one more line in `homes.py`.
"""
