"""The parts of the editor that show renders and takes; the page names them, one file each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from storyboard.people.access import Ability
from storyboard.renders.again import price_again
from storyboard.renders.board import Board, Segment, board_of, explanation
from storyboard.renders.changed import clips_to_send
from storyboard.renders.models import Span, Take
from storyboard.renders.queue import estimate_clips
from storyboard.renders.states import State
from storyboard.renders.terms import terms_of
from storyboard.stories import budget
from storyboard.stories.models import Project, Scene

register = template.Library()


@register.inclusion_tag("renders/_live.html", takes_context=True)
def live_panel(context: RequestContext, project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "board": _board(context, project),
        "problems": context.get("problems"),
        "too_late": context.get("too_late", False),
        "said": context.get("said", ""),
        "answers": context.get("answers"),
        **_page(context),
    }


@register.inclusion_tag("renders/_render_button.html", takes_context=True)
def render_button(context: RequestContext, project: Project) -> dict[str, Any]:
    board = _board(context, project)
    return {
        "board": board,
        "may_spend": Ability.SPEND in project.abilities,
        "may_edit": Ability.EDIT in project.abilities,
        "nonce": secrets.token_urlsafe(24),
        **cost_context(board),
        **_page(context),
    }


def cost_context(board: Board) -> dict[str, Any]:
    """Return what a press of Render story would send now, what it costs, and when it is sent."""
    project = board.project
    sending = clips_to_send(project, board.scenes)
    frames = sum(scene.frames for clip in sending for scene in clip)
    waits = Ability.SPEND in project.abilities and board.scenes
    return {
        "project": project,
        "cost": estimate_clips(project, sending) if board.scenes else None,
        "terms": terms_of(project.team.account),
        "sending": sending,
        "clips": len(budget.clips(board.scenes)),
        "scenes": sum(len(clip) for clip in sending),
        "frames": frames,
        "seconds": frames / project.fps,
        **(slots_of(board, len(sending)) if waits else {}),
    }


def slots_of(board: Board, clips: int) -> dict[str, Any]:
    """Return when the story would be sent if it were asked for now, where it had to wait."""
    slots = board.next_slots(clips)
    last = slots[-1] if slots else None
    return {"slots": slots, "last": last} if last and last > board.at else {}


@register.inclusion_tag("renders/_scene_panel.html", takes_context=True)
def scene_panel(context: RequestContext, scene: Scene) -> dict[str, Any]:
    board = _board(context, scene.project)
    spoken_of = board.speaking.get(scene.pk)
    given_up = spoken_of is not None and spoken_of.state == State.CANCELLED
    render = None if given_up else spoken_of
    pick = board.picks.get(scene.pk)
    account = scene.project.team.account
    return {
        "scene": scene,
        "board": board,
        "render": render,
        "given_up": spoken_of if given_up else None,
        "slot": board.slots.get(render.pk) if render else None,
        "overdue": render is not None and render.overdue(board.at),
        "pick": pick,
        "edited": pick is not None and pick.prompt != scene.prompt.strip(),
        "explanation": explanation(render) if render else None,
        "may_spend": Ability.SPEND in scene.project.abilities,
        "may_edit": Ability.EDIT in scene.project.abilities,
        "may_manage": Ability.MANAGE in scene.project.abilities,
        "cost": estimate_clips(scene.project, [[scene]]),
        "again": price_again(render, account) if render and render.state == State.UNSURE else None,
        "terms": terms_of(account),
        "nonce": secrets.token_urlsafe(24),
        **_page(context),
    }


@register.inclusion_tag("renders/_scene_poster.html", takes_context=True)
def scene_poster(context: RequestContext, scene: Scene) -> dict[str, Any]:
    board = _board(context, scene.project)
    return {"scene": scene, "span": board.picks.get(scene.pk), **_page(context)}


@register.inclusion_tag("renders/_stage.html", takes_context=True)
def stage(context: RequestContext, project: Project) -> dict[str, Any]:
    board = _board(context, project)
    request = context["request"]
    number = request.GET.get("take") or request.POST.get("take") or ""
    take = board.take_numbered(int(number)) if number.isdecimal() and len(number) < 9 else None
    return {**stage_context(board, take), **_page(context)}


def stage_context(board: Board, take: Take | None) -> dict[str, Any]:
    """Return what the stage shows: one take's spans, or the film of picks."""
    segments: list[Segment] = board.cut(take) if take else board.film()
    return {
        "project": board.project,
        "board": board,
        "take": take,
        "segments": segments,
        "playable": any(segment.take for segment in segments),
        "lost": _lost(segments),
        "parts": _parts(board, take) if take else [],
        "may_edit": Ability.EDIT in board.project.abilities,
        "may_spend": Ability.SPEND in board.project.abilities,
        "may_use": take is not None and not take.binned_at and not board.stands(take),
        "seconds": sum(segment.seconds for segment in segments),
        "drawn": any(segment.take and segment.take.render.is_drawn for segment in segments),
    }


