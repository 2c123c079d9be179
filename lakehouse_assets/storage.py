"""Files of the lake and the landing zone, by URL, through Arrow's file systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.errors import LakehouseError, StorageError

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

# What every library says in its own sentence around the operating system's words.
REFUSALS = {
    "No space left": ("the disk is full", "free some space and run the same command again"),
    "Permission denied": ("permission denied", "give the user that runs this the right to it"),
    "Read-only file system": (
        "the file system is read-only",
        "choose another place with LAKEHOUSE_HOME, or remount it",
    ),
}


@dataclass(frozen=True)
class Place:
    """A folder somewhere: an Arrow file system and the path within it."""

    system: FileSystem
    path: str

    def files(self, *, below: str = "", recursive: bool = True) -> list[FileInfo]:
        """Every file below the folder, with size and modification time, by path; none where it is missing."""
        from pyarrow.fs import FileSelector, FileType

        base = f"{self.path}/{below}" if below else self.path
        found = self.system.get_file_info(FileSelector(base, allow_not_found=True, recursive=recursive))
        return sorted((info for info in found if info.type == FileType.File), key=lambda info: info.path)

    def folders(self, *, below: str) -> list[str]:
        """The names of the folders right below one, in order; none where it is missing."""
        from pyarrow.fs import FileSelector, FileType

        found = self.system.get_file_info(FileSelector(f"{self.path}/{below}", allow_not_found=True))
        return sorted(info.base_name for info in found if info.type == FileType.Directory)

    def relative(self, path: str) -> str:
        """A path of this place, relative to its folder."""
        return path.removeprefix(self.path).lstrip("/")

    def delete(self, below: str) -> None:
        """Remove a folder of this place with everything in it; a missing one is fine."""
        from pyarrow.fs import FileType

        folder = f"{self.path}/{below}"
        with storage_errors(folder):
            if self.system.get_file_info(folder).type == FileType.Directory:
                self.system.delete_dir(folder)


def place(url: str) -> Place:
    """Open a folder by URL or absolute path; nothing is read or created yet."""
    from pyarrow.fs import FileSystem

    with storage_errors(url):
        system, path = FileSystem.from_uri(url)
    return Place(system, path.rstrip("/"))


def is_refusal(error: Exception) -> bool:
    """Whether the operating system or a store refused, for want of space or of rights."""
    return any(sign in str(error) for sign in REFUSALS)


@contextmanager
def storage_errors(where: str) -> Iterator[None]:
    """Turn the refusals of the operating system, a store or an engine that writes into one clear StorageError.

    What is not about storage passes unchanged.
    """
    try:
        yield
    except LakehouseError:
        raise
    except Exception as error:
        text = str(error)
        for sign, (what, remedy) in REFUSALS.items():
            if sign in text:
                raise StorageError(what, where=where, remedy=remedy) from error
        if isinstance(error, OSError):
            raise StorageError(text, where=where, remedy="check that the path exists and can be used") from error
        raise
