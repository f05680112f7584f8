"""The theme, figures as HTML, and the drawings that chapters share."""

from __future__ import annotations

import base64
import io
import itertools
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from eshikaku import plot
from eshikaku.plot import charts, theme
from eshikaku.plot.show import encode

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pixels(picture: bytes) -> np.ndarray:
    """A PNG as an RGB array."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def line_figure(title: str = "損失は下がるか") -> Figure:
    figure = plot.figure()
    ax = figure.subplots()
    plot.loss_curve(ax, 1 / np.arange(1, 50), label="学習率=0.5", **plot.STYLES[0])
    ax.set(title=title, xlabel="更新回数", ylabel="損失 $L(h_{t-1})$")
    ax.legend()
    return figure


class TestTheme:
    def test_japanese_and_math_are_drawn_from_the_packaged_font_without_a_warning(self) -> None:
        figure = plot.figure()
        ax = figure.subplots()
        ax.set(title="勾配 −0.5 と 10⁻³：過学習・汎化", xlabel="時刻 $t-1$", xlim=(-3, 3))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plot.png(figure)
        assert ax.title.get_fontname() == "IPAexGothic"

    def test_all_text_is_at_least_ten_points(self) -> None:
        from matplotlib import rcParams
        from matplotlib.font_manager import FontProperties

        theme.apply()
        names = [k for k in rcParams if k.endswith(("fontsize", "titlesize", "labelsize"))]
        names.append("font.size")
        assert {"legend.fontsize", "xtick.labelsize", "axes.titlesize"} <= set(names)
        for name in names:
            if name != "legend.title_fontsize":  # None: as the legend
                assert FontProperties(size=rcParams[name]).get_size_in_points() >= 10, name

    def test_no_pyplot(self) -> None:
        import subprocess
        import sys

        code = (
            "import sys; from eshikaku import plot\n"
            "assert 'matplotlib' not in sys.modules, 'importing plot is not light'\n"
            "f = plot.figure(); f.subplots().plot([1, 2]); plot.png(f)\n"
            "assert 'matplotlib.pyplot' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_missing_font_is_said_once_and_figures_still_come(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from matplotlib import font_manager, rcParams

        theme.apply()
        before = rcParams.copy()
        monkeypatch.setattr(theme, "packaged_font", lambda: None)
        monkeypatch.setattr(font_manager, "get_font_names", lambda: ["DejaVu Sans"])
        theme.apply.cache_clear()
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                plot.png(line_figure())
                plot.png(line_figure())
            ours = [str(w.message) for w in said if w.category is plot.MissingFont]
            assert len(ours) == 1
            assert "matplotlib-fontja" in ours[0] and "doctor" in ours[0]
            assert not [w for w in said if "missing from font" in str(w.message)]
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of deprecated names in a full copy
                rcParams.update(before)
            theme.apply.cache_clear()

    def test_another_japanese_font_is_taken_where_the_packaged_one_is_missing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from matplotlib import font_manager

        monkeypatch.setattr(theme, "packaged_font", lambda: None)
        monkeypatch.setattr(font_manager, "get_font_names", lambda: ["Meiryo", "Arial"])
        assert theme._font_families()[0] == "Meiryo"


class TestColours:
    # what stands together in one figure
    TOGETHER = (
        ("forget", "input", "output", "candidate", "cell", "hidden"),
        ("reset", "update", "candidate", "hidden"),
        ("train", "test"),
        ("truth", "prediction", "baseline"),
        ("good", "bad"),
        ("gradient", "hidden", "weight"),
    )
    # Viénot, Brettel & Mollon 1999: what is left without L cones, without M cones (linear RGB)
    SEEN = (
        np.eye(3),
        np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
        np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
    )

    @staticmethod
    def lab(color: str, seen: np.ndarray) -> np.ndarray:
        """CIE L*a*b* of a colour as it is seen."""
        rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        linear = np.clip(seen @ linear, 0, 1)
        to_xyz = np.array(
            [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
        )
        xyz = to_xyz @ linear / to_xyz.sum(axis=1)
        f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    def test_colours_that_stand_together_differ_for_every_eye(self) -> None:
        for group in self.TOGETHER:
            for one, other in itertools.combinations(group, 2):
                for seen in self.SEEN:
                    pair = [self.lab(plot.COLORS[name], seen) for name in (one, other)]
                    assert np.linalg.norm(pair[0] - pair[1]) > 12, (one, other)

    def test_styles_differ_by_colour_dash_and_marker(self) -> None:
        for key in ("color", "linestyle", "marker"):
            assert len({str(style[key]) for style in plot.STYLES}) == len(plot.STYLES) >= 8

    def test_a_gate_has_one_colour(self) -> None:
        names = ("forget", "input", "output", "candidate", "cell", "hidden", "gradient")
        assert len({plot.COLORS[n] for n in (*names, "reset", "update")}) == 9
        with pytest.raises(TypeError):
            plot.COLORS["forget"] = "red"  # type: ignore[index]


class TestHtml:
    def test_alt_and_caption_are_escaped_and_the_picture_is_inside(self) -> None:
        text = plot.html(line_figure(), alt='損失<0.1 "と" 0.2', caption="図 <1>")
        assert 'alt="損失&lt;0.1 &quot;と&quot; 0.2"' in text
        assert "<figcaption>図 &lt;1&gt;</figcaption>" in text
        (data,) = re.findall(r'src="data:image/webp;base64,([^"]*)"', text)
        assert pixels(base64.b64decode(data)).shape == (540, 1080, 3)
        assert 'width="720"' in text
        assert re.sub(r"<img [^>]*>", "", text).count("<") == 4  # one tag holds all that varies

    def test_no_figure_without_alt(self) -> None:
        with pytest.raises(ValueError, match="代替テキスト"):
            plot.html(line_figure(), alt=" ")

    def test_the_same_figure_gives_the_same_bytes_without_metadata(self) -> None:
        one, other = plot.png(line_figure()), plot.png(line_figure())
        assert one == other
        assert Image.open(io.BytesIO(one)).info.keys() <= {"dpi"}
        assert plot.png(line_figure("別の題")) != one

    def test_pictures_are_small(self) -> None:
        assert len(plot.png(line_figure())) < 25_000
        figure = plot.figure()
        left, right = figure.subplots(1, 2)
        rng = np.random.default_rng(0)
        plot.heatmap(left, rng.normal(size=(20, 40)), center=0, label="$h_t$")
        plot.heatmap(right, rng.random((4, 4)), annotate=True)
        assert len(plot.png(figure)) < 40_000

    def test_the_paper_is_white(self) -> None:
        corner = pixels(plot.png(line_figure()))[:5, :5]
        assert (corner == 255).all()

    def test_palette_keeps_colours(self) -> None:
        ramp = np.zeros((16, 256, 4), np.uint8)
        ramp[..., 0], ramp[..., 3] = np.arange(256), 255
        shown = pixels(encode(ramp.tobytes(), (256, 16)))
        assert abs(shown[..., 0] - np.arange(256)).max() <= 24

    def test_show_displays_html(self, capsys: pytest.CaptureFixture[str]) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.utils.capture import capture_output

        InteractiveShell.instance()
        with capture_output() as caught:
            plot.show(line_figure(), alt="学習曲線")
        (output,) = caught.outputs
        assert output.data["text/html"].startswith("<figure")
        assert output.data["text/plain"] == "図"

    def test_drawing_leaves_the_figure_as_it_was(self) -> None:
        figure = line_figure()
        before = figure.dpi
        plot.png(figure, sharp=2)
        assert figure.dpi == before


class TestCharts:
    def test_loss_curve_stops_at_the_first_nan_with_a_cross(self) -> None:
        ax = plot.figure().subplots()
        line = plot.loss_curve(ax, [3.0, 2.0, np.nan, 1.0])
        np.testing.assert_array_equal(line.get_xydata(), [[1, 3], [2, 2]])
        assert ax.lines[1].get_marker() == "x"
        np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[2, 2]])

    @pytest.mark.parametrize("losses", [[], [np.inf], [1.0]])
    def test_loss_curve_of_next_to_nothing_is_drawn(self, losses: list[float]) -> None:
        figure = plot.figure()
        plot.loss_curve(figure.subplots(), losses, label="学習", **plot.STYLES[1])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plot.png(figure)

    def test_smoothing_is_the_mean_of_the_last_values(self) -> None:
        values = np.random.default_rng(0).normal(size=30)
        expected = [values[max(0, i - 6) : i + 1].mean() for i in range(30)]
        np.testing.assert_allclose(charts.smoothed(values, 7), expected, atol=1e-12)

    def test_loss_curve_says_what_does_not_fit(self) -> None:
        with pytest.raises(ValueError, match="3 losses but 2 steps"):
            plot.loss_curve(plot.figure().subplots(), [1, 2, 3], [1, 2])

    def test_heatmap_centre_is_white_and_annotations_are_readable(self) -> None:
        ax = plot.figure().subplots()
        drawn = plot.heatmap(ax, [[-2.0, 0.0], [1.0, np.nan]], center=0, annotate=True)
        assert drawn.get_clim() == (-2.0, 2.0)
        assert min(drawn.cmap(drawn.norm(0.0))[:3]) > 0.93
        assert [t.get_text() for t in ax.texts] == ["-2", "0", "1", "nan"]
        assert ax.texts[0].get_color() == "white" and ax.texts[1].get_color() == "black"

    def test_heatmap_with_its_bar_stays_in_its_room(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure = plot.figure()
        for ax in figure.subplots(1, 2):
            plot.heatmap(ax, [[-10.5, 12.25]], label="値 $h_t$", xlabel="時刻", ylabel="番号")
        renderer = FigureCanvasAgg(figure).get_renderer()
        boxes = [ax.get_tightbbox(renderer) for ax in figure.axes]  # heat 1, heat 2, bar 1, bar 2
        page = figure.bbox
        assert all(b.x0 >= page.x0 and b.x1 <= page.x1 for b in boxes)
        assert all(b.y0 >= page.y0 and b.y1 <= page.y1 for b in boxes)
        assert not boxes[2].overlaps(boxes[1])

    @pytest.mark.parametrize("matrix", [np.zeros((2, 3)), np.full((2, 2), np.nan)])
    def test_heatmap_of_one_value_or_none_is_drawn(self, matrix: np.ndarray) -> None:
        figure = plot.figure()
        plot.heatmap(figure.subplots(), matrix)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plot.png(figure)


class TestDiagrams:
    def test_arrows_end_at_the_frames(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure = plot.figure()
        ax = figure.subplots()
        nodes = {"x": plot.Node(0, 0, "$x$"), "y": plot.Node(2, 1, "$y$", "op")}
        drawn = plot.graph(ax, nodes, [plot.Edge("x", "y", label="$w$")])
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        (arrow,) = [a.arrow_patch for a in ax.texts if getattr(a, "arrow_patch", None)]
        ends = arrow.get_transform().transform(arrow.get_path().vertices)
        frames = [t.get_bbox_patch().get_window_extent() for t in drawn.values()]
        assert not frames[0].contains(*ends[0])
        assert {t.get_text() for t in ax.texts} >= {"$x$", "$y$", "$w$"}

    def test_an_edge_to_nowhere_and_an_unknown_kind_are_refused(self) -> None:
        ax = plot.figure().subplots()
        with pytest.raises(ValueError, match="no node 'z'"):
            plot.graph(ax, {"x": plot.Node(0, 0, "x")}, [("x", "z")])
        with pytest.raises(ValueError, match="kind is one of"):
            plot.graph(ax, {"x": plot.Node(0, 0, "x", "cloud")}, [])

    def test_unrolled_has_a_step_for_each_time(self) -> None:
        ax = plot.figure().subplots()
        drawn = plot.unrolled(ax, 3, outputs=(None, None, "$y$"), feedback=False)
        assert set(drawn) == {"x0", "x1", "x2", "h0", "h1", "h2", "y2", "h_start"}
        words = [t.get_text() for t in ax.texts]
        assert [words.count(w) for w in ("$W_x$", "$W_h$", "$W_y$")] == [3, 3, 1]
        with pytest.raises(ValueError, match="3 texts"):
            plot.unrolled(ax, 3, inputs=["a"])

    @pytest.mark.parametrize("choice", [{"feedback": True}, {"reverse": True}, {"start": None}])
    def test_unrolled_variants_are_drawn_inside_the_page(self, choice: dict[str, object]) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure = plot.figure((7.2, 3.2))
        ax = figure.subplots()
        plot.unrolled(ax, 4, **choice)  # type: ignore[arg-type]
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        for text in ax.texts:
            if text.get_text():
                box = text.get_window_extent(canvas.get_renderer())
                assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text.get_text()


def test_two_threads_may_draw_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    expected = plot.png(line_figure())
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: plot.png(line_figure()), range(8)))
    assert drawn == [expected] * 8


def test_the_font_licence_travels_with_the_font() -> None:
    font = theme.packaged_font()
    assert font is not None and font.is_file()
    assert list(Path(font).parent.glob("*License*"))
