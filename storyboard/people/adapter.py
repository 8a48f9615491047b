"""How allauth behaves here."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from storyboard.people import entrance, half_way, letters, pace
from storyboard.people.links import full_address
from storyboard.people.models import EMAIL_MAX, InvitationClosed, Team, User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail address and password do not belong together.",
        "email_taken": "There is an account with this e-mail address already. Sign in instead.",
        # Said of passwords, mailed codes that ended, and the second step alike.
        "too_many_login_attempts": (
            "That was tried too often. Wait five minutes, then begin anew, or take another way."
        ),
        "account_inactive": "This account was switched off.",
        "enter_current_password": "This is not your current password.",
        "incorrect_password": "This is not your password.",
        "incorrect_code": "This code is not right.",
    }

    def clean_email(self, email: str) -> str:
        """Return an address that the database holds; forms alone would take a longer one."""
        if len(email) > EMAIL_MAX:
            raise ValidationError(f"An e-mail address has at most {EMAIL_MAX} characters.")
        cleaned: str = super().clean_email(email)
        return cleaned

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return entrance.may_sign_up(request)

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """Store a new account with its personal team, and let it into the team it came for.

        Asks once more whether it may exist, for another may have been first since the page was
        shown. Raises SignUpClosed, or IntegrityError when two come at the same moment.
        """
        with transaction.atomic():
            invitation = entrance.carried(request)
            if invitation is None and not entrance.may_sign_up(request):
                raise entrance.SignUpClosed
            user.name = form.cleaned_data["name"]
            user.founder = not User.objects.exists()
            super().save_user(request, user, form, commit=True)
            Team.objects.create_personal(user)
            if invitation:
                try:
                    entrance.join(request, invitation, user)
                except InvitationClosed:
                    # Another took the last place just now. An open house needs no invitation.
                    if settings.STORYBOARD_SIGNUP != "open":
                        raise entrance.SignUpClosed from None
        return user

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count by mailbox and place: allauth takes the host and port that the client names."""
        return pace.from_here(request, str(credentials.get("email", "")))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try at a password: by place, by mailbox and place, and by mailbox.

        In this order, so that who was refused at one place uses up nothing of the mailbox's.
        """
        mailbox = str(credentials.get("email", "")).lower()
        self.take_back = [pace.guess(request, "guess")]
        super().pre_authenticate(request, **credentials)
        self.take_back.append(pace.guess(request, "mailbox", mailbox))

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        for take_back in self.take_back:
            take_back()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, action="mailbox", key=credentials["email"].lower())

    def set_password(self, user: User, password: str) -> None:
        """Store a new password, and of the row nothing else: meanwhile it may be switched off."""
        user.set_password(password)
        user.save(update_fields=("password",))

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Note how the account is now; a mailed code goes on with how it was when it was sent."""
        if not half_way.is_going_on(request):
            half_way.begin(request, user)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, unless the account was changed or switched off since that began."""
        now = User.objects.filter(pk=user.pk, is_active=True).first()
        if not half_way.is_as_it_began(request, now):
            raise ImmediateHttpResponse(half_way.give_up(request, user))
        del request.session[half_way.BEGAN]
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Let a person who brings an invitation join, right after signing in or up."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        invitation = entrance.put_down(request)
        if invitation:
            try:
                seat, _ = entrance.join(request, invitation, user)
            except InvitationClosed:
                what = "the story" if invitation.project_id else "the team"
                messages.warning(request, f"The invitation has ended. You did not join {what}.")
            else:
                role = seat.get_role_display().lower()
                messages.success(request, f"You are in {invitation.place} as {role}.")
                # And not back to the invitation, which would say that they are in already.
                return entrance.way_in(invitation)
        return response

    def is_safe_url(self, url: str) -> bool:
        """Accept nothing but paths of this site: another port of our host is another site."""
        plain = url.startswith("/") and url.isprintable()
        return plain and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("project_list")

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", args=(uid, secret))
        return full_address(self.request, path)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter; where no server would have it, say so instead of failing."""
        told = {"request": self.request, "email": email, **context}
        if not letters.post(self.render_mail(template_prefix, email, told)):
            messages.error(self.request, letters.NOT_SENT)

    def format_email_subject(self, subject: str) -> str:
        return f"Storyboard: {subject}"
