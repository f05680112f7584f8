"""The drawings of the chapter's text; each function returns a Figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from eshikaku.chapters.vae import pictures
from eshikaku.chapters.vae.quiz_figures import kl_curves_quiz, latent_maps_quiz

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["kl_curves_quiz", "latent_maps_quiz", "rows", "two_graphs", "two_terms"]

Array = NDArray[Any]


def rows(images: Sequence[Array], names: Sequence[str]) -> Figure:
    """Rows of pictures (n, side²), each with its name on the left."""
    from eshikaku import plot

    figure = plot.figure((7.2, 0.65 * len(images) + 0.1))
    ax = figure.add_axes((0.14, 0.02, 0.85, 0.96))
    pictures.show_rows(ax, images, names)
    return figure


def two_terms(terms: Array) -> Figure:
    """Reconstruction and KL (updates, 2) of every minibatch."""
    from eshikaku import plot

    figure = plot.figure((8.4, 2.8))
    left, right = figure.subplots(1, 2)
    plot.loss_curve(left, terms[:, 0], smooth=10, color=plot.COLORS["loss"])
    plot.loss_curve(right, terms[:, 1], smooth=10, color=plot.COLORS["candidate"])
    left.set(title="復元の項は下がる", xlabel="更新回数", ylabel="nat（10回の平均）")
    right.set(title="KLの項は上がる", xlabel="更新回数")
    for ax in (left, right):
        ax.set_ylim(bottom=0)
    figure.subplots_adjust(left=0.09, bottom=0.2, top=0.88, wspace=0.15)
    return figure


def two_graphs() -> Figure:
    """Sampling from N(μ, σ²) and z = μ + σ ⊙ ε as graphs, with the way back of the gradient."""
    from eshikaku import plot
    from eshikaku.plot import Edge, Node

    color = plot.COLORS
    figure = plot.figure((8.8, 2.7))
    for k, title in enumerate(("z を分布から引く", "z を計算する（再パラメータ化）")):
        ax = figure.add_axes((0.01 + 0.5 * k, 0.01, 0.48, 0.86))
        ax.set_title(title)
        nodes = {
            "mu": Node(0, 1.4, r"$\mu$", "value", color["hidden"]),
            "sigma": Node(0, 0, r"$\sigma$", "value", color["hidden"]),
            "f": Node(5.0, 0.7, "$L$", "value", color["loss"]),
        }
        if k == 0:
            nodes["z"] = Node(2.6, 0.7, r"$z\sim N(\mu,\sigma^2)$", "value", color["bad"])
            edges = [Edge("mu", "z"), Edge("sigma", "z"), Edge("z", "f")]
            ax.text(
                2.6,
                -0.55,
                "乱数：微分できない\n勾配はここで止まる",
                color=color["bad"],
                ha="center",
            )
        else:
            nodes |= {
                "eps": Node(1.5, -0.9, r"$\epsilon\sim N(0,1)$", "text", color["grey"]),
                "times": Node(1.5, 0, "×", "op"),
                "z": Node(2.8, 0.7, "+", "op"),
            }
            edges = [
                Edge("mu", "z"), Edge("sigma", "times"), Edge("eps", "times"),
                Edge("times", "z"), Edge("z", "f", "$z$"),
            ]  # fmt: skip
            ax.text(3.9, -0.55, r"$\partial z/\partial\mu=1$", color=color["good"], ha="center")
            ax.text(
                3.9,
                -0.95,
                r"$\partial z/\partial\sigma=\epsilon$",
                color=color["good"],
                ha="center",
            )
        plot.graph(ax, nodes, edges)
    return figure
