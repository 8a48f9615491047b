"""The words that set a scene: its hour, its ground and its weather."""

from __future__ import annotations

from storyboard.engine.animatic.interior import WORDS as ROOM_WORDS
from storyboard.engine.animatic.treatment import Colour
from storyboard.engine.animatic.words import vocabulary

# Words that set the hour, the ground and the weather. Words not listed still steer the
# picture, by their hash.
HOURS: dict[str, tuple[Colour, Colour, Colour]] = {
    "night": ((14, 18, 44), (52, 64, 112), (240, 236, 208)),
    "dusk": ((58, 46, 96), (232, 140, 104), (255, 214, 140)),
    "dawn": ((112, 140, 188), (252, 204, 164), (255, 236, 190)),
    "day": ((98, 164, 214), (214, 232, 236), (255, 246, 214)),
    "fire": ((40, 22, 30), (150, 72, 34), (255, 196, 96)),
}
WORDS = {
    "night": "night midnight moon moonlight moonlit stars star starry dark darkness "
    "sleep dream firefly owl",
    "dusk": "dusk sunset evening twilight autumn wintry melancholy",
    "dawn": "dawn sunrise morning spring hope gentle",
    "day": "day noon sun sunny summer bright clear blue harbour beach garden",
    "fire": "fire flame match matches candle lantern warmth hearth burning ember glow",
    "snow": "snow snowy winter wintry frost frosty frozen ice blizzard december cold",
    "rain": "rain rainy storm stormy drizzle thunder wet downpour",
    "fog": "fog foggy mist misty haze hazy",
    "lightning": "lightning thunder storm stormy thunderstorm tempest",
    # "A boat leaves": the word alone is no sign of them.
    "leaves": "autumn autumnal foliage petal petals",
    "petals": "petal petals blossom",
    "wind": "wind windy breeze gale gust blowing",
    "smoke": "smoke smoking smoky chimney steam",
    "room": ROOM_WORDS,
    "sea": "sea ocean water lake river harbour ship boat wave waves shore"
    " beach island whale coast bay pier lagoon pond ferry yacht liner canoe",
    "forest": "forest wood woods tree trees pine fox deer owl wolf jungle",
    "city": "city street town pavement house houses roof roofs window village alley square castle",
    "desert": "desert dune dunes sand sahara oasis caravan camel pyramid",
    "meadow": "meadow grass field fields lawn park pasture garden farm picnic prairie flowers",
    "mountain": "mountain mountains hill hills peak valley cliff canyon",
}
GROUNDS = ("sea", "desert", "meadow", "forest", "city", "mountain")
FLOORS: dict[str, Colour] = {"desert": (226, 178, 106), "meadow": (112, 158, 74)}
# What a scene is set in is not what it is about, unless the vocabulary names it a thing.
SETTING = frozenset(
    word
    for kind, line in WORDS.items()
    if kind != "smoke"
    for word in line.split()
    if word not in vocabulary() or vocabulary()[word][1]
) | {"tree", "trees", "window", "windows"}
