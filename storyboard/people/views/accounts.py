"""The doors: allauth's own views, with our answers to an empty house and to bad input."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.views import LoginView, SignupView
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from storyboard.people.entrance import SignUpClosed
from storyboard.people.models import User


class SignInView(LoginView):  # type: ignore[misc]
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not User.objects.exists():
            return redirect("account_signup")
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _refused(super().form_invalid(form))


class SignUpView(SignupView):  # type: ignore[misc]
    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Create account, personal team and sample, and sign in: all of it or nothing."""
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

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _refused(super().form_invalid(form))

    def closed(self) -> HttpResponse:
        return _refused(super().closed(), status=403)


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
