"""Doing something at the n-th step that a process takes on its storage: die there, for one.

A step is one call that changes what is stored: a folder, a file, a commit of the table format, a write of
the engine. All of them are seen through the file system that `storage.place` opens, and through the four
functions by which the library and the engine write.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import deltalake
import deltalake.transaction
import pyarrow as pa
from pyarrow.fs import FileSystem, FileSystemHandler, LocalFileSystem, PyFileSystem

from lakehouse_assets.storage import places
from lakehouse_assets.storage.objects import Objects


class PowerCut(BaseException):
    """The process is no more. Nothing may catch it, and nothing may be stored after it."""


class Life:
    """The steps of one process. At step `at`, counted from 1, `then` is called; after a PowerCut no step is taken."""

    def __init__(self, at: int | None = None, then: Callable[[], None] | None = None) -> None:
        self.at, self.then, self.steps, self.over = at, then or self.cut, 0, False
        self._lock = threading.Lock()

    def step(self) -> None:
        """Take a step, or die."""
        with self._lock:
            if self.over:
                raise PowerCut
            self.steps += 1
            if self.steps == self.at:
                self.then()

    def cut(self) -> None:
        """End this life."""
        self.over = True
        raise PowerCut

    def watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function with a step before and one after."""

        def stepping(*args: Any, **named: Any) -> Any:
            self.step()
            result = function(*args, **named)
            self.step()
            return result

        return stepping


@contextmanager
def living(life: Life) -> Iterator[Life]:
    """Within this, whatever the platform stores is a step of this life."""
    table = deltalake.DeltaTable
    watched = [
        patch.object(places, "open_system", _opener(life)),
        patch.object(table, "create_write_transaction", life.watched(table.create_write_transaction)),
        patch.object(table, "delete", life.watched(table.delete)),
        patch.object(
            deltalake.transaction,
            "create_table_with_add_actions",
            life.watched(deltalake.transaction.create_table_with_add_actions),
        ),
    ]
    from pyspark.sql.connect.readwriter import DataFrameWriter

    watched.append(patch.object(DataFrameWriter, "save", life.watched(DataFrameWriter.save)))
    for one in watched:
        one.start()
    try:
        yield life
    finally:
        for one in watched:
            one.stop()


def _opener(life: Life) -> Callable[[str], tuple[FileSystem, str]]:
    real = places.open_system

    def opened(url: str) -> tuple[FileSystem, str]:
        system, path = real(url)
        objects = places.objects_of(system)
        return PyFileSystem(_Local(life) if objects is None else _Objects(life, objects)), path

    return opened


class _Objects(Objects):
    """A bucket or container, step by step. Of an object that is being written nothing is stored until its end."""

    def __init__(self, life: Life, objects: Objects) -> None:
        super().__init__(objects.store, objects.base)
        self.life = life

    def delete_dir(self, path: str) -> None:
        for file in self.files(path):
            self.life.step()
            super().delete_file(file.path)
        self.life.step()

    def delete_file(self, path: str) -> None:
        self.life.step()
        super().delete_file(path)

    def open_output_stream(self, path: str, metadata: Any) -> Any:
        self.life.step()
        return pa.PythonFile(_WrittenObject(self.life, super().open_output_stream(path, metadata)), mode="w")


class _WrittenObject(io.RawIOBase):
    """An object being written: its end is a step."""

    def __init__(self, life: Life, stream: Any) -> None:
        self._life, self._stream = life, stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.write(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            if not self._life.over:
                self._stream.close()
                self._life.step()


class _Local(FileSystemHandler):
    """The local file system, step by step."""

    def __init__(self, life: Life) -> None:
        self.life, self.system = life, LocalFileSystem()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __ne__(self, other: object) -> bool:
        return self is not other

    def get_type_name(self) -> str:
        return "stepping"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: list[str]) -> Any:
        return self.system.get_file_info(paths)

    def get_file_info_selector(self, selector: Any) -> Any:
        return self.system.get_file_info(selector)

    def open_input_stream(self, path: str) -> Any:
        return self.system.open_input_file(path)

    def open_input_file(self, path: str) -> Any:
        return self.system.open_input_file(path)

    def create_dir(self, path: str, recursive: bool) -> None:
        self.life.step()
        self.system.create_dir(path, recursive=recursive)

    def delete_dir(self, path: str) -> None:
        for file in sorted(p for p in Path(path).rglob("*") if p.is_file()):
            self.life.step()
            file.unlink()
        self.life.step()
        self.system.delete_dir(path)

    def delete_file(self, path: str) -> None:
        self.life.step()
        self.system.delete_file(path)

    def open_output_stream(self, path: str, metadata: Any) -> Any:
        self.life.step()
        return pa.PythonFile(_Written(self.life, path), mode="w")

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        raise NotImplementedError

    def delete_root_dir_contents(self) -> None:
        raise NotImplementedError

    def move(self, src: str, dest: str) -> None:
        raise NotImplementedError

    def copy_file(self, src: str, dest: str) -> None:
        raise NotImplementedError

    def open_append_stream(self, path: str, metadata: Any) -> Any:
        raise NotImplementedError


class _Written(io.RawIOBase):
    """A file being written: its first bytes are a step, and its end is one."""

    def __init__(self, life: Life, path: str) -> None:
        self._life, self._first = life, True
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115, PTH123

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self._first or self._life.over:
            self._first = False
            self._life.step()
        return self._file.write(data)

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            if not self._life.over:
                self._life.step()
        super().close()
