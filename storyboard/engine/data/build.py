"""Make sprites.zip and words.json, the pictures and words of the animatics. Run once, by hand.

Sources, unpacked into two folders (`npm pack` fetches them):

- @twemoji/svg 15.0.0: the drawings, by Twitter and other contributors, CC-BY 4.0.
- emojibase-data 17.0.0: the English annotations, en/compact.json, MIT.

What no emoji shows well is drawn in own.py; synonyms.py adds the words that stories use. Needs
resvg-py 0.5.0 and Pillow, in an environment of its own; the app itself needs neither of the
sources nor resvg:

    python -m storyboard.engine.data.build TWEMOJI_FOLDER EMOJIBASE_FOLDER
"""

# ruff: noqa: SIM905

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from pathlib import Path

import resvg_py  # type: ignore[import-not-found]
from PIL import Image

from storyboard.engine.data.own import DRAWINGS, FIGURES
from storyboard.engine.data.synonyms import NOT_SUBJECTS, SYNONYMS

HERE = Path(__file__).parent
SIDE = 192
# Groups of emojibase: animals and nature, food, travel and places, activities, objects.
GROUPS = {3, 4, 5, 6, 7}
# Of the others, those that stories ask for.
ALSO = set(
    """
    1f47b 1f47d 1f916 1f480 1f9dc-200d-2640-fe0f 1f9da-200d-2640-fe0f 1f9dd-200d-2640-fe0f
    1f9de 1f9df 1f9db 1f385 1f483 1f57a 1f3c3 1f6b6 1f3c4 1f3ca 1f6b4 1f3c7 26f7 1f3c2 1f9d7
    1f6a3 1f9d8 1f46a 1f46b 1f476 1f977 1f3cb 26f9 1f938 1f93a 1f9b8 1f9d1-200d-1f692 1f46f
    1f60a 2764-fe0f 1f44d 1f9cc 1f470
""".split()
)
# Whole scenes with a sky of their own, clock faces, and signs that mean nothing in a scene.
NEVER = re.compile(
    r"o.clock|thirty|globe with|map of|sunrise|sunset|cityscape|night|foggy|milky|moon|sun|"
    r"cloud|umbrella on|square|speaker|mail|tray|button|banknote|chart|card|calendar|clip|"
    r"receipt|label|bookmark|file|folder|battery|pager|fax|disk|videocassette|lock|brick|"
    r"wash|national park|landslide|beach with|desert$|desert island|camping|mountain|mount |"
    r"hot springs|suit|mahjong|joker|dominoes|medal|ribbon|motorway|stop sign|traffic|"
    r"construction$|high voltage|water wave|droplet|wind face|cyclone|thermometer|page|"
    r"toilet|plunger|roll of|cigarette|syringe|pill|bandage|x-ray|crutch|petri|dna|microbe|"
    r"bikini|briefs|swimsuit|shorts|lipstick|credit|money with|with bell|bell with|face$|"
    r"pig nose|paw|slot|pistol|razor|lotion|safety pin|sponge|plug|goal net|love hotel|seat$"
)
SAME = {"1f431": "1f408", "1f436": "1f415"}


def picture(markup: str) -> bytes | None:
    """Return the markup as a WebP cropped to what is drawn; None when nothing is."""
    png = resvg_py.svg_to_bytes(svg_string=markup, width=SIDE, height=SIDE)
    drawn = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    box = drawn.getchannel("A").point(lambda level: 255 * (level > 8)).getbbox()
    if box is None:
        return None
    out = io.BytesIO()
    drawn.crop(box).save(out, "WEBP", quality=82, method=6)
    return out.getvalue()


def source(folder: Path, code: str) -> str | None:
    """Return an emoji's SVG; Twemoji leaves out the variation selector where it can."""
    for name in (code, code.replace("-fe0f", "")):
        path = folder / f"{name}.svg"
        if path.exists():
            return path.read_text()
    return None


def figures(folder: Path) -> dict[str, str]:
    """Return our own drawings and figures as whole SVGs."""
    frame = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">{}</svg>'
    drawn = {name: frame.format(markup) for name, markup in DRAWINGS.items()}
    for name, (code, markup) in FIGURES.items():
        whole = source(folder, code)
        if whole is None:
            raise SystemExit(f"Twemoji has no {code} for {name}")
        inner = re.sub(r"^<svg[^>]*>|</svg>$", "", whole.strip())
        drawn[name] = frame.format(markup.replace("HEAD", inner))
    return drawn


def words_of(rows: list[dict[str, object]], known: set[str]) -> dict[str, list[object]]:
    """Return word → [picture, rank]: 0 ours, 1 the name's own noun, 2 a word or tag of it."""
    found: dict[str, tuple[int, int, str]] = {}

    def note(word: str, rank: int, order: int, code: str) -> None:
        if (
            re.fullmatch(r"[a-z][a-z' -]+", word)
            and (rank, order) < found.get(word, (9, 0, ""))[:2]
        ):
            found[word] = (rank, order, code)

    for code, line in SYNONYMS.items():
        for word in line.split():
            if code in known:
                note(word.replace("-", " "), 0, 0, code)
            else:
                raise SystemExit(f"no picture of {code}")
    for order, row in enumerate(rows):
        code = str(row["hexcode"])
        label = re.sub(r"[^a-z' -]", "", str(row["label"]).lower()).strip()
        parts = label.replace("-", " ").split()
        note(label, 1, order, code)
        for tag in row.get("tags", []):  # type: ignore[attr-defined]
            if tag not in NOT_SUBJECTS and len(tag) > 2:
                note(str(tag), 2, order, code)
        for part in parts:
            if part not in NOT_SUBJECTS and len(part) > 2:
                note(part, 1 if part == parts[-1] else 2, order, code)
    return {word: [code, rank] for word, (rank, _, code) in sorted(found.items())}


def main(twemoji: Path, emojibase: Path) -> None:
    pictures: dict[str, bytes] = {}
    for name, markup in figures(twemoji).items():
        pictures[name] = picture(markup) or b""
    rows = []
    for row in json.loads((emojibase / "en" / "compact.json").read_text()):
        code = row["hexcode"].lower()
        chosen = row.get("group") in GROUPS and not NEVER.search(row["label"].lower())
        plain = code.removesuffix("-fe0f")
        if not (chosen or code in ALSO or plain in ALSO or plain in SYNONYMS or code in SYNONYMS):
            continue
        svg = source(twemoji, code)
        drawn = picture(svg) if svg else None
        if drawn:
            name = code if code in SYNONYMS else plain
            pictures[name] = drawn
            rows.append({**row, "hexcode": name})
    with zipfile.ZipFile(HERE / "sprites.zip", "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(pictures):
            archive.writestr(zipfile.ZipInfo(f"{name}.webp"), pictures[name])
    words = words_of(rows, set(pictures))
    lines = ",\n".join(f"{json.dumps(word)}: {json.dumps(row)}" for word, row in words.items())
    (HERE / "words.json").write_text("{\n" + lines + "\n}\n")
    print(len(pictures), "pictures;", len(words), "words")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
