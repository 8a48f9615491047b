"""Drawings of our own, 36 units a side as Twemoji's, for what no emoji shows well.

`HEAD` in a drawing stands for the inner markup of the emoji it names.
"""

# ruff: noqa: E501

from __future__ import annotations

LEGS = (
    '<path d="M13.5 28h3.4v6.6h-4.4c0-1.4.5-1.6 1-1.8z" fill="{legs}"/>'
    '<path d="M19 28h3.4v4.8c.6.2 1.1.4 1.1 1.8H19z" fill="{legs}"/>'
)
ARMS = (
    '<path d="M13.4 19.4c-2 .6-3.8 4-4 7.400l2 .4c.8-2 2-3.600 3.200-4.400z" fill="{coat}"/>'
    '<path d="M22.600 19.400c2 .6 3.800 4 4 7.400l-2 .4c-.8-2-2-3.600-3.200-4.400z" fill="{coat}"/>'
)
DRESS = '<path d="M14.600 18h6.800l5 12.400c-4 1.600-12.800 1.600-16.800 0z" fill="{coat}"/>'
COAT = '<path d="M13.400 18.400c2-.8 7.200-.8 9.200 0l.9 11.400h-11z" fill="{coat}"/>'
SCARF = '<path d="M14 17.400h8v2h-3v4h-2v-4h-3z" fill="{scarf}"/>'
HEAD = '<g transform="translate(8.100 0.400) scale(.55)">HEAD</g>'


def figure(coat: str, scarf: str, legs: str, *, dress: bool = False) -> str:
    """Return a standing person whose head is an emoji's."""
    parts = LEGS + ARMS + (DRESS if dress else COAT) + SCARF + HEAD
    return parts.format(coat=coat, scarf=scarf, legs=legs)


# Name: the emoji whose head it borrows (or none), its markup, and the words it is for.
FIGURES = {
    "girl": ("1f467-1f3fc", figure("#c2413c", "#f0d9a8", "#4a3a34", dress=True)),
    "boy": ("1f466-1f3fd", figure("#2f6f9f", "#e8a33d", "#3b3a4a")),
    "child": ("1f9d2-1f3fc", figure("#d99a2b", "#5b7f4f", "#4a3a34")),
    "woman": ("1f469-1f3fd", figure("#6a4c93", "#e6c9a8", "#33303a", dress=True)),
    "man": ("1f468-1f3fc", figure("#3d5a4c", "#b5533c", "#2e2b33")),
    "old-man": ("1f474-1f3fc", figure("#5a5266", "#a33b3b", "#2e2b33")),
    "old-woman": ("1f475-1f3fc", figure("#7a4a5c", "#d8c9b0", "#33303a", dress=True)),
    "wizard": ("1f9d9-1f3fc", figure("#4b3b8f", "#d9b44a", "#2e2b33", dress=True)),
    "farmer": ("1f468-1f3fd-200d-1f33e", figure("#3f6ea5", "#c9563c", "#3b3a4a")),
    "astronaut": ("1f468-1f3fd-200d-1f680", figure("#e8ecf0", "#d8543c", "#c9ced6")),
    "king": ("1fac5-1f3fc", figure("#8a2342", "#f2e3c0", "#2e2b33", dress=True)),
    "princess": ("1f478-1f3fc", figure("#d0679d", "#f5d76b", "#4a3a34", dress=True)),
    "prince": ("1f934-1f3fd", figure("#2f4b8f", "#f2d15c", "#33303a")),
    "detective": ("1f575-1f3fc", figure("#8a7250", "#4a3a30", "#2e2b33")),
    "cook": ("1f468-1f3fc-200d-1f373", figure("#f4f1ea", "#d8543c", "#3b3a4a")),
    "nurse": ("1f469-1f3fd-200d-2695-fe0f", figure("#7fb8c9", "#ffffff", "#3b3a4a")),
    "soldier": ("1f482-1f3fc", figure("#b5302f", "#f0d9a8", "#22222a")),
    "pirate": ("1f9d4-1f3fd", figure("#5a2f2f", "#d8d0c0", "#22222a")),
    "angel": ("1f47c-1f3fc", figure("#f4efe0", "#f2d15c", "#e8d9b0", dress=True)),
}


