"""The generated tasks and the loaders of packaged data."""

from __future__ import annotations

import numpy as np
import pytest

from eshikaku.tasks import addition, series


class TestAddition:
    @pytest.mark.parametrize("bits", [2, 3, 8, 33, 62])
    def test_the_digits_are_those_of_the_sum(self, bits: int) -> None:
        x, t = addition.binary_addition(np.random.default_rng(bits), 50, bits)
        assert x.shape == (bits, 50, 2) and t.shape == (bits, 50, 1)
        assert x.dtype == t.dtype == np.float32
        a, b = (addition.from_bits(x[..., k].astype(int)) for k in (0, 1))
        assert (addition.from_bits(t[..., 0].astype(int)) == a + b).all()
        assert max(a.max(), b.max()) < 2 ** (bits - 1)

    def test_the_same_seed_gives_the_same_sums_and_another_does_not(self) -> None:
        first, again, other = (
            addition.binary_addition(np.random.default_rng(seed), 20)[0] for seed in (1, 1, 2)
        )
        assert np.array_equal(first, again) and not np.array_equal(first, other)

    def test_too_few_digits_are_refused_in_japanese(self) -> None:
        with pytest.raises(ValueError, match="桁数は2以上"):
            addition.binary_addition(np.random.default_rng(0), 3, bits=1)

    def test_bits_and_back_against_python(self) -> None:
        numbers = np.array([0, 1, 5, 200, 255])
        digits = addition.to_bits(numbers, 8)
        for column, number in zip(digits.T, numbers, strict=True):
            assert "".join(map(str, column[::-1])) == f"{number:08b}"
        assert np.array_equal(addition.from_bits(digits), numbers)
        assert addition.from_bits(addition.to_bits(6, 4)) == 6

    @pytest.mark.parametrize("number", [-1, 256])
    def test_numbers_that_do_not_fit_are_refused(self, number: int) -> None:
        with pytest.raises(ValueError, match="8桁"):
            addition.to_bits(number, 8)

    def test_carries_against_python_integers(self) -> None:
        rng = np.random.default_rng(3)
        a, b = rng.integers(0, 128, (2, 200))
        found = addition.carries(addition.to_bits(a, 8), addition.to_bits(b, 8))
        for place in range(8):
            low = 2 ** (place + 1)
            assert np.array_equal(found[place], (a % low + b % low) // low)

    def test_largest_first_reverses_time_alone(self) -> None:
        x, _ = addition.binary_addition(np.random.default_rng(0), 4)
        turned = addition.largest_first(x)
        assert np.array_equal(turned[0], x[-1]) and np.array_equal(turned[::-1], x)


class TestLoaders:
    def test_sunspots_are_the_packaged_yearly_means(self) -> None:
        spots = series.sunspots()
        assert spots.values.shape == spots.time.shape == (309,)
        assert (spots.time[0], spots.time[-1]) == (1700, 2008)
        assert spots.values[0] == 5.0 and spots.values.max() == pytest.approx(190.2)

    def test_co2_has_no_gaps_and_rises_by_the_known_amount(self) -> None:
        known = series.co2()
        assert known.values.shape == known.time.shape == (571,)
        assert np.isfinite(known.values).all()
        assert np.diff(known.time) == pytest.approx(28 / 365.2425, abs=1e-6)
        assert 1958.2 < known.time[0] < 1958.3 and 2001.9 < known.time[-1] < 2002.0
        rise = known.values[-13:].mean() - known.values[:13].mean()
        assert 50 < rise < 60  # ppm, 1958 to 2001

    def test_the_sine_has_its_period(self) -> None:
        wave = series.sine(200, period=20)
        assert wave.values[20:] == pytest.approx(wave.values[:-20])
        noisy = series.sine(5000, period=20, noise=0.3).values
        clean = series.sine(5000, period=20).values
        assert np.std(noisy - clean) == pytest.approx(0.3, rel=0.05)

    @pytest.mark.parametrize("load", [series.sunspots, series.co2])
    def test_a_loader_names_package_licence_and_source(self, load) -> None:
        text = load.__doc__
        assert "statsmodels" in text and "public domain" in text and "Source:" in text


class TestMeasures:
    def test_autocorrelation_against_numpy(self) -> None:
        x = np.random.default_rng(0).normal(size=60).cumsum()
        d = x - x.mean()
        full = np.correlate(d, d, mode="full")[59:]
        assert series.autocorrelation(x, 20) == pytest.approx(full[:21] / full[0])

    def test_autocorrelation_sees_a_period(self) -> None:
        r = series.autocorrelation(series.sine(500, period=25).values, 25)
        assert r[0] == 1 and r[25] > 0.9 and r[12] < -0.9

    @pytest.mark.parametrize("lag", [-1, 10])
    def test_a_lag_outside_the_series_is_refused(self, lag: int) -> None:
        with pytest.raises(ValueError, match="ラグ"):
            series.autocorrelation(np.arange(10.0), lag)

    def test_the_lag_baseline_is_the_value_before(self) -> None:
        x = np.array([1.0, 4.0, 9.0, 16.0])
        assert series.lag_forecast(x).tolist() == [1, 4, 9]
        assert series.lag_forecast(x, 2).tolist() == [1, 4]
        assert series.rmse(series.lag_forecast(x), x[1:]) == pytest.approx(np.sqrt(83 / 3))

    def test_windows_pair_each_value_with_the_next(self) -> None:
        x, t = series.windows(np.arange(10.0), 4, stride=3)
        assert x.shape == t.shape == (4, 2, 1) and x.dtype == np.float32
        assert x[:, 1, 0].tolist() == [3, 4, 5, 6] and t[:, 1, 0].tolist() == [4, 5, 6, 7]
        x[:] = 0
        assert t.min() == 1  # copies, not views of one array

    @pytest.mark.parametrize("length", [0, 10])
    def test_a_window_that_does_not_fit_is_refused(self, length: int) -> None:
        with pytest.raises(ValueError, match="窓の長さ"):
            series.windows(np.arange(10.0), length)
