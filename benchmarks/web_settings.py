"""Real operation as in a house, and one page more: the floor that the others are measured against."""

from hilfefrei.settings.production import *  # noqa: F403 - the same settings are the point
from hilfefrei.settings.production import MIDDLEWARE

ROOT_URLCONF = "benchmarks.web_urls"
MIDDLEWARE = ["benchmarks.web_urls.counted", *MIDDLEWARE]