def beast(coat: str, belly: str, tail: str) -> str:
    """Return a sitting animal whose head is an emoji's."""
    return (
        f'<path d="M25 33c8 1 10-6 7-12-1 4-4 4-7 6z" fill="{coat}"/>'
        f'<path d="M32 21c1.500 3 1.300 5 .3 7-1.500-.8-2.300-2.500-2-4.500z" fill="{tail}"/>'
        f'<path d="M12 17h12c4 6 5 12 3 18H9c-2-6-1-12 3-18z" fill="{coat}"/>'
        f'<path d="M14 18h8c1.500 5 1.500 9 0 13h-8c-1.500-4-1.500-8 0-13z" fill="{belly}"/>'
        f'<path d="M11 31c3-1.500 6 0 6 4h-7zM25 31c-3-1.500-6 0-6 4h7z" fill="{tail}"/>'
        '<g transform="translate(6.300 0) scale(.65)">HEAD</g>'
    )


FIGURES |= {
    "fox": ("1f98a", beast("#e8762c", "#ffe3b8", "#fbeedb")),
    "wolf": ("1f43a", beast("#7d8894", "#ccd6dd", "#e1e8ed")),
    "bear": ("1f43b", beast("#c1694f", "#d99e82", "#a0503a")),
    "lion": ("1f981", beast("#ffb84d", "#ffd983", "#9a5a34")),
    "panda": ("1f43c", beast("#33363f", "#f4f4f0", "#22242b")),
}

