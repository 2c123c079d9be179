"""Places: a folder somewhere, whatever store it is in."""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from lakehouse_assets.errors import SettingsError
from lakehouse_assets.storage import adls, s3
from lakehouse_assets.storage.failures import storage_errors
from lakehouse_assets.storage.found import File
from lakehouse_assets.storage.secrets import without_secrets

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from lakehouse_assets.storage.objects import Objects

PATH = itemgetter(0)
STORES = {s3.SCHEME: s3, adls.SCHEME: adls}


@dataclass(frozen=True)
class Place:
    """A folder somewhere: an Arrow file system and the path within it; in an object store that is its URL."""

    system: FileSystem
    path: str

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine, where there are links and folders without files."""
        return objects_of(self.system) is None

    def files(self, *, below: str = "", recursive: bool = True) -> list[File]:
        """Every file below the folder, by path; none where it is missing. In a store, one request for 1,000 files."""
        base = f"{self.path}/{below}" if below else self.path
        objects = objects_of(self.system)
        if objects is not None:
            return objects.files(base, recursive=recursive)
        from pyarrow.fs import FileSelector

        found = self.system.get_file_info(FileSelector(base, allow_not_found=True, recursive=recursive))
        # Only files have a size; to ask for the type of each takes longer than all the rest.
        files = [File(i.path, i.size, i.mtime_ns or 0) for i in found if i.size is not None]
        files.sort(key=PATH)  # strings alone are compared faster than tuples
        return files

    def folders(self, *, below: str) -> list[str]:
        """The names of the folders right below one, in order; none where it is missing."""
        from pyarrow.fs import FileSelector, FileType

        found = self.system.get_file_info(FileSelector(f"{self.path}/{below}", allow_not_found=True))
        return sorted(info.base_name for info in found if info.type == FileType.Directory)

    def file(self, path: str) -> File | None:
        """One file as it is now; None where it is gone."""
        return file_of(self.system, path)

    def relative(self, path: str) -> str:
        """A path of this place, relative to its folder."""
        return path.removeprefix(self.path).lstrip("/")

    def delete(self, below: str) -> None:
        """Remove a folder of this place with everything in it; a missing one is fine."""
        from pyarrow.fs import FileType

        folder = f"{self.path}/{below}"
        with storage_errors(folder):
            if not self.is_local or self.system.get_file_info(folder).type == FileType.Directory:
                self.system.delete_dir(folder)

    def put(self, name: str, write: Callable[[IO[bytes]], None], modified: datetime | None = None) -> None:
        """Store a file that appears under its name only when it is complete.

        `modified` is when it was last changed, where a store lets one say so; object stores do not.
        """
        path = f"{self.path}/{name}"
        with storage_errors(path):
            if not self.is_local:
                whole = io.BytesIO()
                write(whole)
                with self.system.open_output_stream(path, compression=None) as stream:
                    stream.write(whole.getbuffer())
                return
            unfinished = f"{path}.tmp"
            self.system.create_dir(str(PurePosixPath(path).parent), recursive=True)
            try:
                with self.system.open_output_stream(unfinished, compression=None) as stream:
                    write(stream)
                if modified is not None:
                    os.utime(unfinished, (modified.timestamp(), modified.timestamp()))
            except BaseException:
                self.system.delete_file(unfinished)
                raise
            self.system.move(unfinished, path)

    def put_new(self, name: str, content: bytes) -> bool:
        """Store a small file unless there is one of that name, whoever else is at it; returns whether it holds this."""
        path = f"{self.path}/{name}"
        objects = objects_of(self.system)
        with storage_errors(path):
            if objects is not None:
                return objects.create(path, content)
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            unfinished = Path(f"{path}.{uuid.uuid4().hex}.tmp")
            try:
                unfinished.write_bytes(content)
                os.link(unfinished, path)  # unlike a move, it never takes the place of another
            except FileExistsError:
                return False
            finally:
                unfinished.unlink(missing_ok=True)
            return True


def objects_of(system: FileSystem) -> Objects | None:
    """The objects behind a file system; None where it is another's."""
    handler = getattr(system, "handler", None)
    return handler if hasattr(handler, "files") else None


def file_of(system: FileSystem, path: str) -> File | None:
    """One file of a file system as it is now; None where it is gone."""
    from pyarrow.fs import FileType

    objects = objects_of(system)
    if objects is not None:
        return objects.file(path)
    info = system.get_file_info(path)
    return File(path, info.size, int(info.mtime_ns or 0)) if info.type == FileType.File else None


def place(url: str) -> Place:
    """Open a folder by URL or absolute path; nothing of it is read or created yet.

    The first use of a bucket or container asks it for an answer, so that what is wrong with credentials or
    addresses is one clear error, at once. Raises SettingsError for a URL of no store that is known.
    """
    with storage_errors(without_secrets(url)):
        system, path = open_system(url)
    return Place(system, path.rstrip("/"))


def open_system(url: str) -> tuple[FileSystem, str]:
    """The file system of a URL, and the path of the folder within it."""
    from pyarrow.fs import FileSystem, PyFileSystem

    from lakehouse_assets.storage.objects import Objects

    scheme, has_scheme, _ = url.partition("://")
    if scheme in STORES:
        base, store = STORES[scheme].open_store(url)
        return PyFileSystem(Objects(store, base)), url
    if has_scheme and scheme != "file":
        raise SettingsError(
            f"{scheme}:// is no store of this version",
            remedy="use a path, s3://bucket/folder or abfss://container@account.dfs.core.windows.net/folder",
        )
    system, path = FileSystem.from_uri(url)
    return system, path


def reach_by(url: str, opened: Callable[[], Any]) -> None:
    """Let this process reach a bucket or container by the obstore that `opened` gives, when it first does so.

    For all files that are opened or listed here; the engine and delta-rs still ask as the environment says.
    """
    STORES[url.partition("://")[0]].tell(url, opened)


def connection_options(url: str) -> dict[str, str] | None:
    """What delta-rs is told about the store of a table, beside the environment it reads; asks the store first."""
    scheme = url.partition("://")[0]
    if scheme not in STORES:
        return None
    with storage_errors(without_secrets(url)):
        STORES[scheme].open_store(url)
        return STORES[scheme].delta_options()