@register.simple_tag
def timeline(segments: list[Segment], fps: float) -> SafeString:
    """Return the stage's timeline; written here, for a long story has hundreds of segments."""
    takes = {one.take.pk: _film_of(one.take) for one in segments if one.take}
    written = []
    for one in segments:
        film = takes[one.take.pk] if one.take else f' data-fps="{plain(fps)}"'
        state = ", its file is missing" if one.lost else "" if one.take else ", not rendered"
        written.append(
            f'<li class="c{one.colour} f{one.width}"{film}'
            f' data-start="{plain(one.start)}" data-seconds="{plain(one.seconds)}"'
            f' data-frames="{one.frames}" data-scene="{one.scene_id or ""}"'
            f' data-words="{escape(one.words)}"><button type="button" data-segment-jump'
            f' aria-label="Scene {one.number}, {one.seconds:.1f} seconds{state}">'
            "<i></i></button></li>"
        )
    # Of what is put in, the words alone come from people.
    return mark_safe("".join(written))  # noqa: S308


def _film_of(take: Take) -> str:
    """Return the attributes by which the stage finds a take's film and its small pictures."""
    film = f' data-src="{reverse("take_video", args=(take.pk,))}" data-fps="{plain(take.fps)}"'
    if take.sprite:
        film += (
            f' data-sprite="{reverse("take_sprite", args=(take.pk,))}"'
            f' data-take-frames="{take.frames}" data-shape="{take.width} / {take.height}"'
        )
    return film


@dataclass(frozen=True)
class Part:
    """One scene of a take, and where the story has it: by its number, 0 where it is gone."""

    span: Span
    number: int
    shown: bool
    edited: bool
    pinned: bool

    @property
    def colour(self) -> int:
        return self.span.order % budget.SCENE_COLOURS + 1


def _parts(board: Board, take: Take) -> list[Part]:
    scenes = {scene.pk: scene for scene in board.scenes}
    parts = []
    for span in take.spans.all():
        scene = scenes.get(span.scene_id or 0)
        parts.append(
            Part(
                span,
                scene.number if scene else 0,
                scene is not None and scene.pick_id == span.pk,
                scene is not None and scene.prompt.strip() != span.prompt,
                scene is not None and scene.pinned,
            )
        )
    return parts


def _lost(segments: list[Segment]) -> list[Take]:
    """Return the takes that would play, were their files not missing."""
    lost = {segment.lost.pk: segment.lost for segment in segments if segment.lost}
    return sorted(lost.values(), key=lambda take: take.number)


def _board(context: RequestContext, project: Project) -> Board:
    """Return the page's one board, which takes the scenes that the page has read already."""
    return board_of(project, context.get("scenes"))


def _page(context: RequestContext) -> dict[str, Any]:
    """Hand on what an included form needs of its page."""
    return {"csrf_token": context.get("csrf_token"), "oob": context.get("oob", False)}


@register.filter
def of_number(found: dict[int, Any], number: int) -> Any:
    """Return what a dictionary holds of a number, or None."""
    return found.get(number)


@register.filter
def minutes(seconds: float) -> str:
    """Return a length as 0:06.5."""
    whole, rest = divmod(round(seconds * 10), 600)
    return f"{whole}:{rest // 10:02d}.{rest % 10}"


@register.filter
def about(seconds: float) -> str:
    """Return a wait in words, rounded as one would say it: about 40 s, about 2 min."""
    if seconds < 60:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    return f"about {round(seconds / 60)} min"


@register.filter
def plain(value: float) -> str:
    """Return a number as scripts read it."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
