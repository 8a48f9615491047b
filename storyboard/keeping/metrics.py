"""The figures as Prometheus reads them, computed from the database whenever it asks.

Nothing is counted in the process, so it makes no difference which of several answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from storyboard.keeping.figures import disk_free, figures, totals
from storyboard.renders.safe_mode import SafeMode

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _Figures(Collector):
    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[Metric]:
        now, ever = figures(self.at), totals()
        renders = GaugeMetricFamily(
            "storyboard_renders", "Renders by their present state.", labels=("state",)
        )
        for state, count in sorted(now.renders.items()):
            renders.add_metric((state,), count)
        yield renders
        yield _gauge("queue_age_seconds", "Age of the oldest render not yet sent.", now.queue_age)
        yield _gauge("oldest_render_seconds", "Age of the oldest under way.", now.oldest_age)
        yield _gauge("pollers", "Pollers that gave a sign of life lately.", now.pollers)
        yield _gauge("poller_beat_age_seconds", "Since a poller's last sign.", now.beat_age)
        yield _gauge("disk_free_bytes", "Free where the data is.", disk_free(settings.DATA))
        if now.engine != "unknown":
            reachable = now.engine == "reachable"
            yield _gauge("engine_reachable", "Whether the service answered last.", reachable)
        held = SafeMode.objects.current() is not None
        yield _gauge("safe_mode", "Whether a restore holds renders back.", held)
        yield _counter("submissions", "Requests that were about to leave.", ever.submissions)
        yield _counter("unsure", "Submissions without a usable answer.", ever.unsure)
        yield _gauge("takes", "Takes that are stored.", ever.takes)
        yield _gauge("take_bytes", "Bytes of the takes that are stored.", ever.take_bytes)


def exposition(at: datetime) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(at))
    return generate_latest(registry)


def _gauge(name: str, help_text: str, value: float | None) -> Metric:
    """An age of nothing is 0: an alert on "too old" then rests."""
    return GaugeMetricFamily(f"storyboard_{name}", help_text, value=float(value or 0))


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(f"storyboard_{name}", help_text, value=value)
