"""Who may come to a view at all; which objects they see there is the policy's business."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse

from hilfefrei.apps.intake import policy
from hilfefrei.apps.org.policy import require
from hilfefrei.www.requests import Request

View = Callable[..., HttpResponse]


def allowed(code: str) -> Callable[[View], View]:
    """Answer 403 to roles without the permission ``code`` of the way through ViA, before any object is looked for.

    Raises KeyError when the module is loaded if the code is unknown.
    """
    policy.PERMISSIONS[code]

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            require(policy.may(request.actor, code))
            return view(request, *args, **kwargs)

        return guarded

    return guard
