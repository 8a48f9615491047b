"""Make languages.zip, what prompts of other languages say in English. Run once, by hand.

Source: cldr-annotations-full 48.2.0 (`npm pack` fetches it), the names and keywords that Unicode
gives each emoji in many languages; Unicode licence. A foreign word means the English one that
goes with nearly the same emoji. concepts.json, ours, adds what sets a scene, which annotations
lack, and the common words that tell a language and name nothing.

    python -m storyboard.engine.data.translate CLDR_FOLDER
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

from storyboard.engine.animatic.places import WORDS
from storyboard.engine.animatic.words import vocabulary

HERE = Path(__file__).parent
LANGUAGES = (
    *("de", "fr", "es", "it", "pt", "nl", "pl", "cs", "ru", "uk", "tr", "ar", "he", "fa", "hi"),
    *("bn", "th", "vi", "id", "zh", "zh-Hant", "ja", "ko", "sv", "da", "no", "fi", "hu", "el"),
    *("ro", "bg", "hr", "ca", "sr", "sk", "sl", "ms", "ta", "te", "ur", "sw", "fil"),
)
# Of two words, how many of their emoji must be the same.
ALIKE = 0.5
LONGEST = 24

Emoji = dict[str, set[str]]


def words_of(folder: Path, language: str) -> tuple[Emoji, dict[str, str]]:
    """Return the emoji of each word or pair of words, and the name of each emoji."""
    path = folder / "annotations" / language / "annotations.json"
    rows = json.loads(path.read_text())["annotations"]["annotations"]
    found: Emoji = defaultdict(set)
    names: dict[str, str] = {}
    for emoji, row in rows.items():
        if not any(ord(sign) > 0x2190 for sign in emoji):
            continue
        [name, *_] = row.get("tts", [""])
        names[emoji] = name.lower()
        for word in {name, *row.get("default", [])}:
            short = word.lower().strip()
            if 0 < len(short) <= LONGEST and len(short.split()) <= 2:
                found[short].add(emoji)
    return found, names


def main(folder: Path) -> None:
    settings = {word for line in WORDS.values() for word in line.split()}
    known = set(vocabulary()) | settings
    english, names = words_of(folder, "en")
    for sign, name in names.items():
        for part in (name, *name.replace("-", " ").split()):
            english[part].add(sign)
    concepts = json.loads((HERE / "concepts.json").read_text(encoding="utf-8"))
    ours: Emoji = {word: emoji for word, emoji in english.items() if word in known}
    tables = {}
    for language in LANGUAGES:
        foreign, _ = words_of(folder, language)
        table = {}
        for word, emoji in foreign.items():
            scores = {
                other: len(emoji & theirs) / len(emoji | theirs)
                for other, theirs in ours.items()
                if emoji & theirs
            }
            best = max(scores, key=lambda other: (scores[other], -len(other), other), default="")
            if best and scores[best] >= ALIKE and word != best:
                table[word] = best
        own = concepts.get(language, {"common": [], "words": {}})
        for meaning, forms in own["words"].items():
            table |= dict.fromkeys(forms, meaning)
        table |= dict.fromkeys(own["common"], "")
        tables[language] = dict(sorted(table.items()))
        print(language, len(table))
    tables["emoji"] = {
        sign.replace("\ufe0f", ""): best
        for sign, name in names.items()
        if (best := next((one for one in (name, *reversed(name.split())) if one in known), ""))
    }
    with zipfile.ZipFile(HERE / "languages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for language, table in tables.items():
            text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
            archive.writestr(zipfile.ZipInfo(f"{language}.json"), text, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
