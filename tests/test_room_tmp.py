import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

@pytest.mark.django_db
def test_a() -> None:
    assert ContentType.objects.count() > 10

@pytest.mark.django_db(transaction=True)
def test_b() -> None:
    assert not ContentType.objects.filter(model="x").exists()
    ContentType.objects.create(app_label="x", model="x")

@pytest.mark.django_db(transaction=True)
def test_c(database) -> None:
    assert connection.vendor in ("sqlite","postgresql")
    assert not ContentType.objects.filter(model="x").exists()
    ContentType.objects.create(app_label="x", model="x")

def test_server(server) -> None:
    assert server.alive
    server.kill()
    server.restart()
