"""Files of the lake and the landing zone, by URL: on local disk, in S3, in ADLS, all through Arrow's file systems.

How each store is reached and by whose variables stands in a module of its own; nobody else knows stores.
"""

from lakehouse_assets.storage.again import ask
from lakehouse_assets.storage.failures import is_refusal, is_transient, storage_error_of, storage_errors
from lakehouse_assets.storage.found import File
from lakehouse_assets.storage.places import Place, connection_options, file_of, place, reach_by
from lakehouse_assets.storage.secrets import without_secrets

__all__ = [
    "File",
    "Place",
    "ask",
    "connection_options",
    "file_of",
    "is_refusal",
    "is_transient",
    "place",
    "reach_by",
    "storage_error_of",
    "storage_errors",
    "without_secrets",
]
