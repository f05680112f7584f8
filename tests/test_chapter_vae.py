"""Chapter 06: what its text claims, measured with seeds the text does not use."""

from __future__ import annotations

import json
import warnings
from itertools import pairwise

import numpy as np
import pytest

from eshikaku import course, nn, plot
from eshikaku.chapters import vae as lab
from eshikaku.chapters.vae import figures, networks
from eshikaku.chapters.vae.experiments.draws import estimates
from eshikaku.models.autoencoder import pca
from eshikaku.models.vae import ELBOLoss, gaussian_kl
from eshikaku.tasks import digits

SEEDS = (3, 4, 5)

each_seed = pytest.mark.parametrize("seed", SEEDS)


def nobody(done: int, total: int, partial: object = None) -> None:
    """A report that nobody reads."""


def run(experiment, **changes):
    """The result of an experiment with its defaults but for `changes`."""
    return experiment.run({**experiment.defaults(), **changes}, nobody)


class TestAutoencoder:
    """Part A."""

    def test_pixels_drawn_apart_are_far_from_any_digit(self) -> None:
        data = digits.mnist()
        rng = np.random.default_rng(1)
        mixed = np.stack([rng.permutation(column)[:200] for column in data.train.T], axis=1)
        real = networks.nearest(data.test, data.train).mean()
        assert networks.nearest(mixed, data.train).mean() > 1.5 * real

    @each_seed
    def test_a_linear_one_spans_the_subspace_of_pca_but_not_its_axes(self, seed: int) -> None:
        x = digits.small().train.astype(float)
        x -= x.mean(axis=0)
        rng = np.random.default_rng(seed)
        p = {"e": rng.normal(0, 0.1, (64, 2)), "d": rng.normal(0, 0.1, (2, 64))}
        adam = nn.Adam(0.01)
        for _ in range(1500):
            z = x @ p["e"]
            error = z @ p["d"] - x
            grads = {"e": x.T @ (error @ p["d"].T) / len(x), "d": z.T @ error / len(x)}
            adam.update(p, grads)
        _, v = pca(x, 2)
        q, _ = np.linalg.qr(p["d"].T)
        assert np.allclose(np.linalg.svd(v @ q, compute_uv=False), 1, atol=1e-4)
        assert np.mean(error**2) < 1.001 * np.mean((x - x @ v.T @ v) ** 2)

    @each_seed
    def test_hidden_layers_beat_pca_and_without_them_it_stops_above(self, seed: int) -> None:
        deep = run(lab.bottleneck, seed=seed).summary
        linear = run(lab.bottleneck, seed=seed, hidden=()).summary
        best = deep["PCAの誤差"]
        assert deep["オートエンコーダの誤差"] < 0.9 * best
        assert best < linear["オートエンコーダの誤差"] < 1.06 * best

    @each_seed
    def test_noise_in_training_cleans_and_costs_on_clean_pictures(self, seed: int) -> None:
        with_noise = run(lab.denoising, seed=seed).summary
        without = run(lab.denoising, seed=seed, train=0.0)
        assert with_noise["復元の誤差"] < 0.03
        assert 0.05 < without.summary["復元の誤差"] < without.summary["ノイズ入りの画像の誤差"]
        assert without.data["error"].min() < 0.9 * without.data["error"][-1]  # turns up again
        clean = "きれいな画像を入れたときの誤差"
        assert with_noise[clean] > 2 * without.summary[clean]


class TestBound:
    """Parts B and C."""

    def test_the_two_estimates_have_one_mean_and_other_spreads(self) -> None:
        eps = np.random.default_rng(7).standard_normal(400_000)
        for sigma, path_std, score_std in ((1.0, 1.0, 7.5**0.5), (0.1, 0.1, 28.5375**0.5)):
            path, score = estimates(1.0, sigma, eps)
            assert path.mean() == pytest.approx(-1, abs=0.01)
            assert score.mean() == pytest.approx(-1, abs=0.05)
            assert path.std() == pytest.approx(path_std, rel=0.01)
            assert score.std() == pytest.approx(score_std, rel=0.03)

    def test_numbers_of_the_text(self) -> None:
        log_px = -0.5 * (np.log(4 * np.pi) + 0.5)
        assert log_px == pytest.approx(-1.516, abs=5e-4)
        prior_only = -0.5 * (np.log(2 * np.pi) + 2)
        assert log_px - prior_only == pytest.approx(0.403, abs=5e-4)
        assert gaussian_kl(np.array(1.0), np.log(4.0)) == pytest.approx(1.307, abs=5e-4)
        summary = run(lab.draws, mu=0.5, sigma=0.5, eps=1.2).summary
        assert summary["z = μ + σε"] == pytest.approx(1.1)
        assert 2 * summary["∂z/∂(log σ²) = σε/2"] == pytest.approx(0.6)

    def test_a_mean_over_pixels_weighs_kl_as_many_times_as_there_are_pixels(self) -> None:
        rng = np.random.default_rng(0)
        y, x, mu, logvar = (rng.random((5, k)) for k in (12, 12, 3, 3))
        loss = ELBOLoss(beta=12.0)
        whole = loss(y, x, mu, logvar)
        mixed = nn.BCEWithLogits()(y, x) + gaussian_kl(mu, logvar).sum() / 5
        assert whole == pytest.approx(12 * mixed)


