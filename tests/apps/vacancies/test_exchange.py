"""The list of open vacancies."""

from django.db import connection

from hilfefrei.apps.vacancies import queries
from tests.world import TODAY, World


def test_the_newest_open_ones_are_found_by_an_index(world: World, django_db_setup: str) -> None:
    assert world.id
    by_index = django_db_setup == "postgres"
    if by_index:
        # So few rows are read faster without.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    plan = queries.exchange(queries.Filters(), TODAY)[:25].explain()
    assert ("vacancy_newest" in plan) == by_index
