"""Exercise vae-denoising: where the noisy and the clean picture stand in the loss."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong, ____
from eshikaku.exercises.checks import arrays, standard


def denoising_loss(x, noisy, W_e, W_d):
    """x, noisy: (N, D)、W_e: (D, J)、W_d: (J, D) → 損失（全要素の平均）、dW_e、dW_d"""
    z = ____ @ W_e  # (N, J)
    error = z @ W_d - ____  # (N, D)
    loss = np.mean(error**2)
    dy = 2 * error / error.size  # (N, D)
    dW_d = ____  # (J, D)
    dW_e = ____  # (D, J)
    return loss, dW_e, dW_d


def reference_denoising_loss(x, noisy, W_e, W_d):
    """x, noisy: (N, D)、W_e: (D, J)、W_d: (J, D) → 損失（全要素の平均）、dW_e、dW_d"""
    z = noisy @ W_e  # (N, J)
    error = z @ W_d - x  # (N, D)
    loss = np.mean(error**2)
    dy = 2 * error / error.size  # (N, D)
    dW_d = z.T @ dy  # (J, D)
    dW_e = noisy.T @ (dy @ W_d.T)  # (D, J)
    return loss, dW_e, dW_d


def alt_denoising_einsum(x, noisy, W_e, W_d):
    error = np.einsum("nd,dj,je->ne", noisy, W_e, W_d) - x
    scale = 2 / x.size
    dW_d = scale * np.einsum("nd,dj,ne->je", noisy, W_e, error)
    return (error * error).mean(), scale * np.einsum("nd,ne,je->dj", noisy, error, W_d), dW_d


def alt_denoising_other_sign(x, noisy, W_e, W_d):
    left = x - noisy @ (W_e @ W_d)
    g = -2 / left.size * noisy.T @ left
    return np.sum(left**2) / left.size, g @ W_d.T, W_e.T @ g


def _loss(x, given, target, W_e, W_d, back=None, scale=2.0):
    """The loss and its gradients for any input and target."""
    z = given @ W_e
    error = z @ W_d - target
    dy = scale * error / error.size
    back = given if back is None else back
    return np.mean(error**2), back.T @ (dy @ W_d.T), z.T @ dy


def wrong_denoising_noisy_target(x, noisy, W_e, W_d):
    return _loss(x, noisy, noisy, W_e, W_d)


def wrong_denoising_clean_input(x, noisy, W_e, W_d):
    return _loss(x, x, x, W_e, W_d)


def wrong_denoising_swapped(x, noisy, W_e, W_d):
    return _loss(x, x, noisy, W_e, W_d)


def wrong_denoising_clean_back(x, noisy, W_e, W_d):
    return _loss(x, noisy, x, W_e, W_d, back=x)


def wrong_denoising_no_two(x, noisy, W_e, W_d):
    return _loss(x, noisy, x, W_e, W_d, scale=1.0)


def wrong_denoising_sum(x, noisy, W_e, W_d):
    loss, dW_e, dW_d = _loss(x, noisy, x, W_e, W_d)
    return loss * x.size, dW_e * x.size, dW_d * x.size


def wrong_denoising_encoder_twice(x, noisy, W_e, W_d):
    loss, _, dW_d = _loss(x, noisy, x, W_e, W_d)
    return loss, dW_d.T, dW_d


INPUTS = arrays(x="N D", noisy="N D", W_e="D J", W_d="J D")

DENOISING = Exercise(
    id="vae-denoising",
    title="デノイジングオートエンコーダの損失",
    kind="blank",
    level=1,
    minutes=5,
    statement=r"""
線形のデノイジングオートエンコーダの損失と、重みの勾配を、空欄を埋めて完成させてください。
`x` は元の入力、`noisy` はノイズを加えた入力です。

損失は全要素の平均です。`dy` は、復元 $\hat x=zW_d$ についての勾配です。
`dW_e` $(D,J)$ と `dW_d` $(J,D)$ は、`dy` から連鎖律で求めます。
""",
    starter=denoising_loss,
    reference=reference_denoising_loss,
    alternatives=[alt_denoising_einsum, alt_denoising_other_sign],
    wrongs=[
        Wrong(
            wrong_denoising_noisy_target,
            "ノイズ入りの入力と比べています。損失は元の入力 x と比べます。",
        ),
        Wrong(
            wrong_denoising_clean_input, "元の入力をエンコーダに入れています。ノイズがありません。"
        ),
        Wrong(wrong_denoising_swapped, "入力と正解が逆です。入れるのが noisy、比べるのが x です。"),
        Wrong(
            wrong_denoising_clean_back,
            "dW_e に x を使っています。順伝播で W_e に掛かっていたのは noisy です。",
        ),
        Wrong(wrong_denoising_no_two, "2乗の微分の2が抜けています。"),
        Wrong(wrong_denoising_sum, "全要素の和になっています。平均にします。"),
        Wrong(wrong_denoising_encoder_twice, "dW_e が dW_d の転置になっています。経路が違います。"),
    ],
    checks=standard(INPUTS, returns=("loss", "dW_e", "dW_d"), scales=(10, 100)),
    hints=[
        "エンコーダに入れるもの、損失で比べるものを、1つずつ決めます。",
        "z @ W_d の逆伝播は、W_d へ z.T @ dy、z へ dy @ W_d.T です。",
        "z = noisy @ W_e、error = z @ W_d - x、dW_e = noisy.T @ (dy @ W_d.T) です。",
    ],
    inputs=INPUTS,
    syllabus=("4.6.ii", "3.2.ii"),
)
