"""The log-in of the house (OpenID Connect) as allauth wants to hear of it."""

from typing import Any

from hilfefrei.secrets import Secrets

# The word for it in addresses: /anmelden/haus/.
PROVIDER = "haus"


def oidc(secrets: Secrets) -> dict[str, Any]:
    """``SOCIALACCOUNT_PROVIDERS``: one provider where one is entered, else none, and then its addresses do not exist."""
    if not (secrets.oidc_url and secrets.oidc_client):
        return {}
    app = {
        "provider_id": PROVIDER,
        "name": secrets.oidc_name or "Anmeldung des Hauses",
        "client_id": secrets.oidc_client,
        "secret": secrets.oidc_secret,
        "settings": {"server_url": secrets.oidc_url.rstrip("/"), "groups_claim": secrets.oidc_groups},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
