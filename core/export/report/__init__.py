"""The reports of an export for people: report.txt, and report.html, which needs nothing else."""
