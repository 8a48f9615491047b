"""Asking for renders: one press of a button is one set of rows, however often it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from storyboard.people.access import Ability, find_still, is_guest
from storyboard.people.models import User
from storyboard.renders import money
from storyboard.renders.attention import set_aside_for
from storyboard.renders.changed import clips_to_send
from storyboard.renders.models import Render, State
from storyboard.renders.request import RenderProblem, build, problems
from storyboard.renders.spend_requests import end
from storyboard.renders.states import OVERTAKEN
from storyboard.renders.terms import TermsChanged, agree
from storyboard.stories.models import Project, Scene

NONCE_MAX = 56
MOVED = "This story was moved to another team just now. Reload the page to see what you may do."


class NotReady(Exception):
    """The story breaks a rule of the service; nothing was queued. `problems` says what."""

    def __init__(self, problems: list[RenderProblem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def queue_story(
    project: Project,
    user: User,
    nonce: str,
    at: datetime,
    *,
    every: bool = False,
    state: str = State.QUEUED,
    seen: str | None = None,
) -> list[Render]:
    """Queue a render for each clip that changed; the same nonce gives the same renders.

    With `every`, or where no clip changed, all of them are queued. With `state` ASKED they wait
    for an owner's yes instead, and no limit is asked.
    `nonce` has 1 to 56 characters; `seen` are the terms that the page showed, where one did.
    Raises NotReady, with nothing queued, for a story that the service would refuse.
    """
    with transaction.atomic():
        _lock(project, user, state)
        asked = _asked(project, nonce)
        if asked:
            return asked
        clips = clips_to_send(project, list(project.scenes.kept().in_order()), every=every)
        return _queue(project, clips, user, nonce, at, state, seen)


def queue_scene(
    scene: Scene,
    user: User,
    nonce: str,
    at: datetime,
    *,
    state: str = State.QUEUED,
    seen: str | None = None,
) -> Render:
    """Queue one scene alone, as `queue_story` does a story's clips. Raises NotReady."""
    with transaction.atomic():
        _lock(scene.project, user, state)
        asked = _asked(scene.project, nonce)
        if asked:
            return asked[0]
        rows = list(scene.project.scenes.kept().filter(pk=scene.pk))
        return _queue(scene.project, [rows] if rows else [], user, nonce, at, state, seen)[0]


def estimate_story(project: Project, scenes: Sequence[Scene]) -> Decimal:
    """Return what pressing Render story may cost in USD."""
    return estimate_clips(project, clips_to_send(project, scenes))


def estimate_clips(project: Project, clips: Sequence[Sequence[Scene]]) -> Decimal:
    """Return what rendering these clips may cost in USD."""
    account = project.team.account
    frames = [sum(scene.frames for scene in clip) for clip in clips]
    return sum((money.price(each, project.steps, account) for each in frames), Decimal(0))


def _lock(project: Project, user: User, state: str) -> None:
    """Hold the story's row. Raises NotReady where another team would pay by now, and as `find`
    does where `user` may not spend there any more, or not ask."""
    team = project.team_id
    Project.objects.select_for_update().only("pk").get(pk=project.pk)
    project.refresh_from_db()
    if project.team_id != team:
        # Whether one may spend was asked of the team that it was in.
        raise NotReady([RenderProblem(MOVED, "main")])
    ability = Ability.EDIT if state == State.ASKED else Ability.SPEND
    find_still(user, Project.objects.all(), ability, pk=project.pk)


def _asked(project: Project, nonce: str) -> list[Render]:
    if not 1 <= len(nonce) <= NONCE_MAX or "/" in nonce:
        raise ValueError(f"a nonce has 1 to {NONCE_MAX} characters and no slash")
    same = Q(nonce=nonce) | Q(nonce__startswith=f"{nonce}/")
    return list(project.renders.filter(same).order_by("pk"))


def _queue(
    project: Project,
    clips: Sequence[Sequence[Scene]],
    user: User,
    nonce: str,
    at: datetime,
    state: str,
    seen: str | None,
) -> list[Render]:
    found = problems(project, clips)
    if found:
        raise NotReady(found)
    requests = [build(project, clip) for clip in clips]
    account = project.team.account
    costs = [money.price(request.frames, request.steps, account) for request in requests]
    if state == State.QUEUED:
        try:
            agree(seen, account, costs)
            guest = is_guest(project)
            money.allow(Render.objects.all(), project.team_id, costs, at, guest=guest)
        except (TermsChanged, money.OverLimit) as exc:
            raise NotReady([RenderProblem(str(exc), "main")]) from exc
    before = list(project.renders.filter(state=State.ASKED).select_for_update(of=("self",)))
    renders = []
    asked = zip(clips, requests, costs, strict=True)
    for number, (clip, request, cost) in enumerate(asked, start=1):
        render = Render.objects.create(
            project=project,
            asked_by=user,
            payer_id=project.team_id,
            nonce=nonce if len(clips) == 1 else f"{nonce}/{number}",
            request=request.to_json(),
            scenes=[
                {
                    "scene": scene.pk,
                    "prompt": scene.prompt.strip(),
                    "caption": scene.caption,
                    "frames": scene.frames,
                }
                for scene in clip
            ],
            engine=account.address,
            account=account.name,
            api_key=account.key,
            estimate=cost,
            state=state,
            queued_at=at,
            changed_at=at,
            next_step_at=at if state == State.QUEUED else None,
        )
        render.log(state, at)
        renders.append(render)
    _overtake(before, renders, at)
    if state == State.QUEUED:
        set_aside_for(renders, at)
    return renders


def _overtake(before: Sequence[Render], renders: Sequence[Render], at: datetime) -> None:
    """Let nobody pay for scenes that were asked for, and are asked for anew since."""
    anew = {row["scene"] for render in renders for row in render.scenes}
    for render in before:
        if all(row["scene"] in anew for row in render.scenes):
            end(render, OVERTAKEN, at, "asked for anew")
