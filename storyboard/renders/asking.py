"""The requests that Render story would send, for people to read, copy and send by themselves."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from storyboard.people.access import Ability, may
from storyboard.renders.changed import clips_to_send
from storyboard.renders.request import RenderProblem, build, problems
from storyboard.stories import budget
from storyboard.stories.models import Project, Scene

PATH = "/v3/async/txt2video"
# A quote would end the shell's, an exclamation mark means history to some shells, and of what
# does not show nobody knows what is copied: JSON has another way of writing each.
NOT_IN_QUOTES = re.compile(r"['!]")


@dataclass(frozen=True)
class Asking:
    """One clip's request: the scenes it covers, and the body in both ways of writing it."""

    number: int
    scenes: Sequence[Scene]
    body: str
    curl: str

    @property
    def frames(self) -> int:
        return sum(scene.frames for scene in self.scenes)


def askings(project: Project, *, every: bool = False) -> tuple[list[Asking], int]:
    """Return what pressing Render story would send now, or `every` clip; and how many there are.

    Without the key and without the secret address that a webhook would be sent to.
    """
    scenes = list(project.scenes.kept().in_order())
    clips = budget.clips(scenes)
    numbers = {clip[0].pk: number for number, clip in enumerate(clips, start=1)}
    sending = clips_to_send(project, scenes, every=every)
    return [_asking(project, numbers[clip[0].pk], clip) for clip in sending], len(clips)


def hindrances(project: Project, found: Sequence[Asking]) -> list[RenderProblem]:
    return problems(project, [one.scenes for one in found])


def _asking(project: Project, number: int, clip: Sequence[Scene]) -> Asking:
    body = build(project, clip).to_json()
    text = "".join(_visible(sign) for sign in json.dumps(body, indent=2, ensure_ascii=False))
    # A guest is told nothing of the team, not even which machine serves it.
    address = project.team.account.address if may(project, Ability.MEET) else ""
    return Asking(number, clip, text, curl(text, address))


def curl(body: str, address: str) -> str:
    """Return the shell command that sends a JSON text there, for sh, bash and zsh alike.

    Without an address, whoever runs it brings one along in `NOVITA_BASE_URL`.
    """
    to = shlex.quote(address + PATH) if address else f'"$NOVITA_BASE_URL{PATH}"'
    quoted = NOT_IN_QUOTES.sub(lambda found: _escaped(found[0]), body)
    lines = (
        f"curl --request POST {to}",
        '--header "Authorization: Bearer $NOVITA_API_KEY"',
        "--header 'Content-Type: application/json'",
        f"--data-raw '{quoted}'",
    )
    return " \\\n  ".join(lines)


def _visible(sign: str) -> str:
    return sign if sign.isprintable() or sign == "\n" else _escaped(sign)


def _escaped(sign: str) -> str:
    return json.dumps(sign)[1:-1] if ord(sign) > 0x7E else f"\\u{ord(sign):04x}"
