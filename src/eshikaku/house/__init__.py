"""The house around the course: set-up, JupyterLab, the learner's copies, making notebooks.

- :mod:`~eshikaku.house.bootstrap` installs torch as lightly as the machine allows.
- :mod:`~eshikaku.house.lab` starts JupyterLab; :mod:`~eshikaku.house.copies` keeps the
  learner's copies; :mod:`~eshikaku.house.doctor` says what is missing.
- :mod:`~eshikaku.house.sources` turns a chapter's text into cells,
  :mod:`~eshikaku.house.build` runs them (``make notebooks``), :mod:`~eshikaku.house.lint`
  and :mod:`~eshikaku.house.minutes` measure them.
- :mod:`~eshikaku.house.suite` is what ``make test`` runs.
"""
