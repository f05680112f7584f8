"""Graded code exercises: declared in a chapter, checked by this engine.

A chapter declares in ``chapters/<stem>/exercises.py`` (or a folder ``exercises/``)::

    def rnn_step(x, h_prev, W_x, W_h, b):  # the reference: what solution() shows
        "1時刻の順伝播。戻り値: (N, H)"
        return np.tanh(x @ W_x + h_prev @ W_h + b)

    INPUTS = arrays(x="N D", h_prev="N H", W_x="D H", W_h="H H", b="H")
    STEP = Exercise(
        id="rnn-step", title="1時刻の順伝播", level=1, minutes=5, statement="…",
        reference=rnn_step, blanks=("h_prev @ W_h",),  # what the learner starts from
        alternatives=[…], wrongs=[Edit("np.tanh", "sigmoid", "…"), …],
        checks=standard(INPUTS, returns=("h",)), hints=["…", "…"],
    )

and places it in its text by a line ``<!-- exercise: rnn-step -->``. Solutions stand alone: they
use ``np``, their arguments and ``Exercise.names``. Where two wrong solutions behave alike, or a
mutant of the reference passes, the generated suite (``tests/test_exercises.py``) says so;
``python -m eshikaku.exercises.mutants rnn`` prints the mutants that pass.
"""

from eshikaku.exercises.declaration import Case, Check, Edit, Exercise, Finding, Wrong

__all__ = ["Case", "Check", "Edit", "Exercise", "Finding", "Wrong"]
