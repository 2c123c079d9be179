"""Patterns of contracts for every engine: a JVM and the embedded engine differ in most that is short."""

from __future__ import annotations

import re

from lakehouse_assets.errors import DeclarationError

WORD = r"\p{IsAlphabetic}\p{M}\p{Nd}\p{Pc}\p{IsJoin_Control}"
# What all engines know, for what each has an opinion of: as Python means it, and the embedded engine.
SAME = {
    r"\d": r"\p{Nd}",
    r"\D": r"\P{Nd}",
    r"\s": r"\p{IsWhite_Space}",
    r"\S": r"\P{IsWhite_Space}",
    r"\w": f"[{WORD}]",
    r"\W": f"[^{WORD}]",
    r"\v": r"\x0B",
    **{piece: piece for piece in (r"\a", r"\f", r"\n", r"\r", r"\t")},
}
OUTSIDE = {**SAME, r"\A": r"\A", r"\Z": r"\z", r"\b": r"\b", r"\B": r"\B"}
INSIDE = {**SAME, r"\b": r"\x08"}
ESCAPED = r"\\x[0-9a-fA-F]{2} | \\u[0-9a-fA-F]{4} | \\. | "
PIECES = re.compile(
    ESCAPED + r"\[\^?\]?(?:\\.|[^\]\\])*\] | \(\?P<\w+> | \(\?[is]*[:)] | \(\?. | [*+?}]\+ | .", re.VERBOSE | re.DOTALL
)
IN_BRACKETS = re.compile(ESCAPED + r"-- | [\[&~]", re.VERBOSE | re.DOTALL)


def everywhere(pattern: str | re.Pattern[str], where: str) -> str:
    """A pattern for the same texts on every engine. Raises DeclarationError for what not every engine knows.

    Where Python lets `$` be also before a last newline, it is the end alone.
    """
    made = [] if isinstance(pattern, str) else [_flags(pattern, where)]
    dots = [any("s" in flags for flags in made)]  # whether `.` is every character, in each group
    for piece in PIECES.findall(pattern if isinstance(pattern, str) else pattern.pattern):
        if piece[0] == "[" and len(piece) > 1:
            made.append(_brackets(piece, where))
        elif piece[0] == "(":
            made.append(_group(piece, dots, where))
        elif piece[0] == "\\":
            made.append(_escaped(piece, OUTSIDE, where))
        elif len(piece) > 1:
            raise _unknown(piece, where)
        else:
            if piece == ")":
                dots.pop()
            made.append({"$": r"\z", ".": "." if dots[-1] else r"[^\n]"}.get(piece, piece))
    return "".join(made)


def _brackets(piece: str, where: str) -> str:
    """One of these characters; to Python a bracket within is one of them, to engines a set of its own."""
    head = "[^" if piece.startswith("[^") else "["
    body = piece[len(head) : -1]
    body = r"\]" + body[1:] if body.startswith("]") else body
    return head + IN_BRACKETS.sub(lambda found: _escaped(found[0], INSIDE, where), body) + "]"


def _escaped(piece: str, known: dict[str, str], where: str) -> str:
    if piece in known:
        return known[piece]
    if piece == "--" or (piece[1:2].isalnum() and len(piece) == 2):
        raise _unknown(piece, where)
    return piece if len(piece) > 2 else rf"\x{{{ord(piece[-1]):x}}}"


def _group(piece: str, dots: list[bool], where: str) -> str:
    if piece == "(" or piece.startswith("(?P<"):
        dots.append(dots[-1])
        return "("
    if piece[-1] not in ":)":
        raise _unknown(piece, where)
    every = dots[-1] or "s" in piece
    if piece.endswith(":"):
        dots.append(every)
    else:
        dots[-1] = every
    return piece.replace("i", "iu")


def _flags(pattern: re.Pattern[str], where: str) -> str:
    if other := pattern.flags & ~(re.UNICODE | re.IGNORECASE | re.DOTALL):
        raise _unknown(str(re.RegexFlag(other)), where)
    letters = "iu" * bool(pattern.flags & re.IGNORECASE) + "s" * bool(pattern.flags & re.DOTALL)
    return f"(?{letters})" if letters else ""


def _unknown(piece: str, where: str) -> DeclarationError:
    return DeclarationError(
        f"of {piece!r} in a pattern engines have two opinions, or only one knows it",
        where=where,
        remedy="write the pattern without it, or a function under @rule()",
    )