DRAWINGS = {
    "lighthouse": (
        '<path d="M13 9h10l3 25H10z" fill="#f1ede4"/><path d="M12.500 13.500h11l.6 5H11.900z'
        'M11.300 23.500h13.400l.6 5H10.700z" fill="#c8403a"/><path d="M12 8h12v1.800H12z" '
        'fill="#4a4550"/><path d="M14 3.500h8V8h-8z" fill="#ffdf7a"/><path d="M13 3.800L18 '
        '0l5 3.800z" fill="#a8322e"/><path d="M16.500 29c0-2 3-2 3 0v5h-3z" fill="#4a4550"/>'
        '<path d="M22 4.200l13-2.700v7L22 7zM14 4.200L1 1.500v7L14 7z" fill="#ffe9a0" opacity=".45"/>'
    ),
    "windmill": (
        '<path d="M14 14h8l3 20H11z" fill="#e4d3b4"/><path d="M13 14.500c1-5 9-5 10 0z" '
        'fill="#8a4a38"/><path d="M16.500 29c0-2 3-2 3 0v5h-3z" fill="#5a4238"/>'
        '<g fill="#f4ead4" stroke="#6b5344" stroke-width=".7"><path d="M18 13l-1-1.500L27 2.500l'
        '2.500 2.600z"/><path d="M18 13l1.500-1L29 21.800l-2.600 2.500z"/><path d="M18 13l1 1.500L9 '
        '23.500l-2.500-2.600z"/><path d="M18 13l-1.500 1L7 4.200l2.600-2.500z"/></g>'
        '<circle cx="18" cy="13" r="1.600" fill="#5a4238"/>'
    ),
    "match": (
        '<path d="M16.800 15h2.400v20h-2.400z" fill="#d9b382"/><path d="M18 2c4 5 5.500 7.500 5.500 '
        '11a5.500 5.500 0 0 1-11 0C12.500 9.500 14 7 18 2z" fill="#f4900c"/><path d="M18 8c2 3 '
        '2.800 4 2.800 6a2.800 2.800 0 0 1-5.600 0c0-2 .8-3 2.800-6z" fill="#ffe27a"/>'
        '<path d="M16.300 13.500h3.400v4h-3.400z" fill="#6a2a20"/>'
    ),
    "stall": (
        '<path d="M4 14h2v20H4zM30 14h2v20h-2z" fill="#7a5a40"/><path d="M5 22h26v9H5z" '
        'fill="#a87c50"/><path d="M4 4h28l3 9H1z" fill="#f2ead8"/><path d="M7 4h5l-1.500 9H4zM'
        '17 4h4.500l1 9H16.500zM27 4h5l3 9h-6z" fill="#cc4b40"/><g fill="#e39a2e"><circle cx="9" '
        'cy="20.500" r="2"/><circle cx="13" cy="20.500" r="2"/></g><g fill="#c93a3a"><circle '
        'cx="17" cy="20.500" r="2"/><circle cx="21" cy="20.500" r="2"/></g><g fill="#6a9a3a">'
        '<circle cx="25" cy="20.500" r="2"/><circle cx="28.500" cy="20.500" r="1.600"/></g>'
    ),
    "bridge": (
        '<path d="M0 20c10-9 26-9 36 0v14h-6c0-16-24-16-24 0H0z" fill="#9a8574"/>'
        '<path d="M0 17c10-9 26-9 36 0v4c-10-9-26-9-36 0z" fill="#c2ae98"/>'
    ),
    "fireflies": (
        '<g fill="#ffe97a" opacity=".3"><circle cx="7" cy="20" r="3.600"/><circle cx="17" cy="8" '
        'r="4"/><circle cx="27" cy="17" r="4.400"/><circle cx="14" cy="28" r="3.600"/><circle '
        'cx="30" cy="29" r="3"/><circle cx="29" cy="5" r="3"/></g><g fill="#fff6b8"><circle '
        'cx="7" cy="20" r="1.300"/><circle cx="17" cy="8" r="1.500"/><circle cx="27" cy="17" '
        'r="1.600"/><circle cx="14" cy="28" r="1.300"/><circle cx="30" cy="29" r="1.100"/>'
        '<circle cx="29" cy="5" r="1.100"/></g>'
    ),
    "tower": (
        '<path d="M11 8h14v26H11z" fill="#9a938c"/><path d="M9.500 3h3.500v2.500h3V3h4v2.500h3V3h3.500'
        'v6h-17z" fill="#b0a89e"/><path d="M16 13c0-3 4-3 4 0v4h-4zM15.500 27c0-4 5-4 5 0v7h-5z" '
        'fill="#3f3a44"/>'
    ),
    "campfire": (
        '<path d="M4 30l26-5 1.500 3.500L5.500 34z" fill="#7a5038"/><path d="M32 30L6 25l-1.500 3.500L'
        '30.500 34z" fill="#946444"/><path d="M18 2c2 5 8 9 8 16.500 0 5-3.500 8.500-8 8.500s-8-3.500-8-'
        '8.500c0-3.500 2-5.500 3-8.500 2 1 2.500 2.500 2.800 4C18 11 19 7 18 2z" fill="#f4900c"/><path '
        'd="M18 13c3 3 4.500 5 4.500 8a4.500 5 0 0 1-9 0c0-2.500 1-3.500 2-5 .8.800 1.200 1.500 1.300 2.200'
        '.9-1.500 1.300-3 1.200-5.200z" fill="#ffe27a"/>'
    ),
    "knight": (
        '<path d="M13 27h4.200v7.600H12zM18.800 27H23l1 7.600h-5.200z" fill="#6d7480"/>'
        '<path d="M12.500 15c3-1 8-1 11 0l1 13h-13z" fill="#a9b2bd"/><path d="M17 15.500h2V28h-2z" '
        'fill="#c23b3b"/><path d="M13 5c0-5 10-5 10 0v9.500H13z" fill="#bcc4cf"/><path d="M13.500 '
        '7.500h9v2h-9z" fill="#2a2d35"/><path d="M18 .5c4-1.500 6 0 7 3-3-1-5-1-7 0z" fill="#c23b3b"/>'
        '<path d="M6 16h7.500v7c0 3-3.500 5-3.700 5S6 26 6 23z" fill="#35588f"/><path d="M26 '
        '6h1.500v18H26zM24 22h5.500v1.500H24z" fill="#d9dee6"/>'
    ),
}
