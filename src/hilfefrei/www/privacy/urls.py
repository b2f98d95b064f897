from django.urls import path

from hilfefrei.www.privacy import accesses, retention, views, wishes

app_name = "privacy"
urlpatterns = [
    path("felder/", views.fields, name="fields"),
    path("felder.xlsx", views.export, name="export"),
    path("zugriffe/", accesses.index, name="accesses"),
    path("zugriffe/<uuid:inquiry_id>/", accesses.inquiry, name="inquiry"),
    path("zugriffe/<uuid:inquiry_id>/antwort/", accesses.answer, name="inquiry_answer"),
    path("zugriffe/<uuid:inquiry_id>/schliessen/", accesses.close, name="inquiry_close"),
    path("zugriffe/<uuid:inquiry_id>/zugriffe.xlsx", accesses.export, name="inquiry_export"),
    path("zugriffe/<uuid:inquiry_id>/blatt.pdf", accesses.notice, name="inquiry_notice"),
    path("loeschlauf/", retention.index, name="runs"),
    path("loeschlauf/<uuid:run_id>/", retention.run, name="run"),
    path("loeschlauf/<uuid:run_id>/freigeben/", retention.release, name="run_release"),
    path("loeschlauf/<uuid:run_id>/verwerfen/", retention.discard, name="run_discard"),
    path("loeschwuensche/", wishes.index, name="wishes"),
    path("loeschwuensche/<uuid:wish_id>/", wishes.wish, name="wish"),
    path("loeschwuensche/<uuid:wish_id>/entscheiden/", wishes.decide, name="wish_decide"),
    path("loeschwuensche/<uuid:wish_id>/zurueckziehen/", wishes.withdraw, name="wish_withdraw"),
    path("vormerkungen/", retention.holds, name="holds"),
    path("vormerkungen/<uuid:hold_id>/aufheben/", retention.lift, name="hold_lift"),
]
