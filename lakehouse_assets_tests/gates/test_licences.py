"""Licences are let through by name, and the page of them is of what is locked."""

from __future__ import annotations

import sys

import pytest

from gates.licences import PAGE, differences, installed, locked, page, refused
from gates.osv import normal


@pytest.mark.parametrize("said", ["MIT", "Apache-2.0 OR BSD-3-Clause", "Apache Software License; MIT License"])
def test_permissive_licences_are_let_through(said: str) -> None:
    assert refused({"x": said}) == []


@pytest.mark.parametrize(
    "said", ["UNKNOWN", "", "AGPL-3.0", "MIT AND GPL-3.0-only", "Mozilla Public License 2.0 (MPL 2.0)"]
)
def test_an_unknown_or_binding_licence_is_refused_by_the_package(said: str) -> None:
    assert refused({"x": said}) == [f"x: {said} is not let through; see PERMITTED and BY_PACKAGE in gates/licences.py"]


def test_what_was_let_through_by_package_is_so_for_the_licence_it_had() -> None:
    assert refused({"certifi": "Mozilla Public License 2.0 (MPL 2.0)"}) == []
    assert "was Mozilla" in refused({"certifi": "AGPL-3.0"})[0]


def test_the_page_lists_what_is_locked_of_both_environments() -> None:
    work, infra = PAGE.read_text().split("## What Terraform is checked with")
    for text, file in ((work, "locked/dev.txt"), (infra, "locked/infra.txt")):
        names, some = locked(file)
        listed = {normal(line.split("|")[1].strip()) for line in text.splitlines() if line.startswith("| ")} - {
            "package"
        }
        assert len(listed) > 100
        assert (listed - names, names - some - listed) == (set(), set()), "run `make licences-reviewed`"


def test_a_page_is_sorted_by_package_and_says_why_one_is_let_through() -> None:
    text = page({"b": "MIT", "A": "MIT"}, {"tqdm": "MPL-2.0 AND MIT"})
    rows = [line for line in text.splitlines() if line.startswith("| ") and "package" not in line]
    assert rows == [
        "| A | MIT | permissive |",
        "| b | MIT | permissive |",
        "| tqdm | MPL-2.0 AND MIT | its files are used as they are |",
    ]


KEPT = page({"a": "MIT", "b-b": "ISC"}, {"c": "MIT"})


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (page({"a": "MIT", "b-b": "BSD"}, {"c": "MIT"}), "+| b-b | BSD | permissive |"),
        (page({"a": "MIT"}, {"c": "MIT"}), "-| b-b | ISC | permissive |"),
        (page({"a": "MIT", "b-b": "ISC"}, {"c": "MIT", "d": "MIT"}), "+| d | MIT | permissive |"),
        (KEPT.replace("Written by", "By"), "-What is installed"),
    ],
)
def test_a_page_of_other_packages_licences_or_words_is_told(now: str, told: str) -> None:
    assert told in differences(KEPT, now)


def test_only_a_package_that_not_every_python_needs_may_be_missing_and_never_have_another_licence() -> None:
    assert differences(KEPT, KEPT) == ""
    without = page({"a": "MIT"}, {"c": "MIT"})
    assert differences(KEPT, without, {"b-b"}) == differences(without, KEPT, {"b-b"}) == ""
    assert differences(KEPT, without, {"a"})
    assert differences(KEPT, page({"a": "MIT", "b-b": "GPL"}, {"c": "MIT"}), {"b-b"})


def test_what_is_installed_here_is_what_the_page_says_of_it() -> None:
    """As `make licences` compares it, but for what Terraform is checked with, which is not installed for the tests."""
    names, some = locked("locked/dev.txt")
    heading = "## What Terraform is checked with"
    now = page(installed(sys.executable, names), {}).partition(heading)[0]
    assert differences(PAGE.read_text().partition(heading)[0], now, some) == "", "run `make licences-reviewed`"
