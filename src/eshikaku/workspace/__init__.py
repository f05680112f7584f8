"""What learners run: the environment, JupyterLab, their copies of the notebooks.

- :mod:`~eshikaku.workspace.bootstrap` installs torch as lightly as the machine allows.
- :mod:`~eshikaku.workspace.lab` starts JupyterLab; :mod:`~eshikaku.workspace.copies` keeps the
  learner's copies; :mod:`~eshikaku.workspace.opening` looks after a cell in a fresh kernel.
- :mod:`~eshikaku.workspace.doctor` says what is missing.
"""
