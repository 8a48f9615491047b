"""One move of one render: what each state asks of the service, and what its answers mean.

Every step holds a lease, and writes by `advance`, which checks it. No transaction is open
while the service is asked. Sending is the one step that is never repeated: what may have
been accepted and was not confirmed is *unsure*, and waits for a person.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, OperationalError, transaction

from storyboard.novita.client import Client
from storyboard.novita.errors import KeyRefused, NovitaError, Refused, TaskGone, TryLater, Unsure
from storyboard.novita.types import FAILED, PROCESSING, QUEUED, SUCCEED, Task
from storyboard.renders import crash, heirs, limiter, over_limit, pace, reach, refusals
from storyboard.renders.clients import ClientFor, client_of
from storyboard.renders.heard import Hook
from storyboard.renders.holding import hold
from storyboard.renders.home import CUT_OFF, BringHome
from storyboard.renders.hooks import body_to_send
from storyboard.renders.models import Render
from storyboard.renders.safe_mode import SafeMode
from storyboard.renders.states import LEASE as LEASE
from storyboard.renders.states import OVER_LIMIT, TASK_FAILED, LeaseLost, State
from storyboard.stories.models import Project

logger = logging.getLogger(__name__)

# A step that broke by our own fault is left alone for this long, so that it cannot spin.
COOL_OFF = timedelta(seconds=60)
HOOK_FIRST = timedelta(seconds=2)
# Polls in a row that may say the task is not found: a new task is not known everywhere at once.
GRACE = 5
# Counting stops where the wait between tries has long stopped growing.
TRIES_COUNTED = 999
# A host of videos that is down is tried every half minute for longer than links live.
TRIES_BORNE = 150
# Fresh links asked for before a result that does not come home whole has failed.
FRESH_LINKS = 3
# A transfer that began and broke may be the network's doing, so more are borne.
CUT_LINKS = 8


class Steps:
    """Moves renders; `client_for` as `Clients` has it."""

    def __init__(
        self,
        client_for: ClientFor,
        home: BringHome,
        clock: Callable[[], datetime],
    ) -> None:
        self.client_for = client_for
        self.home = home
        self.clock = clock

    def move(self, render: Render) -> None:
        """Do one step of a render leased to us; raise LeaseLost when it was taken over."""
        try:
            self._step(render)
        except LeaseLost:
            raise
        except Exception as error:
            logger.exception("render %s: our own error while %s", render.pk, render.state)
            self._cool_off(render, error)

    def _step(self, render: Render) -> None:
        match render.state:
            case State.QUEUED:
                self.submit(render)
            case State.SUBMITTING:
                self.orphaned(render)
            case State.WAITING | State.RENDERING:
                self.poll(render)
            case State.SAVING:
                self.save(render)

    def _cool_off(self, render: Render, error: Exception) -> None:
        at = self.clock()
        if render.state == State.SUBMITTING:
            self._unsure(render, at, "own_error", "Storyboard stumbled while sending it.")
            return
        name = type(error).__name__
        changes: dict[str, Any] = {}
        if render.state == State.QUEUED:
            # With a reason it takes nobody's turn meanwhile.
            changes = {"reason": "own_error", "message": "Storyboard stumbled. It tries again."}
        render.advance(
            render.state,
            at=at,
            note=f"our own error: {name}",
            next_step_at=at + COOL_OFF,
            **changes,
        )

    # Sending

    def submit(self, render: Render) -> None:
        at = self.clock()
        with transaction.atomic():
            if SafeMode.objects.holds(render):
                hold(render, at)
                return
            if Hook.objects.filter(render=render, due_at__isnull=False).exists():
                # The service may have it, by the key of then: from a try that seemed refused.
                render.advance(State.QUEUED, at=at, next_step_at=at + HOOK_FIRST)
                return
            payer = over_limit.payer_of(render)
            client = client_of(self.client_for, render, at)
            if client is None:
                return
            if Project.objects.filter(pk=render.project_id).exclude(deleted_at=None).exists():
                message = "The story was deleted before this was sent. Nothing was charged."
                self._fail(render, at, "story_deleted", message)
                return
            if over_limit.hold(render, payer, at):
                return
            if refusals.hold(render, client.key_mark, at):
                return
            slot = limiter.next_slot(render, at)
            if slot > at:
                # What the limit held waits for its turn like any other, once there is room.
                reason = "" if render.reason == OVER_LIMIT else render.reason
                render.advance(State.QUEUED, at=at, reason=reason, next_step_at=slot, changed_at=at)
                return
            refusals.take_try(render.account, at)
            render.advance(
                State.SUBMITTING,
                at=at,
                note=f"attempt {render.attempt + 1}",
                keep_lease=True,
                attempt=render.attempt + 1,
                submitted_at=at,
                reason="",
                message="",
                # Kept over the way back to the queue, so that refusals there space out.
                tries=render.tries,
            )
        crash.point("submitting committed")
        try:
            task_id = client.submit_body(body_to_send(render))
        except TryLater as error:
            self._back_to_queue(render, error)
        except Refused as error:
            if isinstance(error, KeyRefused) and error.reason != refusals.OF_ONE_RENDER:
                self._back_to_queue(
                    render, error, refusals.close(render, client.key_mark, error, self.clock())
                )
                return
            self._fail(render, self.clock(), error.reason, str(error))
        except Unsure as error:
            self._unsure(render, self.clock(), error.reason, str(error))
        else:
            crash.point("submit answered")
            self._keep_task_id(render, task_id)
            crash.point("task id committed")
            reach.heard(render.account, None, at)
            refusals.answered(render.account, self.clock(), sent=True)

    def orphaned(self, render: Render) -> None:
        """Its poller died, or was cut off, between sending and hearing: no licence to resend."""
        self._unsure(
            render, self.clock(), "interrupted", "Storyboard was interrupted while sending it."
        )

    def _back_to_queue(
        self, render: Render, error: NovitaError, until: datetime | None = None
    ) -> None:
        at = self.clock()
        reach.heard(render.account, error, at)
        after = error.after if isinstance(error, TryLater) else None
        next_step_at = until or at + pace.back_off(render.tries, after)
        changes: dict[str, Any] = {}
        if error.status is None:
            # It never left, so it took no slot.
            changes["submitted_at"] = None
        elif error.status == 429:
            limiter.close(render.account, next_step_at)
        render.advance(
            State.QUEUED,
            at=at,
            note=f"not accepted: {error.reason}",
            reason=error.reason[:60],
            message=str(error),
            tries=min(render.tries + 1, TRIES_COUNTED),
            next_step_at=next_step_at,
            **changes,
        )

    def _keep_task_id(self, render: Render, task_id: str) -> None:
        """Write down what was paid for, through a busy database and a lost lease alike."""
        for pause in (0.2, 1.0, 3.0, None):
            at = self.clock()
            try:
                render.advance(
                    State.WAITING,
                    at=at,
                    task_id=task_id,
                    next_step_at=at + pace.jittered(pace.FIRST_POLL),
                )
                return
            except LeaseLost:
                self._adopt(render, task_id, at)
                return
            except OperationalError:
                if pause is None:
                    logger.error("render %s: task %s could not be kept", render.pk, task_id)
                    raise
                time.sleep(pause)
            except DatabaseError:
                logger.error("render %s: task %s was refused by the database", render.pk, task_id)
                raise

    def _adopt(self, render: Render, task_id: str, at: datetime) -> None:
        """Keep the task of a render that moved on before its answer came."""
        if render.adopt(task_id, at, "the answer came after the lease had ended"):
            if not render.is_under_way:
                # Given up meanwhile, and paid for all the same: what comes of it is looked into.
                Hook.objects.note(render.pk, task_id, at)
            return
        render.refresh_from_db()
        if render.task_id != task_id:
            logger.error("render %s: task %s has no place", render.pk, task_id)
            note = f"the service also took task {task_id}: it may have been charged twice"
            render.remark(at, note)

    # Waiting

    def poll(self, render: Render) -> None:
        asked = self._ask(render)
        if asked is None:
            return
        client, task = asked
        at = self.clock()
        word = task.status[:60]
        strange = word not in (QUEUED, PROCESSING, SUCCEED, FAILED)
        note = f"the service says {word}" if strange and word != render.status_word else ""
        heard: dict[str, Any] = {"status_word": word, "reason": "", "message": ""}
        if task.failed:
            reason = task.reason or "The service gave no reason."
            self._fail(render, at, TASK_FAILED, reason, status_word=word)
        elif task.succeeded and not task.videos:
            message = "The service says it is done, but names no video."
            self._fail(render, at, "no_result", message, status_word=word)
        elif task.succeeded:
            render.advance(
                State.SAVING, at=at, note=note, keep_lease=True, next_step_at=at, eta=None, **heard
            )
            crash.point("saving committed")
            self._bring_home(client, render, task)
        else:
            age = at - (render.submitted_at or render.queued_at)
            render.advance(
                State.RENDERING if task.status == PROCESSING else render.state,
                at=at,
                note=note,
                progress=round(task.progress),
                eta=None if task.eta is None else min(round(task.eta), 10**6),
                tries=0,
                misses=0,
                next_step_at=at + pace.poll(task.eta, age),
                **heard,
            )

    # Saving

    def save(self, render: Render) -> None:
        """Take up a result that exists, with a fresh link."""
        asked = self._ask(render)
        if asked is None:
            return
        client, task = asked
        if not (task.succeeded and task.videos):
            task = self.home.put_by(render) or task
        if task.succeeded and task.videos:
            self._bring_home(client, render, task)
        else:
            self._miss(render, "no_result", "The service no longer names the video it had made.")

    def _bring_home(self, client: Client, render: Render, task: Task) -> None:
        outcome = self.home.fetch(client, render, task, last=render.misses >= FRESH_LINKS)
        at = self.clock()
        borne = render.tries < TRIES_BORNE or outcome.reason != CUT_OFF
        if outcome.wait is not None and borne:
            render.advance(
                State.SAVING,
                at=at,
                reason=outcome.reason,
                message=outcome.message,
                tries=min(render.tries + 1, TRIES_COUNTED),
                next_step_at=at + pace.back_off(render.tries, outcome.wait),
            )
        elif outcome.arrived:
            self.home.store_takes(render, task, outcome.arrived, at, note=outcome.message)
        elif outcome.wait is not None:
            self._fail(render, at, outcome.reason, outcome.message)
        else:
            self._miss(render, outcome.reason, outcome.message)

    def _miss(self, render: Render, reason: str, message: str) -> None:
        """Count a result that did not come home; a few fresh links are asked for, no more."""
        at = self.clock()
        if render.misses >= (CUT_LINKS if reason == CUT_OFF else FRESH_LINKS):
            self._fail(render, at, reason, message)
            return
        render.advance(
            State.SAVING,
            at=at,
            note=reason,
            reason=reason[:60],
            message=message,
            misses=render.misses + 1,
            next_step_at=at + pace.back_off(render.misses),
        )

    # What the steps share

    def _ask(self, render: Render) -> tuple[Client, Task] | None:
        """Return the service's word on the task, or None after noting why there is none.

        Only the service's own end fails what was paid for: errors of asking just wait.
        """
        known = heirs.ask(self.client_for, render, render.task_id or "", self.clock)
        if known:
            heirs.go_over(render, known, self.clock())
            return known.client, known.task
        client = client_of(self.client_for, render, self.clock())
        if client is None:
            return None
        if refusals.hold_poll(render, client.key_mark, self.clock()):
            return None
        try:
            task = client.task(render.task_id or "")
        except NovitaError as error:
            at = self.clock()
            reach.heard(render.account, error, at)
            gone = isinstance(error, TaskGone)
            if gone and render.misses >= GRACE - 1:
                if kept := self.home.put_by(render):
                    return client, kept
                self._fail(render, at, error.reason, str(error))
                return None
            after = error.after if isinstance(error, TryLater) else None
            next_step_at = at + pace.back_off(render.tries, after)
            if isinstance(error, KeyRefused):
                next_step_at = refusals.close(render, client.key_mark, error, at)
            render.advance(
                render.state,
                at=at,
                reason=error.reason[:60],
                message=str(error),
                tries=min(render.tries + 1, TRIES_COUNTED),
                misses=render.misses + 1 if gone else render.misses,
                next_step_at=next_step_at,
            )
            return None
        crash.point("poll answered")
        reach.heard(render.account, None, self.clock())
        refusals.answered(render.account, self.clock(), sent=False)
        return client, task

    def _fail(
        self, render: Render, at: datetime, reason: str, message: str, **changes: Any
    ) -> None:
        render.advance(
            State.FAILED,
            at=at,
            note=reason,
            reason=reason[:60],
            message=message,
            finished_at=at,
            next_step_at=None,
            eta=None,
            **changes,
        )

    def _unsure(self, render: Render, at: datetime, reason: str, message: str) -> None:
        render.advance(
            State.UNSURE,
            at=at,
            note=reason,
            reason=reason[:60],
            message=f"{message} It may have been accepted, and was not sent again.",
            finished_at=at,
            next_step_at=None,
        )
