"""The experiments of the chapter."""
