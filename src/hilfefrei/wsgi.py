"""The door for the web server; DJANGO_SETTINGS_MODULE is set by the command line."""

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
# All pages are loaded before the processes part: shared by all, and nobody waits for them with the first request.
get_resolver().url_patterns  # noqa: B018 - reading it loads them
