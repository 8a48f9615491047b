"""Tables for spreadsheets, whose cells are read as words and never as formulas.

Source: OWASP, CSV Injection: cells that begin with = + - @, tab, CR or LF, or with a full-width
form of these, get a single quote before them, and every cell stands in double quotes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def written(rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as CSV in UTF-8, with the mark by which spreadsheets know it."""
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerows([defused(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def defused(text: str) -> str:
    return f"'{text}" if text.startswith(STARTS_FORMULA) else text


def original(cell: str) -> str:
    """Return what `defused` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(STARTS_FORMULA) else cell
