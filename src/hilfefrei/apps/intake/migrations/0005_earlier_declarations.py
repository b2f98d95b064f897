"""Declarations signed before benefits had a list of them: each gets its row there, unconfirmed, for nobody there has read it."""

from typing import Any

from django.db import migrations

SIGNED = ("withdrawn", "waiver")


def bring_to_benefits(apps: Any, schema_editor: Any) -> None:
    """One declaration for each signed leave and one for each revoked waiver, unless it is there. Again: changes nothing."""
    declarations = apps.get_model("benefits", "Declaration")._base_manager
    known = set(declarations.order_by("id").values_list("application_id", "kind", "declared_at"))
    rows = apps.get_model("intake", "Leave")._base_manager.filter(signed=True, act__in=SIGNED, application__isnull=False)
    for leave in rows.order_by("at", "id").iterator():
        if (leave.application_id, leave.act, leave.at) not in known:
            declarations.create(
                jobcenter_id=leave.jobcenter_id,
                application_id=leave.application_id,
                kind=leave.act,
                signed_on=leave.signed_on,
                representative=leave.representative,
                declared_at=leave.at,
                declared_by_id=leave.explained_by_id,
            )
        if leave.act != "waiver" or leave.revoked_at is None:
            continue
        if (leave.application_id, "revoked", leave.revoked_at) not in known:
            # Who took it down stands in the record; the row of a leave does not say.
            declarations.create(
                jobcenter_id=leave.jobcenter_id, application_id=leave.application_id, kind="revoked", declared_at=leave.revoked_at
            )


class Migration(migrations.Migration):
    """Data only; backwards nothing is taken away, as a declaration stays one."""

    dependencies = [("benefits", "0003_declarations"), ("intake", "0004_leave_mended")]

    operations = [migrations.RunPython(bring_to_benefits, migrations.RunPython.noop)]
