"""Webhooks: the address that a submission names, and what the poller makes of what came in.

A webhook is a hint and no more. It says that the task of some id may be this render's; the
poller asks the service for that task with our own key, and only what that answer says counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from storyboard.novita.errors import KeyRefused, NovitaError, TaskGone, TryLater
from storyboard.novita.types import TXT_TO_VIDEO, Task
from storyboard.renders import crash, heirs, pace, refusals
from storyboard.renders.clients import GONE, ClientFor, KeyMissing, key_is_gone
from storyboard.renders.heard import SELDOM, SELDOM_FOR, Hook
from storyboard.renders.models import Render
from storyboard.renders.states import GIVEN_UP, STOPPED, TASK_FAILED, LeaseLost, State

logger = logging.getLogger(__name__)

# Longer than asking for a task takes as a rule. Asking twice would harm nothing, and what a
# poller that died had begun is taken up soon.
LEASE = timedelta(seconds=10)
# The answer of a submission gets this long to arrive before its webhook is acted on.
ANSWER_FIRST = timedelta(seconds=5)
SOON = timedelta(seconds=1)
# A task-result may lag behind the event that announced it: so often is it asked for at once.
NUDGES = 3
# Times that a task may be unknown to the service before the event counts as forged.
GRACE = 6
ENGINE_PAUSE = timedelta(minutes=10)
# A task made so long before the render was queued is another's, whatever the clocks say.
CLOCKS_APART = timedelta(hours=1)
# Seeds beyond this may come back reduced.
SEED_COMPARED_MAX = 2**32


def address_for(token: str) -> str:
    """Return the address that the service is to tell, or nothing where it could not reach us."""
    base: str = settings.WEBHOOK_URL
    return f"{base}{reverse('hook', args=(token,))}" if base else ""


def body_to_send(render: Render) -> dict[str, Any]:
    """Return the frozen request with the render's secret address, which is never stored in it."""
    address = address_for(render.token)
    body: dict[str, Any] = render.request
    if not address:
        return body
    return body | {"extra": (body.get("extra") or {}) | {"webhook": {"url": address}}}


def misfit(render: Render, task_id: str, task: Task) -> str:
    """Return why the task cannot be this render's, or nothing where all that is said fits."""
    if task.webhook_url:
        # The one sure sign, where the service gives it.
        return "" if render.token in task.webhook_url else "was told to another address"
    if task.task_id and task.task_id != task_id:
        return "is not the task that was asked for"
    if task.kind and task.kind != TXT_TO_VIDEO:
        return "is no text-to-video task"
    seed = render.request.get("seed", -1)
    if 0 <= seed < SEED_COMPARED_MAX and task.seed.isdecimal() and int(task.seed) != seed:
        return "has another seed"
    made = task.submitted_at
    if made and datetime.fromtimestamp(made, UTC) < render.queued_at - CLOCKS_APART:
        return "is older than the render"
    return ""


