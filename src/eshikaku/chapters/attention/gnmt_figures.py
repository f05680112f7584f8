"""The drawing of part E: the structure of GNMT."""

from eshikaku import plot


def structure():
    """Four layers of GNMT on both sides: directions, residuals, where the attention stands."""
    color = plot.COLORS
    figure = plot.figure((8.0, 4.0))
    ax = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    ax.set(xlim=(-0.3, 10.7), ylim=(-1.1, 5.2))
    ax.axis("off")
    ax.text(0.6, 4.95, "エンコーダ", ha="left", fontsize=13)
    ax.text(7.0, 4.95, "デコーダ", ha="left", fontsize=13)
    for side, left in (("encoder", 0.6), ("decoder", 7.0)):
        for k in range(1, 5):
            both = side == "encoder" and k == 1
            text = f"{k}層目　{'双方向 ⇄' if both else '→'}"
            _box(ax, left, k, text, color["input"] if both else color["hidden"], bool(both))
            if k > 1:
                _arrow(ax, (left + 1.5, k - 0.68), (left + 1.5, k - 0.32))
            if k >= 3:  # from the input of the layer to its output
                x = left if side == "encoder" else left + 3.0
                out = -0.35 if side == "encoder" else 0.35
                _skip(ax, x, k, out, color["good"])
    _arrow(ax, (2.1, 0.2), (2.1, 0.68))
    ax.text(2.1, 0.0, r"入力の埋め込み $x^0_1,\dots,x^0_T$", ha="center", va="center")
    _arrow(ax, (8.5, 0.2), (8.5, 0.68))
    ax.text(8.5, 0.0, r"前の語の埋め込み $e_i$", ha="center", va="center")
    _arrow(ax, (8.5, 4.32), (8.5, 4.6))
    ax.text(8.5, 4.68, "logits", ha="center", va="bottom")
    ax.text(
        5.35, 4, "Attention", ha="center", va="center", fontsize=12, color=color["prediction"],
        bbox={"boxstyle": "round,pad=0.45", "facecolor": "white",
              "edgecolor": color["prediction"], "linewidth": 1.5},
    )  # fmt: skip
    _bend(ax, [(2.1, 4.5), (5.35, 4.5), (5.35, 4.25)], color["prediction"])
    ax.text(4.2, 4.55, "キーと値", ha="center", va="bottom", color=color["prediction"])
    _bend(ax, [(7.0, 0.85), (5.05, 0.85), (5.05, 3.72)], color["gradient"])
    ax.text(
        5.2, 0.72, "クエリ：1つ前の時刻の\nいちばん下の層の出力", ha="center", va="top",
        color=color["gradient"],
    )  # fmt: skip
    ax.plot([5.65, 5.65], [3.72, 1.15], color=color["prediction"], linewidth=1.5)
    for k in (1, 2, 3):
        _arrow(ax, (5.65, k + 0.15), (7.0, k + 0.15), color["prediction"])
    _arrow(ax, (6.0, 4), (7.0, 4), color["prediction"])
    ax.text(6.32, 2.65, "文脈 $c_i$\nを全層へ", ha="center", va="center",
            color=color["prediction"])  # fmt: skip
    ax.text(5.35, -0.8, "青の太線：3層目からの残差接続（層の入力を出力に足す）",
            ha="center", va="center", color=color["good"])  # fmt: skip
    return figure


def _box(ax, left, y, text, color, filled):
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch(
            (left, y - 0.3), 3.0, 0.6, boxstyle="round,pad=0,rounding_size=0.08",
            facecolor="#E4F3EC" if filled else "white", edgecolor=color, linewidth=1.4, zorder=2,
        )
    )  # fmt: skip
    ax.text(left + 1.5, y, text, ha="center", va="center", fontsize=12, zorder=3)


def _arrow(ax, start, end, color="#333333"):
    style = {"arrowstyle": "-|>", "color": color, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops={**style, "mutation_scale": 13}, zorder=3)


def _bend(ax, points, color):
    xs, ys = zip(*points[:-1], strict=True)
    ax.plot(xs, ys, color=color, linewidth=1.5, zorder=1)
    _arrow(ax, points[-2], points[-1], color)


def _skip(ax, x, k, out, color):
    """A residual connection around layer k, on the outer side."""
    below, above = k - 0.5, k + 0.5
    middle = x + (1.5 if out < 0 else -1.5)
    ax.plot(
        [middle, x + out, x + out, middle], [below, below, above, above],
        color=color, linewidth=3, zorder=1, solid_joinstyle="round",
    )  # fmt: skip
    ax.plot(middle, above, "o", color=color, markersize=6, zorder=4)
