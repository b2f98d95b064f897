"""What the room does not forgive: an order nobody asked for, and a way out to the network."""

import ipaddress
import random
import socket
from typing import Any

from django.db.models import query

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo
_fetch_all = query.QuerySet._fetch_all


class NetworkForbiddenError(Exception):
    """A test wanted to leave this machine."""


def _is_local(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name).split("%", 1)[0]).is_loopback
    except ValueError:
        return False


def _check(family: int, address: Any) -> None:
    if family in {socket.AF_INET, socket.AF_INET6} and not _is_local(address[0]):
        message = f"the tests stay on this machine, not {address[0]}"
        raise NetworkForbiddenError(message)


def _guarded_connect(self: socket.socket, address: Any) -> None:
    _check(self.family, address)
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    _check(self.family, address)
    return _connect_ex(self, address)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_local(host):
        message = f"the tests stay on this machine, not {host}"
        raise NetworkForbiddenError(message)
    return _getaddrinfo(host, *args, **kwargs)


def _shuffling_fetch_all(self: query.QuerySet[Any]) -> None:
    fresh = self._result_cache is None
    _fetch_all(self)
    # A slice without order has lost its rows already; a union is ordered by its parts.
    if fresh and not self.ordered and not self.query.is_sliced and not self.query.combinator:
        random.shuffle(self._result_cache)


def install() -> None:
    """Close the network and shuffle every result that asked for no order."""
    socket.socket.connect = _guarded_connect
    socket.socket.connect_ex = _guarded_connect_ex
    socket.getaddrinfo = _guarded_getaddrinfo
    query.QuerySet._fetch_all = _shuffling_fetch_all
