"""The drawings of the chapter's text; each function returns a Figure."""

from eshikaku import plot
from eshikaku.chapters.vae.quiz_figures import kl_curves_quiz, latent_maps_quiz
from eshikaku.plot import Edge, Node

__all__ = ["kl_curves_quiz", "latent_maps_quiz", "rows", "two_graphs"]


def rows(images, names):
    """Rows of pictures (n, side²), each with its name on the left."""
    figure = plot.figure((6.4, 0.58 * len(images) + 0.05))
    plot.show_rows(figure.add_axes((0.14, 0.02, 0.85, 0.96)), images, names)
    return figure


def two_graphs():
    """Sampling from N(μ, σ²) and z = μ + σ ⊙ ε as graphs, with the way back of the gradient."""
    color = plot.COLORS
    figure = plot.figure((8.0, 2.5))
    known = {
        "mu": Node(0, 1.4, r"$\mu$", "value", color["hidden"]),
        "sigma": Node(0, 0, r"$\sigma$", "value", color["hidden"]),
        "f": Node(5.0, 0.7, "$L$", "value", color["loss"]),
    }
    drawn, computed = (figure.add_axes((0.01 + 0.5 * k, 0.01, 0.48, 0.86)) for k in (0, 1))
    random = Node(2.6, 0.7, r"$z\sim N(\mu,\sigma^2)$", "value", color["bad"])
    plot.graph(drawn, {**known, "z": random}, [Edge("mu", "z"), Edge("sigma", "z"), Edge("z", "f")])
    drawn.set_title("z を分布から引く")
    drawn.text(
        2.6, -0.55, "乱数：微分できない\n勾配はここで止まる", color=color["bad"], ha="center"
    )
    steps = {
        "eps": Node(1.5, -0.9, r"$\epsilon\sim N(0,1)$", "text", color["grey"]),
        "times": Node(1.5, 0, "×", "op"),
        "z": Node(2.8, 0.7, "+", "op"),
    }
    edges = [
        Edge("mu", "z"), Edge("sigma", "times"), Edge("eps", "times"),
        Edge("times", "z"), Edge("z", "f", "$z$"),
    ]  # fmt: skip
    plot.graph(computed, {**known, **steps}, edges)
    computed.set_title("z を計算する（再パラメータ化）")
    for y, text in ((-0.55, r"$\partial z/\partial\mu=1$"),
                    (-0.95, r"$\partial z/\partial\sigma=\epsilon$")):  # fmt: skip
        computed.text(3.9, y, text, color=color["good"], ha="center")
    return figure
