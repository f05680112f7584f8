"""Numbers behind the questions of chapter 06: every key is computed from what is shown.

Conventions: natural logarithms; log-likelihoods and KL are sums over pixels and latent
dimensions; every layer has a bias.
"""

import math

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import pick, tenths

# -- autoencoders -------------------------------------------------------------------------------


def vae_ae_parameters(rng: np.random.Generator) -> Calculation:
    """Dense autoencoder D → H → J → H → D with biases."""
    d, h, j = int(pick(rng, 64, 196, 784)), int(pick(rng, 32, 100, 128)), int(pick(rng, 2, 8, 20))
    down, up = d * h + h + h * j + j, j * h + h + h * d + d
    return Calculation(
        values={"D": d, "H": h, "J": j},
        answer=down + up,
        near=(
            Near(2 * down, "エンコーダの2倍ではありません。デコーダのバイアスの数が違います。"),
            Near(2 * (d * h + h * j), "バイアスが抜けています。"),
            Near(down, "エンコーダだけの数です。"),
        ),
        steps=(
            Step("down", f"エンコーダは $({d}+1)\\times{h}+({h}+1)\\times{j}=$ @{{?}} 個。", down),
            Step("up", f"デコーダは $({j}+1)\\times{h}+({h}+1)\\times{d}=$ @{{?}} 個。", up),
            Step("total", "合計は @{?} 個。", down + up),
        ),
    )


def vae_pca_error(rng: np.random.Generator) -> Calculation | None:
    """Least squared error of a linear autoencoder: the eigenvalues left out."""
    values = sorted((tenths(rng, 0.1, 6.0) for _ in range(5)), reverse=True)
    j = int(pick(rng, 2, 3))
    kept, lost = sum(values[:j]), sum(values[j:])
    near = (kept, lost / 5, lost / sum(values))
    if len(set(values)) < 5:
        return None
    terms = "+".join(f"{v:g}" for v in values[j:])
    return Calculation(
        values={"J": j} | {f"l{n}": v for n, v in enumerate(values, 1)},
        answer=lost,
        near=(
            Near(near[0], "残した主成分の分散の和です。誤差になるのは、捨てた側です。"),
            Near(near[1], "次元の数で割っています。問われているのは次元についての和です。"),
            Near(near[2], "捨てた割合です（1から累積寄与率を引いたもの）。"),
        ),
        steps=(
            Step("keep", f"大きい順に {j} 個の主成分を残す。"),
            Step("lost", f"残りの固有値の和 ${terms}=$ @{{?}}", round(lost, 4)),
        ),
    )


def vae_parameters(rng: np.random.Generator) -> Calculation:
    """Dense VAE: D → H → (J, J), J → H → D, all with biases."""
    d, h, j = int(pick(rng, 64, 196, 784)), int(pick(rng, 32, 100, 128)), int(pick(rng, 2, 10, 20))
    first, head, up = d * h + h, h * j + j, j * h + h + h * d + d
    return Calculation(
        values={"D": d, "H": h, "J": j},
        answer=first + 2 * head + up,
        near=(
            Near(first + head + up, "平均と対数分散は別々の層です。1つしか数えていません。"),
            Near(
                first + 2 * head + up + j * h,
                "デコーダの入力は $J$ 次元です。$2J$ ではありません。",
            ),
            Near(2 * d * h + 3 * h * j, "バイアスが抜けています。"),
        ),
        steps=(
            Step("first", f"エンコーダの隠れ層は $({d}+1)\\times{h}=$ @{{?}} 個。", first),
            Step("heads", f"平均と対数分散は $2\\times({h}+1)\\times{j}=$ @{{?}} 個。", 2 * head),
            Step("up", f"デコーダは $({j}+1)\\times{h}+({h}+1)\\times{d}=$ @{{?}} 個。", up),
            Step("total", "合計は @{?} 個。", first + 2 * head + up),
        ),
    )


# -- KL and ELBO --------------------------------------------------------------------------------


def _kl(mu: float, logvar: float) -> float:
    return 0.5 * (mu**2 + math.exp(logvar) - 1 - logvar)


def vae_kl_by_hand(rng: np.random.Generator) -> Calculation | None:
    """KL(N(μ, σ²) ‖ N(0, 1)) from μ and σ."""
    mu, sigma = tenths(rng, -2.0, 2.0), pick(rng, 0.2, 0.4, 0.5, 0.8, 1.5, 2.0, 3.0)
    log = math.log(sigma**2)
    answer = _kl(mu, log)
    near = (
        0.5 * (mu**2 + sigma - 1 - math.log(sigma)),
        2 * answer,
        0.5 * (mu**2 + sigma**2 - 1 + log),
    )
    if mu == 0:
        return None
    return Calculation(
        values={"mu": mu, "sigma": sigma},
        answer=answer,
        near=(
            Near(near[0], "$\\sigma$ を $\\sigma^2$ の所に入れています。"),
            Near(near[1], "先頭の $\\frac12$ が抜けています。"),
            Near(near[2], "$\\log\\sigma^2$ の符号が逆です。"),
        ),
        steps=(
            Step("square", f"$\\mu^2+\\sigma^2={mu * mu:.2f}+{sigma**2:.2f}=$ @{{?}}",
                 round(mu * mu + sigma**2, 4)),
            Step("log", f"$\\log\\sigma^2=2\\log{sigma:g}=$ @{{?}}", round(log, 4)),
            Step("kl", "$\\frac12(\\mu^2+\\sigma^2-1-\\log\\sigma^2)=$ @{?}", round(answer, 4)),
        ),
    )  # fmt: skip


