"""Write coverage.json anew: which characters each font draws. Needs fonttools and brotli.

Run as `python build.py <font> ...`, in the order in which fonts are tried. Storyboard itself
only reads what this wrote.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-not-found]


def ranges(path: Path) -> list[list[int]]:
    """Return the characters of a font as pairs of a first and a last one."""
    points = sorted(TTFont(path).getBestCmap())
    runs = groupby(enumerate(points), lambda pair: pair[1] - pair[0])
    found = [[point for _, point in run] for _, run in runs]
    return [[run[0], run[-1]] for run in found]


if __name__ == "__main__":
    covered = {Path(name).name: ranges(Path(name)) for name in sys.argv[1:]}
    Path(__file__).with_name("coverage.json").write_text(json.dumps(covered, separators=(",", ":")))
