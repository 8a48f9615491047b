"""GET /healthz, for whoever watches over the installation, and GET /metrics for Prometheus."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from storyboard.keeping.health import OK, health
from storyboard.keeping.metrics import CONTENT_TYPE, exposition
from storyboard.keeping.status import status
from storyboard.keeping.tokens import has_metrics_token


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say which parts work; figures only to whoever bears the metrics token."""
    parts = health(timezone.now())
    fine = all(word == OK for word in parts.values())
    answer: dict[str, object] = {"status": OK if fine else "failing", "parts": parts}
    if parts["database"] == OK and "full" in request.GET and has_metrics_token(request):
        answer["full"] = status(timezone.now())
    return JsonResponse(answer, status=200 if fine else 503)


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not has_metrics_token(request):
        raise Http404
    return HttpResponse(exposition(timezone.now()), content_type=CONTENT_TYPE)