def vae_kl_sum(rng: np.random.Generator) -> Calculation | None:
    """KL of a diagonal Gaussian in two dimensions, from μ and log σ²."""
    m1, m2 = tenths(rng, -1.5, 1.5), tenths(rng, -1.5, 1.5)
    v1, v2 = float(pick(rng, -2, -1, -0.5, 0.5, 1)), float(pick(rng, -2, -1, 0, 1))
    parts = _kl(m1, v1), _kl(m2, v2)
    answer = sum(parts)
    wrong = sum(0.5 * (m * m + v * v - 1 - v) for m, v in ((m1, v1), (m2, v2)))
    near = (answer / 2, 2 * answer, wrong)
    if m1 == 0 or m2 == 0:
        return None
    return Calculation(
        values={"m1": m1, "m2": m2, "v1": v1, "v2": v2},
        answer=answer,
        near=(
            Near(near[0], "次元について平均しています。KLは次元の和です。"),
            Near(near[1], "先頭の $\\frac12$ が抜けています。"),
            Near(near[2], "$\\sigma^2$ に $(\\log\\sigma^2)^2$ を入れています。$\\exp$ で戻します。"),
        ),
        steps=(
            Step("first", f"次元1は $\\frac12({m1:g}^2+e^{{{v1:g}}}-1-({v1:g}))=$ @{{?}}"
                 .replace(f"{m1:g}^2", f"({m1:g})^2"), round(parts[0], 4)),
            Step("second", f"次元2は $\\frac12(({m2:g})^2+e^{{{v2:g}}}-1-({v2:g}))=$ @{{?}}",
                 round(parts[1], 4)),
            Step("total", "和は @{?}", round(answer, 4)),
        ),
    )  # fmt: skip


def vae_elbo_by_hand(rng: np.random.Generator) -> Calculation | None:
    """ELBO = Σ_z q(z) [log p(z) p(x|z) − log q(z)] for z ∈ {0, 1}."""
    p1, q1 = tenths(rng, 0.2, 0.8), tenths(rng, 0.2, 0.8)
    x0, x1 = tenths(rng, 0.1, 0.9), tenths(rng, 0.1, 0.9)
    p, x, q = (1 - p1, p1), (x0, x1), (1 - q1, q1)
    rec = sum(b * math.log(a) for a, b in zip(x, q, strict=True))
    kl = sum(b * math.log(b / a) for a, b in zip(p, q, strict=True))
    evidence = math.log(p[0] * x[0] + p[1] * x[1])
    answer = rec - kl
    near = (evidence, rec + kl, rec)
    if x0 == x1 or kl <= 0.03:
        return None
    return Calculation(
        values={
            "p0": round(1 - p1, 1), "p1": p1, "x0": x0, "x1": x1, "q0": round(1 - q1, 1), "q1": q1,
        },
        answer=answer,
        near=(
            Near(near[0], "$\\log p(x)$ です。変分下限はこれ以下です。"),
            Near(near[1], "KLを足しています。引きます。"),
            Near(near[2], "復元の項だけです。KLを引きます。"),
        ),
        steps=(
            Step("rec", "復元の項 $\\sum_zq(z\\mid x)\\log p(x\\mid z)=$ @{?}", round(rec, 4)),
            Step("kl", "KL $\\sum_zq(z\\mid x)\\log\\frac{q(z\\mid x)}{p(z)}=$ @{?}", round(kl, 4)),
            Step("elbo", "差は @{?}", round(answer, 4)),
            Step("check", f"$\\log p(x)={evidence:.4f}$ より大きくないことを確かめる。"),
        ),
    )  # fmt: skip


# -- training -----------------------------------------------------------------------------------


def vae_sample(rng: np.random.Generator) -> Calculation | None:
    """z = μ + exp(½ log σ²) ε."""
    mu, eps = tenths(rng, -1.5, 1.5), tenths(rng, -2.0, 2.0)
    logvar = float(pick(rng, -3, -2, -1, 1, 1.5))
    sigma = math.exp(logvar / 2)
    answer = mu + sigma * eps
    near = (mu + sigma**2 * eps, mu + logvar * eps, mu + sigma + eps)
    if eps == 0:
        return None
    return Calculation(
        values={"mu": mu, "logvar": logvar, "eps": eps},
        answer=answer,
        near=(
            Near(near[0], "分散 $\\exp(\\log\\sigma^2)$ を掛けています。掛けるのは標準偏差です。"),
            Near(near[1], "対数分散をそのまま掛けています。"),
            Near(near[2], "$\\sigma$ と $\\epsilon$ は掛けます。"),
        ),
        steps=(
            Step("sigma", f"$\\sigma=e^{{{logvar / 2:g}}}=$ @{{?}}", round(sigma, 4)),
            Step("z", f"$z={mu:g}+\\sigma\\times({eps:g})=$ @{{?}}", round(answer, 4)),
        ),
    )


