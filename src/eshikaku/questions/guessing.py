"""Can the key be guessed from the form of the options? Measured over the bank.

In the two largest public banks for this exam the longest option is the key 64 % of the time,
and absolute words mark distractors seven times as often as keys. The limits bind from
:data:`ENOUGH` single-choice items on, each with two standard errors of slack at the present
size; a chapter alone is held to the coarser :func:`chapter_limits`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eshikaku.questions import markup, parameters
from eshikaku.questions.errors import BankError
from eshikaku.questions.model import SKILL_NAMES, Option, Question

if TYPE_CHECKING:
    import numpy as np

ENOUGH = 100  # single-choice items from which the limits bind
ENOUGH_IN_CHAPTER = 20
LONGEST, FORM, POSITION = 0.33, 0.40, (0.22, 0.28)
CALCULATING, PICTURED = 0.50, 0.15
CHAPTER_LONGEST, CHAPTER_POSITION = 0.50, 0.45

_ABSOLUTE = re.compile("必ず|のみ|すべて|全て|常に|いつも|絶対|一切|唯一|まったく|全く|決して|だけ")
_HEDGED = re.compile("ことがある|場合がある|場合もある|可能性|一般に|多く|ことが多い|とは限らない")
_NEGATED = re.compile("ない|ず、|ません")
_WRONG_ONE = re.compile("誤ってい|誤りであ|適切でない|不適切|正しくない|間違って")
_TABLE = re.compile(r"^\s*\|?\s*:?-{3,}:?\s*(\||$)", re.M)


@dataclass(frozen=True)
class Statistics:
    """Measures of a set of questions; rates are 0 … 1.

    Attributes:
        questions, answerable, singles: how many (groups whole; items; single-choice items).
        longest: how often picking the longest option hits (ties count in part).
        form: how often a classifier that sees only the form of the options hits.
        stored, shown: share of keys at each position, as stored and as first shown.
        absolute: share of keys and of distractors with an absolute word.
        kinds: share of each skill. pictured: with a figure or table. sourced: with a primary
            source. wrong_one: singles that ask for the wrong statement.
    """

    questions: int
    answerable: int
    singles: int
    longest: float
    form: float
    stored: dict[int, float] = field(default_factory=dict)
    shown: dict[int, float] = field(default_factory=dict)
    positioned: int = 0  # the singles with four options, which the positions are taken from
    absolute: tuple[float, float] = (0.0, 0.0)
    kinds: dict[str, float] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    pictured: float = 0.0
    sourced: float = 0.0
    wrong_one: float = 0.0
    contrasts: int = 0

    @property
    def calculating(self) -> float:
        """Share of calculation, code and formula."""
        return sum(self.kinds.get(k, 0.0) for k in ("calculation", "code", "formula"))

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """For the command line, in Japanese."""

        def places(shares: dict[int, float]) -> str:
            return " ".join(f"{p}:{s:.0%}" for p, s in sorted(shares.items()))

        kinds = " ".join(f"{SKILL_NAMES[k]}{s:.0%}" for k, s in sorted(self.kinds.items()))
        types = " ".join(f"{t}:{n}" for t, n in sorted(self.types.items()))
        bound = "" if self.singles >= ENOUGH else f"（目安。{ENOUGH}問から必須）"
        return [
            f"問題 {self.questions}（答える単位 {self.answerable}、単一選択 {self.singles}）",
            f"形式 {types}",
            f"種類 {kinds}",
            f"最も長い選択肢が正解 {self.longest:.0%}（≤ {LONGEST:.0%}）{bound}",
            f"形だけを見る分類器の正答率 {self.form:.0%}（≤ {FORM:.0%}）{bound}",
            f"正解の位置 保存順 {places(self.stored)} / 表示順 {places(self.shown)}"
            f"（{POSITION[0]:.0%}〜{POSITION[1]:.0%}）{bound}",
            f"断定の語 正解 {self.absolute[0]:.1%} / 誤答 {self.absolute[1]:.1%}{bound}",
            f"計算・コード・式 {self.calculating:.0%}（≥ {CALCULATING:.0%}）{bound}",
            f"図か表 {self.pictured:.0%}（≥ {PICTURED:.0%}）{bound}",
            f"一次資料 {self.sourced:.0%}（100%）",
            f"「誤っているもの」を選ぶ {self.wrong_one:.0%}、見分けの組 {self.contrasts}",
        ]


def statistics(questions: Sequence[Question]) -> Statistics:
    """Measure questions of the bank (groups whole)."""
    items = [q for group in questions for q in group.answerable if not q.prediction]
    singles = [q for q in items if q.type == "single"]
    four = [q for q in singles if len(q.options) == 4 and q.shuffle]
    return Statistics(
        questions=len(questions),
        answerable=len(items),
        singles=len(singles),
        longest=_mean([_longest(q.options) for q in singles]),
        form=form_accuracy(singles),
        stored=_shares([_place(q.options) for q in four]),
        shown=_shares([_place(_first_shown(q)) for q in four]),
        positioned=len(four),
        absolute=(
            _mean([_has(_ABSOLUTE, o) for q in singles for o in q.options if o.correct]),
            _mean([_has(_ABSOLUTE, o) for q in singles for o in q.options if not o.correct]),
        ),
        kinds={k: n / len(items) for k, n in Counter(q.skill for q in items).items()},
        types=dict(Counter(q.type for q in questions)),
        pictured=_mean([_pictured(q) for q in items]),
        sourced=_mean([float(any(r.paper or r.doc for r in q.refs)) for q in items]),
        wrong_one=_mean([float(bool(_WRONG_ONE.search(q.stem))) for q in singles]),
        contrasts=sum(bool(q.contrast) for q in questions),
    )


def limits(found: Statistics) -> list[str]:
    """Broken limits of the whole bank; none below :data:`ENOUGH` single-choice items."""
    n = found.singles
    if n < ENOUGH:
        return []
    low, high = POSITION
    out = [
        _over("最も長い選択肢が正解", found.longest, LONGEST, n),
        _over("形だけを見る分類器の正答率", found.form, FORM, n),
        _under("計算・コード・式の割合", found.calculating, CALCULATING, found.answerable),
        _under("図か表の割合", found.pictured, PICTURED, found.answerable),
    ]
    for name, shares in (("保存順", found.stored), ("表示順", found.shown)):
        for place in range(1, 5):
            share = shares.get(place, 0.0)
            out.append(_over(f"{name}{place}番目の正解", share, high, found.positioned))
            out.append(_under(f"{name}{place}番目の正解", share, low, found.positioned))
    keys, others = found.absolute
    pooled = (keys + 3 * others) / 4
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / (3 * n)))
    if abs(keys - others) > 2 * error:
        out.append(f"断定の語の割合が正解（{keys:.1%}）と誤答（{others:.1%}）で違います。")
    return [problem for problem in out if problem]


def chapter_limits(questions: Sequence[Question]) -> list[str]:
    """The coarser limits of one chapter: half of the keys the longest, 45 % at one place."""
    found = statistics(questions)
    out = []
    if found.singles >= ENOUGH_IN_CHAPTER and found.longest > CHAPTER_LONGEST:
        out.append(f"正解の{found.longest:.0%}が最も長い選択肢です（{CHAPTER_LONGEST:.0%}まで）。")
    if found.positioned >= ENOUGH_IN_CHAPTER:
        for name, shares in (("保存順", found.stored), ("表示順", found.shown)):
            for place, share in shares.items():
                if share > CHAPTER_POSITION:
                    bound = f"（{CHAPTER_POSITION:.0%}まで）"
                    out.append(f"{name}で正解の{share:.0%}が{place}番目です{bound}。")
    return out


def _slack(limit: float, n: int) -> float:
    return 2 * math.sqrt(limit * (1 - limit) / max(n, 1))


def _over(name: str, value: float, limit: float, n: int) -> str:
    return (
        f"{name}が{value:.0%}です（{limit:.0%}まで）。" if value > limit + _slack(limit, n) else ""
    )


def _under(name: str, value: float, limit: float, n: int) -> str:
    low = limit - _slack(limit, n)
    return f"{name}が{value:.0%}です（{limit:.0%}以上）。" if value < low else ""


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _shares(places: Sequence[int]) -> dict[int, float]:
    return {p: n / len(places) for p, n in sorted(Counter(places).items())}


def _place(options: Sequence[Any]) -> int:
    return next(n for n, o in enumerate(options, 1) if o.correct)


def _first_shown(question: Question) -> Sequence[Any]:
    try:
        return parameters.instance(question).options
    except BankError:
        return question.options  # without its generator a bank can still be measured


def _longest(options: Sequence[Option]) -> float:
    widths = [markup.width(o.text) for o in options]
    top = [o.correct for o, w in zip(options, widths, strict=True) if w == max(widths)]
    return sum(top) / len(top)


def _has(pattern: re.Pattern[str], option: Option) -> float:
    return float(bool(pattern.search(option.text)))


def _pictured(question: Question) -> float:
    text = question.stem + "\n" + question.shared_stem
    return float(question.figure is not None or bool(_TABLE.search(text)))


# -- a classifier that sees only the form -------------------------------------------------------


def form_accuracy(singles: Sequence[Question], folds: int = 5, penalty: float = 1.0) -> float:
    """Cross-validated hits of a conditional logit on the form of the options.

    The chance that option j of a question is the key is softmax_j(x_j · w), with x the form
    (length, math, absolute and hedging words, signs) relative to the question's other options.
    Fitted by Newton's method with an L2 penalty; folds are taken by order.
    """
    if len(singles) < 2 * folds:
        return 0.0
    import numpy as np

    forms = [_forms(q.options) for q in singles]
    keys = [_place(q.options) - 1 for q in singles]
    hits = 0.0
    for fold in range(folds):
        train = [n for n in range(len(singles)) if n % folds != fold]
        weights = _fit([forms[n] for n in train], [keys[n] for n in train], penalty)
        for n in range(fold, len(singles), folds):
            scores = forms[n] @ weights
            best = np.flatnonzero(scores >= scores.max() - 1e-9)
            hits += (keys[n] in best) / len(best)
    return hits / len(singles)


def _forms(options: Sequence[Option]) -> np.ndarray:
    import numpy as np

    widths = [markup.width(o.text) for o in options]
    rows = [
        [
            math.log(1 + w),
            float(w == max(widths)),
            float(w == min(widths)),
            o.text.count("$") / 2,
            float(len(re.findall(r"[0-9]", o.text)) > 0),
            o.text.count("、") + o.text.count("，"),
            o.text.count("（") + o.text.count("("),
            float("`" in o.text),
            _has(_ABSOLUTE, o),
            _has(_HEDGED, o),
            _has(_NEGATED, o),
        ]
        for o, w in zip(options, widths, strict=True)
    ]
    x = np.array(rows)
    return x - x.mean(axis=0)


def _fit(forms: Sequence[np.ndarray], keys: Sequence[int], penalty: float) -> np.ndarray:
    import numpy as np

    size = forms[0].shape[1]
    w = np.zeros(size)
    for _ in range(15):
        gradient, hessian = penalty * w, penalty * np.eye(size)
        for x, key in zip(forms, keys, strict=True):
            scores = x @ w
            p = np.exp(scores - scores.max())
            p /= p.sum()
            mean = p @ x
            gradient += mean - x[key]
            hessian += (x * p[:, None]).T @ x - np.outer(mean, mean)
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w
