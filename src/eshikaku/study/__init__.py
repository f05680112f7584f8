"""The engines joined for a learner: dashboard, calendar, review, placement."""
