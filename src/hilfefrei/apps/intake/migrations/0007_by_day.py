from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0006_follow_up'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(fields=['started_at'], name='conversation_by_start'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['since'], name='entry_by_since'),
        ),
        migrations.AddIndex(
            model_name='viadate',
            index=models.Index(fields=['starts_at'], name='via_date_by_start'),
        ),
    ]
