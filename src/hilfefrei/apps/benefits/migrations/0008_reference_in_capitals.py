from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0007_decision_of_a_period'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='application',
            index=models.Index(Upper('reference'), name='application_in_capitals'),
        ),
    ]
