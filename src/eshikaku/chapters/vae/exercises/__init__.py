"""The graded exercises of the chapter."""