def vae_gradient_logvar(rng: np.random.Generator) -> Calculation | None:
    """∂L/∂v = ∂L/∂z · ½ σ ε with v = log σ²."""
    dz, eps = tenths(rng, -2.0, 2.0), tenths(rng, -2.0, 2.0)
    v = float(pick(rng, -2, -1, 1, 2))
    sigma = math.exp(v / 2)
    answer = dz * eps * sigma / 2
    near = (dz * eps * sigma, dz * eps, dz * sigma / 2)
    if dz == 0 or eps == 0:
        return None
    return Calculation(
        values={"dz": dz, "v": v, "eps": eps},
        answer=answer,
        near=(
            Near(near[0], "$\\sigma=e^{v/2}$ を $v$ で微分すると $\\frac12\\sigma$ です。"),
            Near(near[1], "$\\sigma$ についての勾配です。$\\partial\\sigma/\\partial v$ を掛けます。"),
            Near(near[2], "$\\epsilon$ が抜けています。"),
        ),
        steps=(
            Step("sigma", f"$\\sigma=e^{{{v / 2:g}}}=$ @{{?}}", round(sigma, 4)),
            Step("inner", f"$\\partial z/\\partial v=\\frac12\\sigma\\times({eps:g})=$ @{{?}}",
                 round(sigma * eps / 2, 4)),
            Step("gradient", f"${dz:g}$ を掛けて @{{?}}", round(answer, 4)),
        ),
    )  # fmt: skip


def vae_bce(rng: np.random.Generator) -> Calculation | None:
    """−log p(x|z) of four binary pixels: a sum, not a mean."""
    x = [int(b) for b in rng.integers(0, 2, size=4)]
    y = [tenths(rng, 0.1, 0.9) for _ in range(4)]
    ps = [b if a else 1 - b for a, b in zip(x, y, strict=True)]
    answer = -sum(math.log(p) for p in ps)
    only = -sum(math.log(b) for a, b in zip(x, y, strict=True) if a)
    flipped = -sum(math.log(1 - p) for p in ps)
    near = (answer / 4, only, flipped)
    if not 0 < sum(x) < 4:
        return None
    product = "\\times".join(f"{p:.1f}" for p in ps)
    return Calculation(
        values={f"x{n}": a for n, a in enumerate(x, 1)} | {f"y{n}": b for n, b in enumerate(y, 1)},
        answer=answer,
        near=(
            Near(near[0], "画素について平均しています。対数尤度は画素の和です。"),
            Near(near[1], "$x=0$ の画素の $-\\log(1-\\hat x)$ が抜けています。"),
            Near(near[2], "$x$ と $1-x$ を取り違えています。"),
        ),
        steps=(
            Step("each", "正解の側の確率は、$x=1$ なら $\\hat x$、$x=0$ なら $1-\\hat x$。"),
            Step("product", f"積は ${product}=$ @{{?}}", round(math.prod(ps), 6)),
            Step("sum", "負の対数は @{?}", round(answer, 4)),
        ),
    )


def vae_loss(rng: np.random.Generator) -> Calculation | None:
    """Mean over two examples of reconstruction + β Σ_j KL_j."""
    r = [float(rng.integers(20, 90)) for _ in range(2)]
    k = [[tenths(rng, 0.2, 4.0) for _ in range(2)] for _ in range(2)]
    beta = pick(rng, 0.5, 2.0, 4.0)
    kls = [sum(row) for row in k]
    answer = (sum(r) + beta * sum(kls)) / 2
    near = ((sum(r) + beta * sum(kls) / 2) / 2, sum(r) + beta * sum(kls),
            (sum(r) + sum(kls)) / 2, beta * (sum(r) + sum(kls)) / 2)  # fmt: skip
    return Calculation(
        values={
            "beta": beta, "r1": r[0], "r2": r[1],
            "k11": k[0][0], "k12": k[0][1], "k21": k[1][0], "k22": k[1][1],
        },
        answer=answer,
        near=(
            Near(near[0], "KLを次元について平均しています。次元については和です。"),
            Near(near[1], "データについても和を取っています。データについては平均です。"),
            Near(near[2], "$\\beta$ を掛けていません。"),
            Near(near[3], "復元誤差にも $\\beta$ を掛けています。"),
        ),
        steps=(
            Step("rec", "復元誤差の平均は @{?}", sum(r) / 2),
            Step("kl", "KLの次元の和の、データの平均は @{?}", round(sum(kls) / 2, 4)),
            Step("loss", f"復元誤差 $+{beta:g}\\times$ KL $=$ @{{?}}", round(answer, 4)),
        ),
    )  # fmt: skip
