"""Sending a render again that failed, or whose end nobody knows: at the price of now."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from storyboard.people.access import Ability, find_still, is_guest
from storyboard.people.keys import Account
from storyboard.people.models import User
from storyboard.renders import money
from storyboard.renders.models import Render
from storyboard.renders.states import NotPossible, State
from storyboard.renders.terms import agree
from storyboard.stories.models import Project


def price_again(render: Render, account: Account) -> Decimal | None:
    """Return what sending the same request anew would cost in USD now; None is unknown.

    Its steps are read with the row where the row comes `with_steps`.
    """
    if render.estimate is None and account.name == render.account:
        return None
    steps = getattr(render, "asked_steps", None) or render.request.get("steps")
    return None if steps is None else money.price(render.frames, int(steps), account)


def send_again(render: Render, user: User, at: datetime, seen: str | None = None) -> Render:
    """Queue the same request anew, which may charge twice; asking again gives the same one.

    `seen` are the terms that the page showed, where one did. Raises NotPossible unless the render
    has failed or is unsure, TermsChanged and OverLimit, and as `find` does for who may not
    spend there any more; nothing was changed then.
    """
    nonce, team = f"again/{render.pk}", render.project.team_id
    with transaction.atomic():
        Project.objects.select_for_update().only("pk").get(pk=render.project_id)
        known = Render.objects.filter(project_id=render.project_id, nonce=nonce).first()
        if known:
            return known
        render.refresh_from_db()
        if render.project.team_id != team:
            raise NotPossible("Its story was moved to another team. Reload the page.")
        find_still(user, Project.objects.all(), Ability.SPEND, pk=render.project_id)
        if render.state not in (State.UNSURE, State.FAILED):
            render.refuse("send again")
        account, guest = render.project.team.account, is_guest(render)
        estimate = price_again(render, account)
        agree(seen, account, [estimate])
        if render.state == State.UNSURE:
            render.let_go(at)
        money.allow(Render.objects.all(), team, [estimate], at, guest=guest)
        Render.objects.filter(pk=render.pk).update(aside_at=at)
        again = Render.objects.create(
            project_id=render.project_id,
            asked_by=user,
            nonce=nonce,
            request=render.request,
            scenes=render.scenes,
            engine=account.address,
            account=account.name,
            api_key=account.key,
            estimate=estimate,
            queued_at=at,
            changed_at=at,
            next_step_at=at,
        )
        again.log(State.QUEUED, at, f"render {render.pk} sent again")
        render.log(render.state, at, f"sent again as render {again.pk}", from_state=render.state)
    return again
