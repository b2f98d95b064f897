from django.urls import path

from hilfefrei.www.people import edits, lists, page, rights

app_name = "people"
urlpatterns = [
    path("", lists.person_list, name="list"),
    path("liste.<slug:form>", lists.export, name="export"),
    path("geschuetzt/", lists.protected, name="protected"),
    path("<uuid:person_id>/", page.detail, name="detail"),
    path("<uuid:person_id>/auszug.pdf", page.extract, name="extract"),
    path("<uuid:person_id>/auskunft.pdf", rights.paper, name="disclosure"),
    path("<uuid:person_id>/auskunft.json", rights.export, name="disclosure_json"),
    path("<uuid:person_id>/welche-daten.pdf", rights.notice, name="data_notice"),
    path("<uuid:person_id>/daten/", rights.all_data, name="data"),
    path("<uuid:person_id>/daten/bestreiten/", rights.dispute, name="dispute"),
    path("<uuid:person_id>/loeschwunsch/", rights.wish, name="wish"),
    path("<uuid:person_id>/loeschwunsch.pdf", rights.answer, name="wish_answer"),
    path("<uuid:person_id>/angaben/", edits.edit, name="edit"),
    path("<uuid:person_id>/melden/", edits.report, name="report"),
    path("<uuid:person_id>/kontakt/", edits.contact, name="contact"),
    path("<uuid:person_id>/anschrift/", edits.address, name="address"),
    path("<uuid:person_id>/einwilligungen/", edits.consent, name="consent"),
    path("<uuid:person_id>/haushalt/", edits.household, name="household"),
    path("<uuid:person_id>/schutz/", edits.protection, name="protection"),
    path("<uuid:person_id>/doppelt/", edits.duplicates, name="duplicates"),
    path("<uuid:person_id>/<slug:what>/", edits.act, name="act"),
]
