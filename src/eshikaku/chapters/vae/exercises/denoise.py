"""Exercise vae-denoising: where the noisy and the clean picture stand in the loss."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard


def denoising_loss(x, noisy, W_e, W_d):
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


INPUTS = arrays(x="N D", noisy="N D", W_e="D J", W_d="J D")

DENOISING = Exercise(
    id="vae-denoising",
    title="デノイジングオートエンコーダの損失",
    level=1,
    minutes=5,
    statement=r"""
線形のデノイジングオートエンコーダの損失と、重みの勾配を、空欄を埋めて完成させてください。
`x` は元の入力、`noisy` はノイズを加えた入力です。

損失は全要素の平均です。`dy` は、復元 $\hat x=zW_d$ についての勾配です。
`dW_e` $(D,J)$ と `dW_d` $(J,D)$ は、`dy` から連鎖律で求めます。
""",
    reference=denoising_loss,
    blanks={
        "z = noisy": "z = ____",
        "W_d - x": "W_d - ____",
        "z.T @ dy": "____",
        "noisy.T @ (dy @ W_d.T)": "____",
    },
    alternatives=[alt_denoising_einsum, alt_denoising_other_sign],
    wrongs=[
        Edit(
            "W_d - x",
            "W_d - noisy",
            "ノイズ入りの入力と比べています。損失は元の入力 x と比べます。",
        ),
        Edit(
            {"z = noisy": "z = x", "noisy.T @ (": "x.T @ ("},
            message="元の入力をエンコーダに入れています。ノイズがありません。",
        ),
        Edit(
            {"z = noisy": "z = x", "W_d - x": "W_d - noisy", "noisy.T @ (": "x.T @ ("},
            message="入力と正解が逆です。入れるのが noisy、比べるのが x です。",
        ),
        Edit(
            "noisy.T @ (",
            "x.T @ (",
            "dW_e に x を使っています。順伝播で W_e に掛かっていたのは noisy です。",
        ),
        Edit("2 * error", "error", "2乗の微分の2が抜けています。"),
        Edit(
            {"np.mean(error**2)": "np.sum(error**2)", "2 * error / error.size": "2 * error"},
            message="全要素の和になっています。平均にします。",
        ),
        Edit(
            "noisy.T @ (dy @ W_d.T)",
            "dW_d.T",
            "dW_e が dW_d の転置になっています。経路が違います。",
        ),
    ],
    checks=standard(INPUTS, returns=("loss", "dW_e", "dW_d"), scales=(10, 100)),
    hints=[
        "エンコーダに入れるもの、損失で比べるものを、1つずつ決めます。",
        "z @ W_d の逆伝播は、W_d へ z.T @ dy、z へ dy @ W_d.T です。",
        "z = noisy @ W_e、error = z @ W_d - x、dW_e = noisy.T @ (dy @ W_d.T) です。",
    ],
    syllabus=("4.6.ii", "3.2.ii"),
)
