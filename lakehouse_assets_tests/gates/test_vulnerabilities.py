"""What is locked against what is known: each version that an advisory names is found, and decided about or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gates import vulnerabilities
from gates.osv import Advisory, read
from gates.vulnerabilities import DECIDED, KEPT, Kept, Pin, found, page, pins, touches, wrong

REPOSITORY = Path(__file__).parents[2]
PIN = Pin("urllib3", "2.7.0", deployed=True)


def kept(*affected: str, asked: str = "urllib3") -> Kept:
    return Kept({}, frozenset({asked}), (Advisory("urllib3", "PYSEC-1", affected, "PyPA"),))


def test_the_page_is_of_what_is_locked_and_nothing_is_left_to_decide() -> None:
    known = Kept.load(KEPT.read_text())
    assert wrong(pins(), known, DECIDED) == []
    assert (REPOSITORY / "docs/vulnerabilities.md").read_text() == page(pins(), known, DECIDED), (
        "run `make vulnerabilities`"
    )


def test_what_is_kept_is_written_as_it_was_read() -> None:
    assert Kept.load(KEPT.read_text()).text() == KEPT.read_text()


def test_all_that_is_locked_is_looked_at_and_what_is_deployed_is_known() -> None:
    locked = pins()
    chosen = (REPOSITORY / "constraints.txt").read_text().split()
    assert {f"{pin.package}=={pin.version}" for pin in locked} >= {line for line in chosen if "==" in line}
    assert {pin.package: pin.deployed for pin in locked}["duckdb"]
    assert not {pin.package: pin.deployed for pin in locked}["pytest"]
    assert not {pin.package: pin.deployed for pin in locked}["checkov"]


@pytest.mark.parametrize(
    ("affected", "version", "named"),
    [
        ([">=0,<2.8.0"], "2.7.0", True),
        ([">=0,<2.8.0"], "2.8.0", False),
        ([">=0,<2.8.0"], "2.8.0rc1", False),
        ([">=1.0,<=2.7.0"], "2.7.0", True),
        ([">=0,<1.26", ">=2.0,<2.7.1"], "2.7.0", True),
        ([">=0,<1.26", ">=2.7.1,<2.8"], "2.7.0", False),
        (["==2.6.0", "==2.7.0"], "2.7.0", True),
        ([">=2.7.0rc1"], "2.7.0rc2", True),
    ],
)
def test_a_version_is_named_by_the_ranges_of_an_advisory(affected: list[str], version: str, named: bool) -> None:
    assert touches(Advisory("urllib3", "PYSEC-1", tuple(affected), "PyPA"), version) is named


def test_a_version_that_is_named_must_be_decided_about_and_the_page_says_how() -> None:
    known = kept(">=0,<2.8.0")
    assert wrong([PIN], known, {}) == ["urllib3 2.7.0: PYSEC-1 names it (>=0,<2.8.0): upgrade, or decide"]
    assert wrong([PIN], known, {"PYSEC-1": "no stream is read"}) == []
    assert "| urllib3 2.7.0 | PYSEC-1 | >=0,<2.8.0 | no stream is read |" in page(
        [PIN], known, {"PYSEC-1": "no stream is read"}
    )
    assert "**not decided**" in page([PIN], known, {})


def test_a_decision_that_nothing_calls_for_any_more_is_refused() -> None:
    assert wrong([PIN], kept(">=0,<2.0"), {"PYSEC-1": "why"}) == [
        "PYSEC-1: decided about, but names nothing that is locked"
    ]


def test_a_package_of_a_deployment_must_have_been_asked_about() -> None:
    silent = kept(asked="requests")
    assert wrong([PIN], silent, {}) == ["urllib3: never asked about"]
    for_work = Pin("urllib3", "2.7.0", deployed=False)
    assert wrong([for_work], silent, {}) == []
    assert "Never asked about, all for work on the code: urllib3." in page([for_work], silent, {})


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A folder as PyPA's and GitHub's databases are: an advisory in YAML, one in JSON, one withdrawn, one of npm."""
    folder = tmp_path / "advisories"
    (folder / "vulns/urllib3").mkdir(parents=True)
    (folder / "vulns/urllib3/PYSEC-1.yaml").write_text(
        "id: PYSEC-1\nmodified: 2026-09-15T10:00:00Z\naffected:\n- package: {name: URLLIB3, ecosystem: PyPI}\n"
        "  ranges:\n  - {type: GIT, events: [{introduced: abc}]}\n"
        "  - {type: ECOSYSTEM, events: [{introduced: 0}, {fixed: 1.10}, "
        "{introduced: '2.0'}, {last_affected: 2.7.0}]}\n"
        "  - {type: ECOSYSTEM, events: [{introduced: 3.0a1}]}\n"
    )
    one = {
        "id": "GHSA-1",
        "modified": "2026-11-01T00:00:00Z",
        "affected": [
            {"package": {"name": "urllib3", "ecosystem": "npm"}, "versions": ["2.7.0"]},
            {"package": {"name": "typing_extensions", "ecosystem": "PyPI"}, "versions": ["1.0", "1.1"]},
        ],
    }
    (folder / "GHSA-1.json").write_text(json.dumps(one))
    (folder / "GHSA-2.json").write_text(json.dumps(one | {"id": "GHSA-2", "withdrawn": "2026-11-02T00:00:00Z"}))
    (folder / "package.json").write_text("[]")
    return folder


def test_a_database_is_read_as_osv_writes_it(database: Path) -> None:
    as_of, advisories = read(database, {"urllib3", "typing-extensions"})
    assert as_of == "2026-11-01"
    assert advisories == [
        Advisory("typing-extensions", "GHSA-1", ("==1.0", "==1.1"), "advisories"),
        Advisory("urllib3", "PYSEC-1", (">=0,<1.10", ">=2.0,<=2.7.0", ">=3.0a1"), "advisories"),
    ]
    assert [pin.version for pin, _ in found([PIN], Kept({}, frozenset(), tuple(advisories)))] == ["2.7.0"]


def test_a_folder_without_an_advisory_is_an_error_and_no_good_news(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match="holds no advisory"):
        read(tmp_path, {"urllib3"})


def test_from_a_database_all_that_is_locked_is_asked_about_anew(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vulnerabilities, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr("sys.argv", ["vulnerabilities", "--database", str(database)])
    assert vulnerabilities.main() == 1  # what was decided about is not in this database
    told = capsys.readouterr()
    assert told.err == "PYSEC-2025-183: decided about, but names nothing that is locked\n"
    assert "| advisories | 2026-11-01 | all of its files |" in told.out
    assert "Never asked" not in told.out
