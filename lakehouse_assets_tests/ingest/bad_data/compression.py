"""Bad data: Compression."""

from __future__ import annotations

import bz2
import gzip

from lakehouse_assets_tests.ingest.bad_data.case import (
    AGAIN,
    JSON,
    ONE,
    PARQUET,
    PLAIN,
    Case,
    archive,
)

CASES = [
    Case("gzip", "gzip, whatever the name", "Decompressed", "", archive("gzip", PLAIN), rows=ONE),
    Case("zstd", "zstd, whatever the name", "Decompressed", "", archive("zstd", PLAIN), rows=ONE),
    Case("bz2", "bzip2, whatever the name", "Decompressed", "", lambda: bz2.compress(PLAIN), rows=ONE),
    Case("lz4", "An lz4 frame, whatever the name", "Decompressed", "", archive("lz4", PLAIN), rows=ONE),
    Case(
        "joined-archives",
        "Two gzip archives, one behind the other",
        "Both are read",
        "",
        lambda: gzip.compress(PLAIN) + gzip.compress(b"3,4\n"),
        rows=(("1", "2"), ("3", "4")),
    ),
    Case(
        "cut-archive",
        "A gzip archive cut off",
        "The file is unreadable",
        AGAIN,
        archive("gzip", PLAIN * 9, cut=-3),
        unreadable="the gzip archive is cut off or damaged",
    ),
    Case(
        "cut-zstd",
        "A zstd archive cut off",
        "The file is unreadable",
        AGAIN,
        archive("zstd", PLAIN * 9, cut=-3),
        unreadable="the zstd archive is cut off or damaged",
    ),
    Case(
        "rotten-archive",
        "A gzip archive whose checksum is wrong",
        "The file is unreadable",
        AGAIN,
        lambda: gzip.compress(PLAIN)[:-8] + bytes(8),
        unreadable="the gzip archive is cut off or damaged",
    ),
    Case(
        "tar",
        "A tar archive in gzip",
        "The file is unreadable",
        "Ask for the files themselves.",
        lambda: gzip.compress(bytes(257) + b"ustar" + bytes(250)),
        unreadable="it is a tar archive, not CSV",
    ),
    Case(
        "gzip-json",
        "JSON lines in gzip",
        "Decompressed",
        "",
        archive("gzip", b'{"a": 1, "b": 2}\n'),
        source=JSON,
        rows=ONE,
    ),
    Case(
        "gzip-parquet",
        "Parquet in gzip",
        "The file is unreadable",
        "Parquet compresses within; a whole archive cannot be read from its end.",
        archive("gzip", b"PAR1"),
        source=PARQUET,
        unreadable="compressed with gzip as a whole",
    ),
]
