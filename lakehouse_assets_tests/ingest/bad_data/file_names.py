"""Bad data: files that are not, or not yet, a delivery, as their names tell."""

from __future__ import annotations

from dataclasses import dataclass

LEFT = "Left alone: no row, no entry in the ledger, no warning"


@dataclass(frozen=True)
class NameCase:
    """One kind of file beside a good one; `names` are examples of it, each of which holds good lines.

    Of `complete` files, an example is what the file is called once whoever writes it is done.
    """

    id: str
    arrives: str
    happens: str
    why: str
    names: tuple[str, ...]
    taken: bool = False
    complete: str = ""


CASES = [
    NameCase(
        "unfinished",
        "An upload in progress, by the name that its tool ends in `.tmp`, `.temp`, `.part`, `.partial`, `.filepart`, "
        "`.crdownload`, `.opdownload`, `.download`, `.aria2`, `.inprogress` or `._COPYING_`",
        f"{LEFT}; loaded once it has its name",
        "Half a file looks like a whole one. Letter case does not matter.",
        (
            *("b.csv.tmp", "B.CSV.TMP", "b.csv.temp", "b.csv.part", "b.csv.partial", "b.csv.1a2b3c.partial"),
            *("b.csv.filepart", "b.csv.crdownload", "b.csv.opdownload", "b.csv.download", "b.csv.aria2"),
            *("b.csv.inprogress", "b.csv._COPYING_"),
        ),
        complete="b.csv",
    ),
    NameCase(
        "hidden",
        "A hidden file, `.name`, as rsync, lftp and Syncthing write until they are done",
        f"{LEFT}; loaded once it has its name",
        "",
        (".b.csv", ".b.csv.Xy12Za", ".in.b.csv.", "..b.csv"),
        complete="b.csv",
    ),
    NameCase(
        "marker",
        "A marker or checksum of another tool: `_SUCCESS`, `_committed_1`, `.a.csv.crc`",
        LEFT,
        "Whether a delivery is complete is told by its files, not by a marker.",
        ("_SUCCESS", "_committed_1", "_started_1", ".a.csv.crc", "._a.csv", ".DS_Store"),
    ),
    NameCase(
        "editor",
        "What editors and Office leave: `a.csv~`, `~$a.csv`, `.a.csv.swp`, `a.csv.swp`",
        LEFT,
        "They repeat a delivery, or part of it.",
        ("a.csv~", "~$a.csv", ".a.csv.swp", "a.csv.swp", "~lock.a.csv#"),
    ),
    NameCase(
        "lock",
        "A lock beside a file: `a.csv.camelLock`",
        LEFT,
        "",
        ("a.csv.camelLock",),
    ),
    NameCase(
        "names-like-these",
        "A name that only holds such a word: `temp.csv`, `a.tmp.csv`, `part-0001.csv`",
        "Loaded",
        "Only beginnings and ends of a name tell.",
        ("temp.csv", "a.tmp.csv", "part-0001.csv", "a_SUCCESS.csv"),
        taken=True,
    ),
]
