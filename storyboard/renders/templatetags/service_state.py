"""The banners that say on every page what keeps all renders waiting, once for all of them."""

from __future__ import annotations

from typing import Any

from django import template
from django.db import Error
from django.db.models import Q

from storyboard.novita.reasons import explain
from storyboard.people.access import guest_stories_of, teams_of
from storyboard.renders.models import Gate, Render

register = template.Library()

NOTHING: dict[str, Any] = {"gate": None, "unreached": None, "full": False}


@register.inclusion_tag("renders/_service_state.html", takes_context=True)
def service_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Speak to those whose renders wait; a page about a broken database stays a page."""
    request = context.get("request")
    user = getattr(request, "user", None)
    match = getattr(request, "resolver_match", None)
    oob = context.get("oob", False)
    nothing = NOTHING | {"oob": oob}
    try:
        if user is None or not user.is_authenticated:
            return nothing
        mine = Q(project__team__in=teams_of(user).order_by().values("pk"))
        waiting = Render.objects.under_way().filter(mine | Q(project__in=guest_stories_of(user)))
        seen = set(waiting.order_by().values_list("account", "reason").distinct())
        if not seen:
            return nothing
        gates = list(Gate.objects.filter(account__in={account for account, _ in seen}))
        gate = next((gate for gate in gates if gate.refused), None)
        return {
            "gate": gate,
            "explanation": explain(gate.refused) if gate else None,
            # The editor's live line says this, and goes away by itself.
            "unreached": None
            if oob or (match and match.url_name == "project_detail")
            else next((one for one in gates if one.unreached_since), None),
            "oob": oob,
            "full": any(reason == "store_full" for _, reason in seen),
        }
    except Error:
        return nothing
