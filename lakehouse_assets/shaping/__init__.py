"""Shaping: what a write mode makes of a function's rows. Pure functions of frames, the same on every engine."""
