"""allauth's forms in the words of the house. A wrong code or key is noted; what was typed is not."""

from typing import Any

from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError

from hilfefrei.www.identity import events

CODE = "Code"
CODE_HELP = "sechs Ziffern aus der App, oder einer Ihrer Ersatzcodes"


class ActivateTotpForm(totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """Set up an app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code aus der App"
        self.fields["code"].help_text = "sechs Ziffern"
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class CodeForm(base.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of logging in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label, self.fields["code"].help_text = CODE, CODE_HELP


class CodeAgainForm(base.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
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