class TestBalance:
    """Part D."""

    @each_seed
    def test_the_wrong_reduction_collapses_every_dimension(self, seed: int) -> None:
        right = run(lab.elbo, seed=seed)
        wrong = run(lab.elbo, seed=seed, reduction="mean")
        assert right.summary["復元の項"] < 120 and right.data["each"].min() > 0.02
        assert wrong.summary["復元の項"] > 195 and wrong.data["each"].max() < 0.02
        assert np.abs(np.diff(wrong.data["again"], axis=0)).max() < 0.1  # one picture for all

    def test_a_larger_weight_gives_up_dimensions(self) -> None:
        light, heavy = (run(lab.elbo, seed=3, beta=beta) for beta in (0.1, 10.0))
        assert light.summary["KLの項"] > 35 and heavy.summary["KLの項"] < 5
        assert light.summary["復元の項"] < 105 < 150 < heavy.summary["復元の項"]
        assert (heavy.data["each"] > 0.05).sum() <= 5


class TestLatentSpace:
    """Part E."""

    @pytest.mark.parametrize("seed", SEEDS[:1])
    def test_samples_of_an_autoencoder_lie_farther_from_digits(self, seed: int) -> None:
        prior = run(lab.sampling, seed=seed).data
        assert prior["VAE"]["distance"].mean() + 0.4 < prior["AE"]["distance"].mean()
        assert prior["AE"]["path"].shape == prior["VAE"]["path"].shape

    def test_the_map_changes_smoothly_and_names_what_it_shows(self) -> None:
        def picture(z1: float) -> np.ndarray:
            return run(lab.latent_map, z1=z1).data["picture"][0]

        steps = [picture(k / 10) for k in range(0, 41)]
        jumps = [float(np.abs(b - a).mean()) for a, b in pairwise(steps)]
        assert max(jumps) < 0.05
        assert np.abs(steps[-1] - steps[0]).mean() > 0.1
        read = {run(lab.latent_map, z1=z).summary["分類器の読み"][0] for z in (0.0, 0.5, 1.0, 2.0)}
        assert len(read) >= 3

    def test_fitted_codes_have_the_mean_and_covariance_of_the_data(self) -> None:
        rng = np.random.default_rng(0)
        codes = rng.normal(size=(500, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]]) + 3
        z = networks.fitted(codes, rng.standard_normal((200_000, 2)))
        assert np.allclose(z.mean(axis=0), codes.mean(axis=0), atol=0.02)
        assert np.allclose(np.cov(z.T), np.cov(codes.T), atol=0.05)

    def test_the_nearest_distance_is_that_of_a_loop(self) -> None:
        rng = np.random.default_rng(0)
        a, b = rng.random((4, 6)), rng.random((5, 6))
        slow = [min(np.linalg.norm(x - y) for y in b) for x in a]
        assert np.allclose(networks.nearest(a, b), slow)


class TestStored:
    def test_the_stored_tables_say_what_the_text_says(self) -> None:
        stored = json.loads(course.chapter("vae").results.read_text(encoding="utf-8"))["tables"]
        assert len(stored["seeds"]) >= 3
        for row in stored["bottleneck"]:
            assert max(row["deep"]) < row["pca"] < min(row["linear"])
        bound = {(row["beta"], row["size"]): row for row in stored["bound"]}
        total = {k: np.add(r["reconstruction"], r["kl"]) for k, r in bound.items()}
        assert total[1.0, 2].min() > total[1.0, 8].max() > total[1.0, 16].max()
        assert total[1.0, 32].min() > total[1.0, 16].max()
        assert all(total[b, 16].min() > total[1.0, 16].max() for b in (0.1, 4.0, 10.0, 784.0))
        assert bound[1.0, 32]["alive"] == [25, 23, 21] and max(bound[784.0, 16]["alive"]) == 0
        samples = {(r["size"], r["model"], r["source"]): r for r in stored["samples"]}
        for source in ("prior", "fitted"):
            ae, vae = (samples[16, model, source]["distance"] for model in ("AE", "VAE"))
            assert min(ae) > max(vae)
        noise = {row["train"]: row for row in stored["denoising"]}
        assert max(noise[0.5]["0.5"]) < 0.03 < 0.055 < min(noise[0.0]["0.5"])
        assert min(noise[0.25]["0.5"]) > 0.064 and max(noise[0.25]["0.5"]) < 0.0705


def test_figures_are_drawn_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (figures.rows([digits.mnist().test[:6]], ["実物"]), figures.two_graphs()):
            assert plot.html(figure, alt="図")


def test_pictures_lie_side_by_side() -> None:
    sheet = plot.tiled([np.zeros((3, 4)), np.ones((2, 4))])
    assert sheet.shape == (5, 8)
    assert sheet[0, 0] == 0 and sheet[3, 0] == 1 and sheet[2, 0] == 0.5 and sheet[3, 6] == 0.5
