"""What networks are trained on: generated tasks and loaders of packaged real data.

Nothing is downloaded. Each loader names package, licence and source in its docstring.
"""
