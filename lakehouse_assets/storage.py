"""Files of the lake and the landing zone, by URL, through Arrow's file systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.errors import LakehouseError, StorageError

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem


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

    def relative(self, path: str) -> str:
        """A path of this place, relative to its folder."""
        return path.removeprefix(self.path).lstrip("/")

    def delete(self, below: str) -> None:
        """Remove a folder of this place with everything in it; a missing one is fine."""
        with storage_errors(f"{self.path}/{below}"):
            self.system.delete_dir_contents(f"{self.path}/{below}", missing_dir_ok=True)
            with suppress(FileNotFoundError):
                self.system.delete_dir(f"{self.path}/{below}")


def place(url: str) -> Place:
    """Open a folder by URL or absolute path; nothing is read or created yet."""
    from pyarrow.fs import FileSystem

    with storage_errors(url):
        system, path = FileSystem.from_uri(url)
    return Place(system, path.rstrip("/"))


@contextmanager
def storage_errors(where: str) -> Iterator[None]:
    """Turn the operating system's and the store's refusals into one clear StorageError."""
    try:
        yield
    except LakehouseError:
        raise
    except PermissionError as error:
        raise StorageError(
            f"permission denied ({error})", where=where, remedy="give the user that runs this the right to it"
        ) from error
    except OSError as error:
        if "No space left" in str(error):
            raise StorageError(
                "the disk is full", where=where, remedy="free some space and run the same command again"
            ) from error
        raise StorageError(str(error), where=where, remedy="check that the path exists and can be used") from error
