"""Readers: one delivered file as pieces of rows, every record either a row or malformed, never lost."""

from lakehouse_assets.ingest.readers.content import content_fingerprint
from lakehouse_assets.ingest.readers.pieces import ChangedWhileReadError, Malformed, Piece, UnreadableFileError
from lakehouse_assets.ingest.readers.reading import read_delivery

__all__ = [
    "ChangedWhileReadError",
    "Malformed",
    "Piece",
    "UnreadableFileError",
    "content_fingerprint",
    "read_delivery",
]
