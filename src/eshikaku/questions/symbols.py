"""Letters of formulas: what an option names must be named in the stem, or in the text around it.

A question is met alone, in review or an exam: ``$W_h$`` in an option means nothing to someone who
has not just read the chapter. Only the letter counts, not its subscript.
"""

from __future__ import annotations

import re

from eshikaku.questions.model import Question

# e, i, j, k, l, t: the base of the logarithm and running indices; d: the differential;
# p, q, P: distributions, whose arguments say which; I: the unit matrix.
COMMON = frozenset("dijkltepqPI")
_GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "varepsilon",
    "eta",
    "theta",
    "kappa",
    "lambda",
    "mu",
    "rho",
    "tau",
    "phi",
    "Sigma",
]
_MATH = re.compile(r"\$\$(.+?)\$\$|\$([^$]+)\$", re.S)
_CODE = re.compile(r"```.*?```|`[^`]*`", re.S)
_NAMES = re.compile(r"\\(?:mathrm|mathcal|mathbb|text|operatorname)\s*(?:\{[^}]*\}|[A-Za-z])")
_ACCENT = re.compile(r"\\(?:tilde|hat|bar|widetilde|overrightarrow|overleftarrow)\b")
_LETTER = re.compile(r"(?<![A-Za-z_{])\{?([A-Za-z])(?![A-Za-z])")


def letters(text: str) -> set[str]:
    """The letters that stand for something in the formulas of a text."""
    found: set[str] = set()
    for match in _MATH.finditer(text):
        tex = _ACCENT.sub(" ", _NAMES.sub(" ", match[1] or match[2]))
        found |= set(re.findall(rf"\\({'|'.join(_GREEK)})\b", tex))
        found |= set(_LETTER.findall(re.sub(r"\\[A-Za-z]+", " ", tex)))
    return found


def undefined(question: Question) -> set[str]:
    """Letters in the options that neither the stem, its code nor its figure names."""
    given = question.shared_stem + "\n" + question.stem
    if question.figure:
        given += question.figure.alt
    words = re.findall(r"[A-Za-z]", "".join(_CODE.findall(given)))
    words += re.findall(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])", given)  # subscripts, n-gram
    known = letters(given) | set(words) | COMMON
    return {s for option in question.options for s in letters(option.text) - known}
