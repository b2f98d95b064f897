"""allauth's forms in the words of the house. A wrong code or key is noted; what was typed is not."""

from typing import Any

from allauth.account.forms import ChangePasswordForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError

from hilfefrei.apps.accounts import crypt
from hilfefrei.www.identity import events

CODE = "Code"
CODE_HELP = "sechs Ziffern aus der App, oder einer Ihrer Ersatzcodes"


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """The own password; the library's words say "du" and list every rule."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("oldpassword", "Jetziges Passwort"), ("password1", "Neues Passwort"), ("password2", "Neues Passwort noch einmal")):
            self.fields[name].label = label
            self.fields[name].help_text = ""
        self.fields["password1"].help_text = "mindestens 12 Zeichen; Namen und Wörter des Hauses allein genügen nicht"


class ActivateTotpForm(totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """Set up an app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code aus der App"
        self.fields["code"].help_text = "sechs Ziffern"
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class _Once(base.BaseAuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code works once, whichever it is; the library would take one of the app again after half a minute."""

    def clean_code(self) -> str:
        """The code, used up; a wrong one counts towards the pause."""
        right = check_rate_limit(self.user)
        code = str(self.cleaned_data["code"])
        held = list(Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type"))
        for factor in held:
            if crypt.use_app_code(factor, code) if factor.type == Authenticator.Type.TOTP else factor.wrap().validate_code(code):
                factor.user = self.user
                self.authenticator = factor
                right()
                return code
        if held:
            self._emit_authentication_failed(held[0])
        raise get_adapter().validation_error("incorrect_code")


class CodeForm(_Once, base.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of logging in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label, self.fields["code"].help_text = CODE, CODE_HELP


class CodeAgainForm(_Once, base.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code before something that only its holder may do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label, self.fields["code"].help_text = CODE, CODE_HELP


class AddKeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A security key or passkey."""

    name = forms.CharField(label="Name", required=False, max_length=60, help_text="damit Sie ihn wiedererkennen, zum Beispiel „blauer Stick“")
    passwordless = forms.BooleanField(
        label="auch ohne Passwort anmelden", required=False, help_text="der Schlüssel fragt dann selbst nach PIN oder Fingerabdruck"
    )
    field_order = ["name", "passwordless", "credential"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages["required"] = "Der Schlüssel hat nicht geantwortet. Bitte noch einmal versuchen."


class KeyForm(webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A security key as the second step; allauth itself does not say when one was refused."""

    def clean_credential(self) -> Any:
        """Note a refused key."""
        try:
            return super().clean_credential()
        except ValidationError:
            events.note(self.user, "failed", "webauthn")
            raise


class KeyAgainForm(webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """The same before something that only its holder may do."""

    def clean_credential(self) -> Any:
        """Note a refused key."""
        try:
            return super().clean_credential()
        except ValidationError:
            events.note(self.user, "failed", "webauthn")
            raise


