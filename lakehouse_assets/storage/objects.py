"""Objects of a bucket or container as files of an Arrow file system.

Over obstore, which is the same library as delta-rs and the embedded engine use: the same variables, the same
errors. There are no folders: names that share a beginning are files of one, and nothing marks an empty one.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyarrow.fs import FileInfo, FileSystemHandler, FileType

from lakehouse_assets.storage.again import ask
from lakehouse_assets.storage.failures import MissingError, storage_errors
from lakehouse_assets.storage.found import File
from lakehouse_assets.storage.streams import anywhere, in_order, written

if TYPE_CHECKING:
    import pyarrow as pa
    from obstore.store import ObjectStore
    from pyarrow.fs import FileSelector

PAGE = 1_000
TRIES = 3


class Objects(FileSystemHandler):
    """A bucket or container whose paths are URLs that begin with `base`. Raises StorageError, and what it is."""

    def __init__(self, store: ObjectStore, base: str) -> None:
        self.store, self.base = store, base

    def files(self, folder: str, *, recursive: bool = True) -> list[File]:
        """Every object whose name begins with this folder's, by path."""
        listed, folders = ask(lambda: self._listed(folder, recursive=recursive))
        # Objects without content that others lie below stand for folders: consoles and Hadoop leave them.
        files = [self._file(meta) for meta in listed if meta["size"] or not self._is_folder(meta, folders)]
        files.sort()
        return files

    def file(self, path: str) -> File | None:
        """One object as it is now; None where it is gone."""
        import obstore

        try:
            with storage_errors(path):
                return self._file(obstore.head(self.store, self._key(path)))
        except MissingError:
            return None

    def open_input_stream(self, path: str) -> pa.NativeFile:
        """The content from its start. Raises FileNotFoundError where there is none."""
        return ask(lambda: in_order(self._get(path), path))

    def open_input_file(self, path: str) -> pa.NativeFile:
        """The content, to be read anywhere. Raises FileNotFoundError where there is none."""
        return ask(lambda: anywhere(self.store, self._key(path), self._get(path), path))

    def open_output_stream(self, path: str, metadata: Any) -> pa.NativeFile:  # noqa: ARG002 - Arrow's signature
        """An object to be written; it is there when the stream is closed, as a whole."""
        return written(self.store, self._key(path), path)

    def create(self, path: str, content: bytes) -> bool:
        """Store an object unless there is one; returns whether it holds this, also where an answer to that was lost."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            obstore.put(self.store, self._key(path), content, mode="create")
        except AlreadyExistsError:
            return bytes(self._get(path).bytes()) == content
        return True

    def delete_dir(self, path: str) -> None:
        """Remove every object whose name begins with this folder's."""
        import obstore

        for attempt in range(1, TRIES + 1):
            keys = [self._key(file.path) for file in self.files(path)]
            try:
                with storage_errors(path):
                    for start in range(0, len(keys), PAGE):
                        obstore.delete(self.store, keys[start : start + PAGE])
            except MissingError:  # somebody else removes them too, or the answer to a first try was lost
                if attempt == TRIES:
                    raise
            else:
                return

    def delete_file(self, path: str) -> None:
        """Remove an object; a missing one is fine."""
        import obstore

        with suppress(MissingError), storage_errors(path):
            obstore.delete(self.store, self._key(path))

    def create_dir(self, path: str, recursive: bool) -> None:
        """Do nothing: a folder is there with its first file."""

    def get_file_info(self, paths: list[str]) -> list[FileInfo]:
        """What is at these paths."""
        return [self._info(path) for path in paths]

    def get_file_info_selector(self, selector: FileSelector) -> list[FileInfo]:
        """Every object below a folder, as Arrow sees them."""
        found = self.files(selector.base_dir, recursive=selector.recursive)
        return [_as_info(file) for file in found]

    def get_type_name(self) -> str:
        """What kind of store it is."""
        return self.base.partition("://")[0]

    def normalize_path(self, path: str) -> str:
        """The path as it is: names of objects are never interpreted."""
        return path

    def __eq__(self, other: object) -> bool:
        """Whether both are the same bucket or container."""
        return isinstance(other, Objects) and self.base == other.base

    def __ne__(self, other: object) -> bool:
        """Whether they are not."""
        return not self == other

    def __hash__(self) -> int:
        """By the URL."""
        return hash(self.base)

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:  # noqa: ARG002 - Arrow's
        """The same as removing the folder."""
        self.delete_dir(path)

    def delete_root_dir_contents(self) -> None:
        """Never: a bucket holds more than a lake."""
        raise NotImplementedError

    def move(self, src: str, dest: str) -> None:
        """Never: no store does it at once."""
        raise NotImplementedError

    def copy_file(self, src: str, dest: str) -> None:
        """Nobody needs it."""
        raise NotImplementedError

    def open_append_stream(self, path: str, metadata: Any) -> Any:
        """No store can."""
        raise NotImplementedError

    def _get(self, path: str) -> Any:
        import obstore

        try:
            with storage_errors(path):
                return obstore.get(self.store, self._key(path))
        except MissingError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None

    def _listed(self, folder: str, *, recursive: bool) -> tuple[list[Any], set[str]]:
        """What a store says of the objects below a folder, and which folders objects without content may stand for."""
        import obstore

        prefix = self._key(folder) or None
        with storage_errors(folder):
            if not recursive:
                answer = obstore.list_with_delimiter(self.store, prefix)
                return list(answer["objects"]), set(answer["common_prefixes"])
            listed = [meta for page in obstore.list(self.store, prefix, chunk_size=PAGE) for meta in page]
        some_empty = not all(meta["size"] for meta in listed)
        return listed, {meta["path"].rpartition("/")[0] for meta in listed} if some_empty else set()

    def _key(self, path: str) -> str:
        return path.removeprefix(self.base).strip("/")

    def _file(self, meta: Any) -> File:
        modified = round(meta["last_modified"].timestamp() * 1_000) * 1_000_000
        # One store quotes it in one answer and not in another.
        return File(f"{self.base}/{meta['path']}", meta["size"], modified, (meta["e_tag"] or "").strip('"'))

    def _is_folder(self, meta: Any, folders: set[str]) -> bool:
        """Whether an object without content only stands for a folder: others lie below, or it is said of it."""
        import obstore

        if meta["path"] in folders or self.get_type_name() != "abfss":
            return meta["path"] in folders
        with storage_errors(meta["path"]):  # an account with a hierarchical namespace lists its folders
            said = obstore.get(self.store, meta["path"], options={"head": True}).attributes
        return any("hdi_isfolder" in str(name).lower() for name in said)

    def _info(self, path: str) -> FileInfo:
        file = self.file(path)
        if file is not None:
            return _as_info(file)
        return FileInfo(path, FileType.Directory if self.files(path) else FileType.NotFound)


def _as_info(file: File) -> FileInfo:
    return FileInfo(file.path, FileType.File, size=file.size, mtime_ns=file.mtime_ns)
