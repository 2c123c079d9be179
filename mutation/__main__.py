"""`python -m mutation`: put faults into the publishing core, one at a time, and say which no test notices."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import MutationSpec, TestOutcome
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mutation.mutants import Equivalent, change, sample, sites

out = Console(highlight=False)
HERE = Path(__file__).parent
TREES = ("lakehouse_assets", "resources", "sensors", "lakehouse_assets_tests", "docs", "pyproject.toml")
SLOWER = 3  # times as long as the tests take without a fault: then it hangs, and counts as noticed

Modules = Annotated[list[str] | None, typer.Argument(help="As publish/marks; all of the core without.")]
Sample = Annotated[int | None, typer.Option("--sample", min=1, help="So many places, chosen by chance; all without.")]
Seed = Annotated[int, typer.Option(help="The same seed chooses the same places and faults.")]
Jobs = Annotated[int, typer.Option(min=1, help="Faults that are tried side by side.")]
Again = Annotated[bool, typer.Option("--again", help="Only those that survived last time, by what was written then.")]
Results = Annotated[Path, typer.Option(help="Where every fault is written, and whether a test noticed it.")]


@dataclass(frozen=True)
class Fault:
    """One fault, what it changes, and whether a test noticed."""

    module: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str
    killed: bool | None = None
    seconds: float = 0.0


def main(
    modules: Modules = None,
    sample_: Sample = None,
    seed: Seed = 1,
    jobs: Jobs = 1,
    again: Again = False,
    results: Results = Path("build/mutation.jsonl"),
) -> None:
    """Put faults into the publishing core, in copies of it, and say which its tests do not notice."""
    config = tomllib.loads((HERE / "core.toml").read_text("utf-8"))
    tests = {module: paths for module, paths in config["tests"].items() if not modules or module in modules}
    if unknown := set(modules or ()) - set(tests):
        raise typer.BadParameter(f"not of the core: {', '.join(sorted(unknown))}")
    equivalent = [Equivalent(**one) for one in config.get("equivalent", [])]
    faults = _survivors(results, tests) if again else _choose(list(tests), sample_, seed, equivalent)
    started = time.monotonic()
    tried: list[Fault] = []
    with (
        tempfile.TemporaryDirectory(prefix="lakehouse-mutation-") as copies,
        ProcessPoolExecutor(jobs, initializer=_in_a_copy, initargs=(copies,)) as pool,
    ):
        limits = _limits({module: tests[module] for module in {f.module for f in faults}}, pool)
        results.parent.mkdir(exist_ok=True)
        with results.open("w") as written:
            for fault in pool.map(_try, faults, [tests[f.module] for f in faults], [limits[f.module] for f in faults]):
                tried.append(fault)
                written.write(json.dumps(asdict(fault)) + "\n")
                written.flush()
                if not fault.killed:
                    out.print(f"survives: {fault.module}:{fault.line} {fault.operator}", markup=False)
                    out.print(f"  - {fault.before}\n  + {fault.after}", markup=False)
    out.print(_summary(tried))
    out.print(f"{(time.monotonic() - started) / 60:.0f} minutes; every fault is in {results}")


def _path(module: str) -> Path:
    return Path("lakehouse_assets", f"{module}.py")


def _choose(modules: Sequence[str], count: int | None, seed: int, equivalent: Sequence[Equivalent]) -> list[Fault]:
    paths = {_path(module): module for module in modules}
    chosen = sample({path: sites(path) for path in paths}, count, seed, equivalent)
    faults = []
    for spec in chosen:
        path = Path(spec.module_path)
        before, after = change(path, spec) or ("", "")
        faults.append(Fault(paths[path], spec.operator_name, spec.occurrence, spec.start_pos[0], before, after))
    random.Random(seed).shuffle(faults)  # a run that is broken off is a fair sample too
    return faults


def _survivors(results: Path, modules: Sequence[str]) -> list[Fault]:
    """Of last time; only while their modules are as they were then."""
    last = [Fault(**json.loads(line)) for line in results.read_text("utf-8").splitlines()]
    return [fault for fault in last if not fault.killed and fault.module in modules]


def _in_a_copy(copies: str) -> None:
    """What a worker breaks is a copy of its own."""
    copy = Path(tempfile.mkdtemp(dir=copies))
    for name in TREES:
        (shutil.copytree if Path(name).is_dir() else shutil.copy2)(name, copy / name)
    os.chdir(copy)


def _command(tests: Sequence[str]) -> str:
    paths = " ".join(f"lakehouse_assets_tests/{test}.py" for test in tests)
    return f"{sys.executable} -m pytest -x -p no:cacheprovider --hypothesis-seed=0 {paths}"


def _limits(tests: dict[str, list[str]], pool: ProcessPoolExecutor) -> dict[str, float]:
    """How long the tests of each module may take; they must pass without a fault."""
    files = sorted({file for some in tests.values() for file in some})
    seconds = dict(zip(files, pool.map(_seconds, files), strict=True))
    return {module: SLOWER * sum(seconds[file] for file in some) + 20 for module, some in tests.items()}


def _seconds(file: str) -> float:
    started = time.monotonic()
    outcome, said = run_tests(_command([file]), timeout=1200)
    if outcome != TestOutcome.SURVIVED:
        raise RuntimeError(f"{file} fails without a fault already:\n{said}")
    return time.monotonic() - started


def _try(fault: Fault, tests: list[str], limit: float) -> Fault:
    started = time.monotonic()
    spec = MutationSpec(
        module_path=_path(fault.module),
        operator_name=fault.operator,
        occurrence=fault.occurrence,
        start_pos=(fault.line, 0),
        end_pos=(fault.line, 1),
    )
    result = mutate_and_test([spec], _command(tests), limit)
    if result.test_outcome not in (TestOutcome.KILLED, TestOutcome.SURVIVED):
        raise RuntimeError(f"{fault} could not be tried: {result.output}")
    killed = result.test_outcome == TestOutcome.KILLED
    return Fault(**{**asdict(fault), "killed": killed, "seconds": round(time.monotonic() - started, 1)})


def _summary(tried: Sequence[Fault]) -> Table:
    table = Table("module", "faults", "noticed", "share")
    all_of, killed = Counter(f.module for f in tried), Counter(f.module for f in tried if f.killed)
    for module, count in sorted(all_of.items()):
        table.add_row(escape(module), str(count), str(killed[module]), f"{killed[module] / count:.0%}")
    total, noticed = len(tried), sum(killed.values())
    table.add_row("all", str(total), str(noticed), f"{noticed / total:.1%}" if total else "-")
    return table


if __name__ == "__main__":
    typer.run(main)
