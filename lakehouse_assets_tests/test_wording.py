"""Lists in sentences."""

from lakehouse_assets.wording import some_of


def test_a_list_is_cut_short_only_where_something_is_left_out() -> None:
    assert some_of([]) == ""
    assert some_of(["a", "b"], most=2) == "a, b"
    assert some_of(iter("abcd"), most=2, between="; ") == "a; b and 2 more"
