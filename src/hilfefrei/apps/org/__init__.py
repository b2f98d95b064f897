"""The Jobcenter: teams, positions with FTE and period, absences, rooms."""
