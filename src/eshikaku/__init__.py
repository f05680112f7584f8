"""eshikaku: an interactive Japanese notebook course for the JDLA E資格.

The package is small on purpose: importing it brings neither torch nor matplotlib
nor ipywidgets. Notebooks import the verbs from :mod:`eshikaku.notebook`.
"""

__version__ = "0.1.0"
