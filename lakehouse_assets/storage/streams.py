"""The content of objects, as streams that Arrow reads and writes: at once, in order, anywhere, or in parts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from lakehouse_assets.storage.again import ask
from lakehouse_assets.storage.failures import storage_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from obstore.store import ObjectStore

WHOLE = 8 << 20  # bytes of an object that is read as a whole, by one request
BLOCK = 4 << 20  # bytes that are read ahead of a larger one


def in_order(found: Any, path: str) -> pa.NativeFile:
    """The content of an object that was asked for, from its start."""
    import pyarrow as pa

    return _whole(found, path) or pa.PythonFile(_Stream(found, path), mode="r")


def anywhere(store: ObjectStore, key: str, found: Any, path: str) -> pa.NativeFile:
    """The content of an object that was asked for, to be read anywhere."""
    import pyarrow as pa

    return _whole(found, path) or pa.PythonFile(_Ranges(store, key, found.meta, path), mode="r")


def written(store: ObjectStore, key: str, path: str) -> pa.NativeFile:
    """An object to be written; it is there when the stream is closed, as a whole."""
    import pyarrow as pa

    return pa.PythonFile(_Writer(store, key, path), mode="w")


def _whole(found: Any, path: str) -> pa.NativeFile | None:
    """The content of an object that is small enough to be had by the one request that was made."""
    import pyarrow as pa

    if found.meta["size"] > WHOLE:
        return None
    with storage_errors(path):
        return pa.BufferReader(pa.py_buffer(found.bytes()))


class _Stream(io.RawIOBase):
    """The content of a large object, in the order it comes."""

    def __init__(self, found: Any, path: str) -> None:
        self._parts, self._path, self._at = iter(found.stream(min_chunk_size=1 << 20)), path, 0
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts: list[memoryview] = []
        wanted = size if size >= 0 else 1 << 62
        with storage_errors(self._path):
            while wanted:
                if not self._left:
                    part = next(self._parts, None)
                    if part is None:
                        break
                    self._left = memoryview(part).cast("B")
                taken, self._left = self._left[:wanted], self._left[wanted:]
                parts.append(taken)
                wanted -= len(taken)
        whole = b"".join(parts)
        self._at += len(whole)
        return whole

    def tell(self) -> int:
        return self._at


class _Ranges(io.RawIOBase):
    """A large object of which any part is read; it stays the same object, or reading fails."""

    def __init__(self, store: ObjectStore, key: str, meta: Any, path: str) -> None:
        self._store, self._key, self._path, self._etag = store, key, path, meta["e_tag"]
        self._size, self._at = int(meta["size"]), 0
        self._start, self._block = 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        if self._at >= end:
            return b""
        if not self._start <= self._at or end > self._start + len(self._block):
            start, stop = self._at, min(max(end, self._at + BLOCK), self._size)
            self._start, self._block = start, ask(lambda: self._part(start, stop))
        part = bytes(self._block[self._at - self._start : end - self._start])
        self._at = end
        return part

    def _part(self, start: int, end: int) -> memoryview:
        import obstore

        options: Any = {"range": (start, end), **({"if_match": self._etag} if self._etag else {})}
        with storage_errors(self._path):
            return memoryview(obstore.get(self._store, self._key, options=options).bytes()).cast("B")


class _Writer(io.RawIOBase):
    """An object being written: a small one by one request, a larger one in parts."""

    def __init__(self, store: ObjectStore, key: str, path: str) -> None:
        import obstore

        self._path = path
        with storage_errors(path):
            self._writer = obstore.open_writer(store, key, buffer_size=WHOLE)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        content = memoryview(data).cast("B")
        with storage_errors(self._path):
            self._writer.write(content)
        return len(content)

    def close(self) -> None:
        if not self.closed:
            super().close()
            with storage_errors(self._path):
                self._writer.close()
