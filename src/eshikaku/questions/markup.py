r"""Markdown and math as an author may write them: what a page can't show is found here.

Math is not typeset here (Lab does that); a formula is refused where TeX surely fails: braces,
``\left`` without ``\right``, environments that don't close, a command that doesn't exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eshikaku.questions.errors import suggestion

_PIECE = re.compile(
    r"(?P<fence>^ *```.*?^ *```)|(?P<ticks>`+)(?P<code>.+?)(?P=ticks)"
    r"|\$\$(?P<display>.+?)\$\$|(?<!\\)\$(?P<math>[^$]+?)(?<!\\)\$",
    re.S | re.M,
)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>?")
_ENTITY = re.compile(r"&#?\w+;")
_PLACE = re.compile(
    r"選択肢\s*[（(]?[0-9０-９a-dA-Dア-エ]|[0-9０-９]番目の選択肢|[上下]の選択肢|(最初|最後)の選択肢"
    r"|(?<![A-Za-z0-9_)\]])[（(][1-6１-６a-dア-カあ-お][)）](は|が|の|を|と|も)"
)
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.S)
_ENVIRONMENTS = {"aligned", "array", "bmatrix", "cases", "gathered", "matrix", "pmatrix", "vmatrix"}

# what MathJax in Lab knows (no \argmax, no \bm)
_NAMES = """
overleftarrow overrightarrow overleftrightarrow underleftarrow underrightarrow hookleftarrow xrightarrow
xleftarrow mathring acute grave breve aleph complement surd natural flat sharp bigwedge bigvee bigotimes
bigodot oslash uplus sqcap sqcup amalg bowtie models vdash dashv asymp doteq smile frown nearrow searrow
nwarrow swarrow Uparrow Downarrow updownarrow nexists nless nleq ngeq nsubseteq nmid nparallel lesssim
gtrsim eqref pmod bmod mod dbinom tbinom overparen Longrightarrow Longleftarrow longmapsto injlim csc
sec cot coth sech arcsin arccos hom lg liminf projlim rangle arraycolsep mathtt mathscr textit texttt
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi
rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi
Omega ell hbar imath jmath partial nabla infty emptyset varnothing forall exists sum prod int
iint oint bigcup bigcap bigoplus lim limsup liminf max min sup inf arg log ln exp sin cos tan
sinh cosh tanh arctan det dim ker gcd Pr deg frac dfrac tfrac sqrt binom cfrac over overline
underline hat widehat tilde widetilde bar vec dot ddot check overbrace underbrace overset
underset stackrel prime mathbb mathbf mathrm mathcal mathit mathsf mathfrak boldsymbol text
textrm textbf operatorname operatorname* limits nolimits left right big Big bigg Bigg bigl bigr
Bigl Bigr biggl biggr Biggl Biggr middle langle rangle lfloor rfloor lceil rceil lvert rvert
lVert rVert vert Vert mid parallel cdot cdots ldots dots vdots ddots times div pm mp ast star
circ bullet odot otimes oplus ominus wedge vee cap cup setminus in notin ni subset subseteq
supset supseteq le leq ge geq ne neq ll gg approx simeq sim cong equiv propto prec succ perp lt
gt leqslant geqslant to gets mapsto rightarrow leftarrow leftrightarrow Rightarrow Leftarrow
Leftrightarrow longrightarrow longleftarrow implies iff uparrow downarrow top bot hookrightarrow
quad qquad colon space thinspace displaystyle textstyle scriptstyle phantom hphantom vphantom
begin end tag hline because therefore angle triangle square color boxed not substack mathop
mathbin mathrel lbrace rbrace backslash dagger intercal smash
"""
_COMMANDS = frozenset(_NAMES.split())


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) with kind ``prose``, ``code`` or ``math``, in order."""
    end = 0
    for match in _PIECE.finditer(text):
        if match.start() > end:
            yield "prose", text[end : match.start()]
        math = match["display"] or match["math"]
        yield ("math", math) if math else ("code", match["code"] or match["fence"])
        end = match.end()
    if end < len(text):
        yield "prose", text[end:]


def problems(text: str) -> list[str]:
    """What is wrong with a Markdown text, in Japanese."""
    found = []
    for kind, piece in pieces(text):
        if kind == "math":
            found += [f"式 ${piece.strip()}$: {p}" for p in dict.fromkeys(math_problems(piece))]
        elif kind == "prose":
            if "$" in piece.replace("\\$", ""):
                found.append("$ の数が合いません。")
            tag = _TAG.search(piece) or _ENTITY.search(piece)
            if tag:
                found.append(f"HTML（{tag[0]}）は使えません。")
    return found


def names_a_place(text: str) -> str | None:
    """The words by which a text names an option by its place, if it does."""
    prose = "".join(piece if kind == "prose" else "□" for kind, piece in pieces(text))
    match = _PLACE.search(prose)
    return match[0] if match else None


def math_problems(tex: str) -> list[str]:
    """Why TeX would refuse a formula."""
    found = []
    depth = 0
    environments: list[str] = []
    lefts = 0
    for token in re.finditer(r"\\[A-Za-z]+\*?|\\.|[{}]", tex, re.S):
        piece = token[0]
        if piece in "{}":
            depth += 1 if piece == "{" else -1
            if depth < 0:
                break
        elif piece in (r"\left", r"\right"):
            lefts += 1 if piece == r"\left" else -1
        elif piece in (r"\begin", r"\end"):
            name = re.match(r"\{([A-Za-z*]+)\}", tex[token.end() :])
            found += _environment(environments, piece, name[1] if name else "")
        if piece[0] == "\\" and piece[1:].isalpha() and piece[1:] not in _COMMANDS:
            near = suggestion(piece[1:], _COMMANDS)
            found.append(f"コマンド {piece} は知られていません。{near}")
    if depth:
        found.append("{ と } の数が合いません。")
    if lefts:
        found.append(r"\left と \right の数が合いません。")
    if environments:
        found.append(rf"\begin{{{environments[-1]}}} が閉じていません。")
    return found


def _environment(stack: list[str], piece: str, name: str) -> list[str]:
    if name not in _ENVIRONMENTS:
        return [f"環境 {name!r} は使えません（使えるもの: {', '.join(sorted(_ENVIRONMENTS))}）。"]
    if piece == r"\begin":
        stack.append(name)
        return []
    if not stack or stack.pop() != name:
        return [rf"\end{{{name}}} に対応する \begin がありません。"]
    return []


def width(text: str) -> int:
    """How long a text looks: a TeX command is one sign, braces and dollars are none."""
    total = 0
    for kind, piece in pieces(text):
        if kind == "math":
            piece = re.sub(r"[{}\s^_&]", "", _COMMAND.sub("x", piece))
        total += len(piece.strip() if kind != "math" else piece)
    return total
