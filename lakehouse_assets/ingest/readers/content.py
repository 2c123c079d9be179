"""The bytes of one delivery: decompressed, opened as often as needed, and never wholly in memory when large."""

from __future__ import annotations

import hashlib
import io
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lakehouse_assets.ingest.readers.pieces import ChangedWhileReadError, UnreadableFileError
from lakehouse_assets.storage import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from pyarrow.fs import FileSystem

    from lakehouse_assets.ingest.deliveries import Delivery

HELD = 32 << 20  # bytes of a file that are held in memory; a larger one is streamed, twice where it must be
CHUNK = 1 << 20

# The first bytes tell the compression; names of files do not always.
COMPRESSIONS = {
    b"\x1f\x8b\x08": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    **{b"BZh%d1AY&SY" % level: "bz2" for level in range(1, 10)},
}
OTHER_KINDS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    b"%PDF": "a PDF document",
    b"\xfd7zXZ\x00": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
}


class Content:
    """The content of a delivery. Opening it may raise OSError of the store, which says nothing about the content.

    Raises ChangedWhileReadError where the file is gone or has another size than the delivery says.
    """

    def __init__(self, system: FileSystem, delivery: Delivery) -> None:
        self._system, self._delivery = system, delivery
        self.store_error: BaseException | None = None
        self._raw: bytes | None = None
        try:
            with system.open_input_stream(delivery.path, compression=None) as stream:
                held = delivery.size_bytes <= HELD
                start = stream.read(delivery.size_bytes + 1 if held else 16)
        except FileNotFoundError:
            raise ChangedWhileReadError(delivery.path) from None
        if held:
            if len(start) != delivery.size_bytes:
                raise ChangedWhileReadError(delivery.path)
            self._raw = start
        self.compression = next((name for magic, name in COMPRESSIONS.items() if start.startswith(magic)), None)

    def open(self) -> pa.NativeFile:
        """The decompressed bytes from the start."""
        import pyarrow as pa

        raw = self._stored(seekable=False)
        return pa.CompressedInputStream(raw, self.compression) if self.compression else raw

    def open_seekable(self) -> pa.NativeFile:
        """The bytes as they are stored, for formats that are read from their end."""
        return self._stored(seekable=True)

    @cached_property
    def whole(self) -> bytes | None:
        """All decompressed bytes, or None where these are too many to be held."""
        if not self.compression:
            return self._raw
        parts, size = [], 0
        with self.open() as stream:
            while part := stream.read(CHUNK):
                parts.append(part)
                size += len(part)
                if size > HELD:
                    return None
        return b"".join(parts)

    @cached_property
    def head(self) -> bytes:
        """The first decompressed bytes, up to 1 KiB."""
        if not self.compression and self._raw is not None:
            return self._raw[:1024]
        with self.open() as stream:
            return stream.read(1024)

    def refuse_other_kinds(self, expected: str) -> None:
        """Raise UnreadableFileError for content that is well known and not text."""
        kind = next((kind for magic, kind in OTHER_KINDS.items() if self.head.startswith(magic)), None)
        if self.head[257:262] == b"ustar":
            kind = "a tar archive"
        if kind:
            raise UnreadableFileError(f"it is {kind}, not {expected}")

    def check_unchanged(self) -> None:
        """Raise ChangedWhileReadError where the file is no longer the one that was found."""
        now, found = file_of(self._system, self._delivery.path), self._delivery
        if now is None or (now.size, now.mtime_ns, now.etag) != (found.size_bytes, found.modified_ns, found.etag):
            raise ChangedWhileReadError(self._delivery.path)

    def _stored(self, *, seekable: bool) -> pa.NativeFile:
        import pyarrow as pa

        if self._raw is not None:
            return pa.BufferReader(self._raw)
        path = self._delivery.path
        # By default Arrow decompresses by the file's name.
        file = (
            self._system.open_input_file(path) if seekable else self._system.open_input_stream(path, compression=None)
        )
        return pa.PythonFile(_Watched(file, self), mode="r")


class _Watched(io.RawIOBase):
    """A file of the store that remembers the store's own failure, which decompressors and parsers rephrase."""

    def __init__(self, file: pa.NativeFile, content: Content) -> None:
        self._file, self._content = file, content

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def read(self, size: int = -1) -> bytes:
        return self._try(self._file.read, None if size < 0 else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._try(self._file.seek, offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        self._file.close()
        super().close()

    def _try(self, call: Any, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except BaseException as error:
            self._content.store_error = error
            raise


def content_fingerprint(system: FileSystem, delivery: Delivery) -> int:
    """The delivered bytes as a 63-bit number, never 0: the same for the same bytes, whatever their name or age."""
    digest = hashlib.blake2b(digest_size=8)
    with system.open_input_stream(delivery.path, compression=None) as stream:
        for part in _parts(stream):
            digest.update(part)
    return (int.from_bytes(digest.digest(), "big") >> 1) or 1


def _parts(stream: pa.NativeFile) -> Iterator[bytes]:
    while part := stream.read(CHUNK):
        yield part
