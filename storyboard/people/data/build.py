"""Write leaked_passwords.txt.gz anew, from two lists of passwords that were found in leaks.

Run as `python build.py <list> <list>`: SecLists' 10-million-password-list-top-1000000.txt (from
leaks that Mark Burnett gathered) and Django's common-passwords.txt, unpacked (Royce Williams' most
frequent of Have I Been Pwned). Storyboard itself only reads what this wrote.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

# Shorter ones are refused for that alone.
LEAST = 10


def worth_knowing(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.casefold() for line in lines if len(line) >= LEAST and line.isprintable()}


if __name__ == "__main__":
    words = sorted(set().union(*(worth_knowing(Path(name)) for name in sys.argv[1:])))
    content = "".join(f"{word}\n" for word in words).encode()
    target = Path(__file__).with_name("leaked_passwords.txt.gz")
    target.write_bytes(gzip.compress(content, 9, mtime=0))
