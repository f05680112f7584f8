"""The exercises of the chapter."""
