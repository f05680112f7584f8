"""What a learner typed, in one form: the same rules as in ``web/questions/normalize.js``.

Only ASCII white space counts after NFKC (the two languages disagree about the rest), only
ASCII digits are digits, and a text is at most :data:`LONGEST` characters long.
"""

from __future__ import annotations

import math
import re
import unicodedata

LONGEST = 200

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACES = re.compile("[ \t\n\r\f\v]+")
_AROUND_SIGNS = re.compile(r" ?([^A-Za-z0-9_ ]) ?")
_AROUND_NON_DIGITS = re.compile(r" ?([^0-9 ]) ?")
_QUOTES = re.compile("[\"'`\u2018\u2019\u201c\u201d]")
_SUPERSCRIPT = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]+")
_MINUS = re.compile("[\u2010-\u2015\u2212\u30fc]")
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?P<digits>[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)?(?P<fraction>\.[0-9]*)?"
    r"(?:e(?P<e>[+-]?[0-9]{1,4})|(?P<ten>[x*]10(?:\^|\*\*)\(?(?P<power>[+-]?[0-9]{1,4})\)?))?"
)
_POWER_ALONE = re.compile(r"(?P<sign>[+-]?)10(?:\^|\*\*)\(?(?P<power>[+-]?[0-9]{1,4})\)?")


def plain(raw: str, *, code: bool = False, case: bool = False) -> str:
    """The comparable form of a typed text.

    NFKC; invisible characters gone; white space trimmed and collapsed; kinds of quotes made
    equal. In ``code`` white space counts only between two words, and case counts; in a text
    case counts only if ``case``.
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", raw))
    text = _SPACES.sub(" ", text).strip(" ")
    text = _QUOTES.sub('"', text)
    if code:
        return _AROUND_SIGNS.sub(r"\1", text)
    return text if case else text.lower()


def number(raw: str, unit: str = "") -> float | None:
    """The number a learner typed, or ``None`` where there is none to be read.

    ``1,024.5`` · full-width digits · ``1e-3`` · ``1.2×10^-3`` · ``10⁻³`` · ``1/4`` · ``+3`` ·
    ``12.5%`` and ``30個`` where that is the unit. Not: ``1,5`` and ``0,877``
    (a comma separates thousands, and those never begin with a nought).
    """
    if len(raw) > LONGEST:
        return None
    text = _SUPERSCRIPT.sub(lambda m: "^" + m[0], _INVISIBLE.sub("", raw))
    text = _squeeze(text)
    ending = _squeeze(unit)
    if ending and text.endswith(ending):
        text = text[: -len(ending)]
    top, slash, bottom = text.partition("/")
    value = _one(top)
    if slash and value is not None:
        divisor = _one(bottom)
        value = value / divisor if divisor else None
    return value if value is not None and math.isfinite(value) else None


def _squeeze(text: str) -> str:
    """One spelling for signs; white space is left only between digits, where it is an error."""
    text = unicodedata.normalize("NFKC", text)
    text = _MINUS.sub("-", text).replace("\u3001", ",").replace("\u3002", ".")
    text = text.replace("\\times", "x").replace("\u00d7", "x").replace("\u22c5", "*")
    text = text.replace("{", "").replace("}", "").replace("$", "")
    text = _SPACES.sub(" ", text).strip(" ").lower()
    return _AROUND_NON_DIGITS.sub(r"\1", text)


def _one(text: str) -> float | None:
    alone = _POWER_ALONE.fullmatch(text)
    if alone:
        return float(f"{alone['sign']}1e{alone['power']}")
    found = _NUMBER.fullmatch(text)
    if not found or not (found["digits"] or (found["fraction"] or ".") != "."):
        return None
    digits = (found["digits"] or "0").replace(",", "")
    power = found["e"] or found["power"] or "0"
    return float(f"{found['sign']}{digits}{found['fraction'] or ''}e{power}")