class Hooks:
    """Looks into what webhooks told; `tick` is the whole work."""

    def __init__(self, client_for: ClientFor, clock: Callable[[], datetime]) -> None:
        self.client_for = client_for
        self.clock = clock

    def tick(self) -> bool:
        """Look into one task that was named; False when none is due."""
        hook = Hook.objects.claim(self.clock(), LEASE)
        if hook is None:
            return False
        try:
            self._look(hook, hook.render)
        except LeaseLost:
            # It moved on meanwhile: what is left to do depends on where to. Where that is nowhere
            # that the task can be bound, looking again and again is not to take all our time.
            hook.postpone(self.clock() + pace.back_off(hook.tries), "the render moved on")
        return True

    def _look(self, hook: Hook, render: Render) -> None:
        at = self.clock()
        bound = render.task_id == hook.task_id
        if render.task_id and not bound:
            self._reject(hook, render, at, "is not the one it has")
        elif bound and render.state in (State.WAITING, State.RENDERING):
            self._nudge(hook, render, at)
        elif bound and (render.state != State.FAILED or render.reason == TASK_FAILED):
            if render.state == State.CANCELLED:
                self._verify(hook, render)
            else:
                hook.settle("nothing was left to do")
        elif not bound and self._answer_on_its_way(hook, render, at):
            hook.postpone(at + SOON, "the answer is on its way")
        elif not bound and self._taken(hook, render):
            hook.settle("the task is another render's")
        else:
            self._verify(hook, render)

    def _answer_on_its_way(self, hook: Hook, render: Render, at: datetime) -> bool:
        """Whether a living poller is still listening for what it submitted."""
        held = render.lease_until is not None and render.lease_until > at
        return render.state == State.SUBMITTING and held and at - hook.at < ANSWER_FIRST

    def _taken(self, hook: Hook, render: Render) -> bool:
        others = Render.objects.filter(engine=render.engine, task_id=hook.task_id)
        return others.exclude(pk=render.pk).exists()

    def _nudge(self, hook: Hook, render: Render, at: datetime) -> None:
        """Let the render be asked for at once, if no step is asking this very moment."""
        free = Q(lease_until=None) | Q(lease_until__lt=at)
        same = Render.objects.filter(free, pk=render.pk, state=render.state, task_id=hook.task_id)
        if not same.update(next_step_at=at):
            hook.postpone(at + SOON, "a step was under way")
        elif hook.tries + 1 >= NUDGES:
            hook.settle("asked for at once")
        else:
            hook.postpone(at + pace.back_off(hook.tries), "asked for at once")

    def _verify(self, hook: Hook, render: Render) -> None:
        """Ask for the task with our own key, and bind it when it is there and fits."""
        known = heirs.ask(self.client_for, render, hook.task_id, self.clock)
        task = known.task if known else self._ask(hook, render)
        if task is None:
            return
        crash.point("hook verified")
        at = self.clock()
        # What was bound by the service's own answer needs no sign that it is ours.
        wrong = "" if self._unawaited(render) else misfit(render, hook.task_id, task)
        if wrong:
            self._reject(hook, render, at, wrong)
            return
        with transaction.atomic():
            if render.task_id is None and not self._adopt(hook, render, at):
                return
            if known:
                heirs.go_over(render, known, at)
        crash.point("hook adopted")
        if render.state in GIVEN_UP:
            self._given_up(hook, render, task, at)
        else:
            hook.settle("adopted")

    def _ask(self, hook: Hook, render: Render) -> Task | None:
        """Return the service's word on the task, or None after noting why there is none."""
        if key_is_gone(render):
            self._without_key(hook, render, self.clock())
            return None
        try:
            client = self.client_for(render)
        except KeyMissing as missing:
            hook.postpone(self.clock() + ENGINE_PAUSE, missing.reason)
            return None
        if client is None:
            hook.postpone(self.clock() + ENGINE_PAUSE, "the settings no longer name its service")
            return None
        until = refusals.shut(render.account, client.key_mark, self.clock())
        if until:
            self._wait_for_key(hook, render, until, "the key was refused")
            return None
        try:
            return client.task(hook.task_id)
        except NovitaError as error:
            at = self.clock()
            if isinstance(error, KeyRefused):
                until = refusals.close(render, client.key_mark, error, at)
                self._wait_for_key(hook, render, until, error.reason)
                return None
            if self._unawaited(render):
                self._ask_seldom(hook, render, at, error.reason)
                return None
            after = error.after if isinstance(error, TryLater) else None
            if isinstance(error, TaskGone) and hook.tries + 1 >= GRACE:
                self._reject(hook, render, at, "is unknown to the service")
            else:
                hook.postpone(at + pace.back_off(hook.tries, after), error.reason)
            return None

    def _wait_for_key(self, hook: Hook, render: Render, until: datetime, outcome: str) -> None:
        """Ask again when the key may be tried; it is none of the task's tries."""
        if self._unawaited(render) and self._day_is_over(render, self.clock()):
            hook.settle("nothing came within a day")
        else:
            Hook.objects.filter(pk=hook.pk).update(due_at=until, outcome=outcome[:60])

    def _without_key(self, hook: Hook, render: Render, at: datetime) -> None:
        """Wait a day for a key that knows the task, where the one that paid is erased."""
        if at - max(hook.at, render.finished_at or hook.at) >= SELDOM_FOR:
            hook.settle("its key was taken away")
        else:
            hook.postpone(at + SELDOM, GONE)

    def _adopt(self, hook: Hook, render: Render, at: datetime) -> bool:
        try:
            bound = render.adopt(hook.task_id, at, "the service's webhook named its task")
        except IntegrityError:
            hook.settle("the task is another render's")
            return False
        if not bound:
            raise LeaseLost(render.pk)
        return True

    def _given_up(self, hook: Hook, render: Render, task: Task, at: datetime) -> None:
        """Bring home what was paid for after all; until it is there, keep asking now and then."""
        if task.succeeded and task.videos:
            render.come_late(at)
            hook.settle("arrived late")
        elif task.succeeded or task.failed:
            hook.settle("ended without a film")
        elif self._unawaited(render):
            self._ask_seldom(hook, render, at, "not ended yet")
        else:
            age = at - (render.submitted_at or render.queued_at)
            hook.postpone(at + pace.poll(task.eta, age), "not ended yet")

    def _unawaited(self, render: Render) -> bool:
        return render.state == State.CANCELLED and render.reason == STOPPED

    def _day_is_over(self, render: Render, at: datetime) -> bool:
        return render.finished_at is not None and at - render.finished_at >= SELDOM_FOR

    def _ask_seldom(self, hook: Hook, render: Render, at: datetime, outcome: str) -> None:
        """Ask every ten minutes for a day after somebody gave up waiting, then no more."""
        if self._day_is_over(render, at):
            hook.settle("nothing came within a day")
        else:
            hook.postpone(at + SELDOM, outcome)

    def _reject(self, hook: Hook, render: Render, at: datetime, why: str) -> None:
        logger.warning("render %s: a webhook named a task that %s", render.pk, why)
        render.remark(at, f"a webhook named a task that {why}")
        hook.settle(f"the task {why}")
