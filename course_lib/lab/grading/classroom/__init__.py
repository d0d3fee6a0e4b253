"""A class graded at once: folders, learners, workers, and the report.  The command `grade`."""
