"""Mutation testing of the publishing core: faults are put into it, and the tests must notice each."""
