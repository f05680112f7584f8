r"""Markdown and math as an author may write them: what a page can't show is found here.

Math is not typeset here (Lab does that); a formula is refused where TeX surely fails: braces,
``\left`` without ``\right``, environments that don't close, a command that doesn't exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eshikaku.questions.errors import suggestion
from eshikaku.questions.markdown import unclosed

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
acute aleph alpha amalg angle approx arccos arcsin arctan arg ast asymp backslash bar because
begin beta Big big bigcap bigcup Bigg bigg Biggl biggl biggr Biggr Bigl bigl bigodot bigoplus
bigotimes Bigr bigr bigvee bigwedge binom bmod boldsymbol bot bowtie boxed breve bullet cap cdot
cdots cfrac check chi circ colon color complement cong cos cosh cot coth csc cup dagger dashv
dbinom ddot ddots deg Delta delta det dfrac dim displaystyle div dot doteq dots Downarrow
downarrow ell emptyset end epsilon eqref equiv eta exists exp flat forall frac frown gamma Gamma
gcd ge geq geqslant gets gg grave gt gtrsim hat hbar hline hom hookleftarrow hookrightarrow
hphantom iff iint imath implies in inf infty injlim int intercal iota jmath kappa ker Lambda
lambda langle lbrace lceil ldots le left leftarrow Leftarrow leftrightarrow Leftrightarrow leq
leqslant lesssim lfloor lg lim liminf limits limsup ll ln log Longleftarrow longleftarrow
longmapsto longrightarrow Longrightarrow lt lVert lvert mapsto mathbb mathbf mathbin mathcal
mathfrak mathit mathop mathrel mathring mathrm mathscr mathsf mathtt max mid middle min mod models
mp mu nabla natural ne nearrow neq nexists ngeq ni nleq nless nmid nolimits not notin nparallel
nsubseteq nu nwarrow odot oint omega Omega ominus operatorname operatorname* oplus oslash otimes
over overbrace overleftarrow overleftrightarrow overline overparen overrightarrow overset parallel
partial perp phantom phi Phi pi Pi pm pmod Pr prec prime prod projlim propto psi Psi qquad quad
rangle rbrace rceil rfloor rho right Rightarrow rightarrow rVert rvert scriptstyle searrow sec
sech setminus sharp sigma Sigma sim simeq sin sinh smash smile space sqcap sqcup sqrt square
stackrel star subset subseteq substack succ sum sup supset supseteq surd swarrow tag tan tanh tau
tbinom text textbf textit textrm textstyle texttt tfrac therefore theta Theta thinspace tilde
times to top triangle underbrace underleftarrow underline underrightarrow underset Uparrow uparrow
updownarrow uplus upsilon varepsilon varnothing varphi vartheta vdash vdots vec vee Vert vert
vphantom wedge widehat widetilde xi Xi xleftarrow xrightarrow zeta
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
    found += [
        f"「{shown}」: ** が閉じません（**「語」**の → 「**語**」の）。" for shown in unclosed(text)
    ]
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
