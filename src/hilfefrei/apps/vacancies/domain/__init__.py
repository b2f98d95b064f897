"""Verbs on vacancies: single ones, whole deliveries, and where postal codes lie."""

from hilfefrei.apps.vacancies.domain.deliveries import CHANGE_MARK as CHANGE_MARK
from hilfefrei.apps.vacancies.domain.deliveries import CHANGE_WORDS as CHANGE_WORDS
from hilfefrei.apps.vacancies.domain.deliveries import age_out as age_out
from hilfefrei.apps.vacancies.domain.deliveries import apply_delivery as apply_delivery
from hilfefrei.apps.vacancies.domain.deliveries import compare as compare
from hilfefrei.apps.vacancies.domain.deliveries import discard_delivery as discard_delivery
from hilfefrei.apps.vacancies.domain.deliveries import name_columns as name_columns
from hilfefrei.apps.vacancies.domain.deliveries import read_file as read_file
from hilfefrei.apps.vacancies.domain.deliveries import save_mapping as save_mapping
from hilfefrei.apps.vacancies.domain.deliveries import stage_delivery as stage_delivery
from hilfefrei.apps.vacancies.domain.deliveries import undo_delivery as undo_delivery
from hilfefrei.apps.vacancies.domain.own import OWN_FIELDS as OWN_FIELDS
from hilfefrei.apps.vacancies.domain.own import save_own as save_own
from hilfefrei.apps.vacancies.domain.own import set_state as set_state
from hilfefrei.apps.vacancies.domain.own import set_wage as set_wage
from hilfefrei.apps.vacancies.domain.places import import_places as import_places
