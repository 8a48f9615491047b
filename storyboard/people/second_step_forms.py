"""allauth's forms of the second step, in our words."""

from __future__ import annotations

import struct
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from storyboard.people import pace, recovery
from storyboard.people.models import User
from storyboard.people.names import NameField
from storyboard.people.sign_ins import A_PASSKEY, note

PASSKEY_NAME_MAX = 80


class CodeField(forms.CharField):
    """Six or eight digits, as apps show them: in groups, which nobody has to mend."""

    def __init__(self, **kwargs: Any) -> None:
        entry = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
        )
        super().__init__(label="Code", max_length=20, widget=entry, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return "".join(text.split()).replace("-", "") if text else text


class CredentialField(forms.JSONField):
    """What a browser passes on from a passkey; whatever is none is refused as a wrong code.

    Read once before allauth does, which answers some nonsense with an error of ours.
    """

    default_error_messages = {  # noqa: RUF012
        "required": "No passkey was used.",
        "invalid": "This was no passkey of this account.",
    }

    def __init__(self, kind: type[AuthenticationResponse | RegistrationResponse]) -> None:
        super().__init__(widget=forms.HiddenInput)
        self.kind = kind

    def bound_data(self, data: Any, initial: Any) -> str:
        """Show none again: each is good for one challenge."""
        return ""

    def prepare_value(self, value: Any) -> str:
        return ""

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
            if found is not None:
                self.kind.from_dict(found)
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error):
            raise forms.ValidationError(self.error_messages["invalid"]) from None
        return found


class RecoveryCodeToo(forms.Form):
    """Takes a recovery code where one of an app is asked for; by its length they are told apart."""

    user: User

    def clean_code(self) -> str:
        take_back = pace.guess(context.request, "guess")
        code = self._right_code()
        take_back()
        return code

    def _right_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if len(code) != recovery.LENGTH:
            found: str = super().clean_code()  # type: ignore[misc]
            return found
        forget_tries = check_rate_limit(self.user)
        used = recovery.use(self.user, code)
        if used is None:
            # Told as of any second step: what listens wants to know whose it was.
            self._emit_authentication_failed(Authenticator(user=self.user, type=recovery.KIND))  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        forget_tries()
        self.authenticator = used
        return code


class SecondStepForm(RecoveryCodeToo, AuthenticateForm):  # type: ignore[misc]
    code = CodeField(help_text="From your app, or one of your recovery codes.")


class SecondStepAgainForm(RecoveryCodeToo, ReauthenticateForm):  # type: ignore[misc]
    code = CodeField(help_text="From your app, or one of your recovery codes.")


class AppForm(ActivateTOTPForm):  # type: ignore[misc]
    code = CodeField(help_text="The six digits that the app shows now.")


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    credential = CredentialField(RegistrationResponse)
    name = NameField(
        required=False,
        max_length=PASSKEY_NAME_MAX,
        label="What you call it",
        help_text="The device or key it is on, say.",
    )
    passwordless = forms.BooleanField(
        required=False,
        initial=True,
        label="Sign in with it alone, without a password",
        help_text="It then asks for your finger, your face or a PIN. A plain security key cannot.",
    )


class PasskeyTold(forms.Form):
    """Has a passkey that is refused told in the log, which allauth tells of codes alone."""

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.has_error("credential"):
            pk = getattr(getattr(self, "user", None), "pk", None)
            note(f"refused by {A_PASSKEY}", pk, context.request, bad=True)


class PasskeyCounted(PasskeyTold):
    """Counts a passkey that is refused by where it comes from, as a code is."""

    def clean_credential(self) -> Authenticator:
        take_back = pace.guess(context.request, "guess")
        found = super().clean_credential()  # type: ignore[misc]
        take_back()
        return found


class PasskeyStepForm(PasskeyCounted, AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = CredentialField(AuthenticationResponse)


class PasskeySignInForm(PasskeyTold, LoginWebAuthnForm):  # type: ignore[misc]
    """Takes no key that was only touched: it stands for the password as well.

    Asked here again, for the browser answers whatever challenge the session holds: that of
    another account's second step, say, where a touch is enough.
    """

    credential = CredentialField(AuthenticationResponse)

    def clean_credential(self) -> Authenticator:
        told = AuthenticationResponse.from_dict(self.cleaned_data["credential"])
        if not told.response.authenticator_data.is_user_verified():
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_credential()


class PasskeyAgainForm(PasskeyCounted, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = CredentialField(AuthenticationResponse)


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc]
    name = NameField(max_length=PASSKEY_NAME_MAX, label="What you call it")
