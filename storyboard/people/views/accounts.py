"""The doors: allauth's own views, with our answers to an empty house and to bad input."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.stages import LoginByCodeStage, LoginStage
from allauth.account.views import LoginView, PasswordResetView, RequestLoginCodeView, SignupView
from allauth.core import ratelimit
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator

from storyboard.people import entrance, half_way, letters, pace
from storyboard.people.address import is_taken
from storyboard.people.code_forms import AskForCodeForm
from storyboard.people.entrance import SignUpClosed
from storyboard.people.links import full_address
from storyboard.people.models import Invitation, User
from storyboard.people.newcomers import LinkEnded, Newcomer, come_by_letter
from storyboard.people.sign_up_forms import AddressKnownForm, NewcomerForm


class OpenWhileACodeWaits:
    """Lets whoever waits for a mailed code come in another way, or ask for another one.

    allauth leads them back to where the code is entered. It stays good for that: looking at
    another page takes nothing back, and signing in puts an end to it.
    """

    def _redirect_to_pending_stage(
        self, request: HttpRequest, stage: LoginStage
    ) -> HttpResponse | None:
        if stage.key == LoginByCodeStage.key:
            return None
        step: HttpResponse | None = super()._redirect_to_pending_stage(  # type: ignore[misc]
            request, stage
        )
        return step


class SignInView(OpenWhileACodeWaits, LoginView):  # type: ignore[misc]
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not User.objects.exists():
            return redirect("account_signup")
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _refused(super().form_invalid(form))


class AskForCodeView(OpenWhileACodeWaits, RequestLoginCodeView):  # type: ignore[misc]
    def form_valid(self, form: AskForCodeForm) -> HttpResponse:
        half_way.begin(self.request, form._user)
        response: HttpResponse = super().form_valid(form)
        return response


class AskForPasswordView(PasswordResetView):  # type: ignore[misc]
    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Count where it is asked first: a stranger there uses up nothing of the mailbox's."""
        asked = pace.from_here(self.request, form.cleaned_data["email"])
        answer: HttpResponse | None = ratelimit.consume_or_429(
            self.request, action="letter", key=asked
        )
        if answer is None:
            answer = super().form_valid(form)
        return answer


class PasskeySignInView(OpenWhileACodeWaits, LoginWebAuthnView):  # type: ignore[misc]
    pass


class SignUpView(SignupView):  # type: ignore[misc]
    """In one step; where mail is sent, it writes a letter whose link leads to the second."""

    def get_form_class(self) -> type[BaseForm]:
        form: type[BaseForm] = NewcomerForm if come_by_letter() else super().get_form_class()
        return form

    def invitation(self) -> Invitation | None:
        """Return by which invitation whoever signs up here joins."""
        return entrance.carried(self.request)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return {**super().get_context_data(**more), "invitation": self.invitation()}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Create account, personal team and sample, and sign in: all of it or nothing."""
        if isinstance(form, NewcomerForm):
            return self._write(form)
        try:
            return self._create(form)
        except IntegrityError:
            # Someone was first, with this address or with the first account of all.
            form.full_clean()
            return self._create(form) if form.is_valid() else self.form_invalid(form)

    def _create(self, form: BaseForm) -> HttpResponse:
        try:
            with transaction.atomic():
                response: HttpResponse = super().form_valid(form)
        except SignUpClosed:
            return self.closed()
        return response

    def _write(self, form: NewcomerForm) -> HttpResponse:
        """Write to the address; the page says the same whether it has an account or not."""
        address = form.cleaned_data["email"]
        asked = pace.from_here(self.request, address)
        if not (
            ratelimit.consume(self.request, action="letter", key=asked)
            and ratelimit.consume(self.request, action="newcomer", key=address)
        ):
            form.add_error("email", "Several letters went there. Try again in five minutes.")
            return self.form_invalid(form)
        if is_taken(address):
            door = full_address(self.request, reverse("account_login"))
            told = {"link": door}
            sent = letters.send("people/mail/newcomer_known.txt", address, "your account", told)
        else:
            invitation = entrance.carried(self.request)
            token = Newcomer(address, invitation.pk if invitation else None).token()
            path = reverse("account_signup_by_letter", args=(token,))
            told = {"link": full_address(self.request, path)}
            sent = letters.send("people/mail/newcomer.txt", address, "your account", told)
        if not sent:
            form.add_error(None, letters.NOT_SENT)
            return _refused(super().form_invalid(form), status=503)
        return TemplateResponse(self.request, "account/signup_sent.html", {"address": address})

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _refused(super().form_invalid(form))

    def closed(self) -> HttpResponse:
        return _refused(super().closed(), status=403)


@method_decorator(login_not_required, name="dispatch")
class SignUpByLetterView(SignUpView):
    """The second step: an account with the address to which the letter went."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.newcomer = Newcomer.read(kwargs.pop("newcomer"))
        except LinkEnded:
            return TemplateResponse(request, "account/signup_ended.html", status=410)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def is_open(self) -> bool:
        open_for_it: bool = super().is_open()
        return open_for_it or self.newcomer.open_invitation() is not None

    def invitation(self) -> Invitation | None:
        return self.newcomer.open_invitation() or super().invitation()

    def get_form_class(self) -> type[BaseForm]:
        return AddressKnownForm

    def get_initial(self) -> dict[str, Any]:
        return {"email": self.newcomer.address}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        self.newcomer.bring(self.request)
        get_adapter().stash_verified_email(self.request, self.newcomer.address)
        return super().form_valid(form)


def refused_is_422(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 422 where allauth shows a form again with what was wrong."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        shows_again = request.method == "POST" and response.status_code == 200
        return _refused(response) if shows_again else response

    return answer


def _refused(response: HttpResponse, status: int = 422) -> HttpResponse:
    response.status_code = status
    return response
