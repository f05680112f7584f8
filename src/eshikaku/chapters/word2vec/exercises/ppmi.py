"""Exercise word2vec-ppmi: complete the PPMI of a co-occurrence matrix."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, holds, standard


def ppmi(C):
    """C: 共起の数 (V, V)、0以上 → PPMI (V, V)。底は2"""
    S = C.sum()  # 全体の数
    row = C.sum(axis=1, keepdims=True)  # (V, 1)
    col = C.sum(axis=0, keepdims=True)  # (1, V)
    expected = row * col / S  # 独立に並ぶとしたときの数 (V, V)
    ratio = np.divide(C, expected, out=np.ones_like(C), where=C > 0)  # 数が0の所は1
    return np.maximum(0, np.log2(ratio))  # (V, V)


def alt_ppmi_loop(C):
    M = np.zeros_like(C)
    for i in range(len(C)):
        for j in range(C.shape[1]):
            if C[i, j] > 0:
                M[i, j] = max(0.0, np.log2(C[i, j] * C.sum() / (C[i].sum() * C[:, j].sum())))
    return M


def alt_ppmi_probabilities(C):
    P = C / C.sum()
    independent = np.outer(P.sum(axis=1), P.sum(axis=0))
    where = independent < P
    M = np.zeros_like(C)
    M[where] = np.log2(P[where]) - np.log2(independent[where])
    return M


def _counts(a):
    """A matrix of counts that is not symmetric, with zeros, and no empty row or column."""
    C = np.floor(np.abs(a["noise"]) * 3) * a["mask"]
    np.fill_diagonal(C, 1 + np.arange(len(C)) % 3)
    return C.astype(a["noise"].dtype)


ALL = arrays(
    noise="V V",
    mask=derived(lambda a: (np.abs(a["noise"]) > np.median(np.abs(a["noise"]))).astype(float)),
    C=derived(_counts),
)
INPUTS = ALL.only("C")


def zero_where_never_together(M, C):
    """PPMI is 0 where the count is 0, and nowhere below 0."""
    return bool(np.all(M[C == 0] == 0) and np.all(M >= 0))


PPMI = Exercise(
    id="word2vec-ppmi",
    title="共起の数からPPMIを作る",
    level=1,
    minutes=5,
    statement=r"""
2つの空欄を埋めて、共起の数 $C\,(V,V)$ からPPMIを計算してください。

$$
\mathrm{PPMI}(i,j)=\max\Bigl(0,\ \log_2\frac{C_{ij}\,S}{S_i\,S'_j}\Bigr),\qquad
S=\sum_{ij}C_{ij},\quad S_i=\sum_j C_{ij},\quad S'_j=\sum_i C_{ij}
$$

$C_{ij}=0$ の所は0です（書き始めのコードは、そこの比を1にしています）。$C$ は対称とは限りません。
""",
    reference=ppmi,
    blanks=(
        "row * col / S",
        "np.maximum(0, np.log2(ratio))",
    ),
    alternatives=[alt_ppmi_loop, alt_ppmi_probabilities],
    wrongs=[
        Edit(
            "row * col / S", "row * col", "期待される数を S で割っていません。row * col / S です。"
        ),
        Edit(
            "row * col / S",
            "row * col / S**2",
            "S で2回割りました。数どうしの比では、期待される数は row * col / S です。",
        ),
        Edit(
            "np.maximum(0, np.log2(ratio))",
            "np.log2(ratio)",
            "負の値が残っています。PPMIのPはpositiveで、0と比べて大きいほうを取ります。",
        ),
        Edit("np.log2", "np.log", "底が e です。底は2（np.log2）です。"),
        Edit("np.log2(ratio)", "ratio", "比のままです。log2 を取ります。"),
        Edit(
            "row * col / S",
            "S / C.size",
            "どの組にも同じ数を期待しています。偶然並ぶ数は row * col に比例します。",
        ),
        Edit(
            "row * col / S",
            "row * row.T / S",
            "列の和の代わりに行の和を使いました。C は対称とは限りません。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("PPMI",), scales=()),
        holds(
            INPUTS,
            zero_where_never_together,
            name="0以上",
            expected="すべて0以上で、C が0の所は0",
            next_step="np.maximum(0, …) と、数が0の所を見てください。",
        ),
    ],
    hints=[
        "i の割合は row / S、j の割合は col / S です。独立なら、数は S × その積です。",
        "1つ目は row * col / S です。",
        "2つ目は np.maximum(0, np.log2(ratio)) です。",
    ],
    syllabus=("4.4.i",),
    equivalent_mutants=[
        "col = C.sum(axis=0)  # (V,) is repeated over the rows as (1, V) is",
        "col = C.sum(axis=0, keepdims=False)  # the same",
        # log2 0 = -inf, and max(0, -inf) = 0: the places only spare a warning
        "ratio = np.divide(C, expected, out=np.ones_like(C))  # spares no warning",
        "ratio = np.divide(C, expected, out=np.zeros_like(C), where=C > 0)  # as above",
        "ratio = np.divide(C, expected, out=np.ones_like(C), where=C >= 0)  # as above",
        "ratio = np.divide(C, expected, out=np.ones_like(C), where=C > -1)  # as above",
    ],
)
