"""Keeping tables fast and small, and bringing older versions of them back."""
