"""NumPy layers with hand-written forward and backward; read `layer.py` for their contract."""

from eshikaku.nn.affine import Affine
from eshikaku.nn.checking import (
    GradientReport,
    compare_gradients,
    gradient_check,
    numerical_gradient,
    relative_error,
)
from eshikaku.nn.clipping import clip_by_norm, clip_by_value, grad_norm
from eshikaku.nn.functions import (
    ACTIVATIONS,
    Activation,
    activation,
    dhard_sigmoid,
    dlog_softmax,
    drelu,
    dsigmoid,
    dsoftmax,
    dtanh,
    hard_sigmoid,
    log_softmax,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from eshikaku.nn.initialisers import (
    Initialiser,
    he,
    identity,
    normal,
    orthogonal,
    uniform,
    xavier,
    zeros,
)
from eshikaku.nn.layer import Layer, stack_settings
from eshikaku.nn.losses import BCEWithLogits, SoftmaxCrossEntropy, SquaredError
from eshikaku.nn.optimisers import NAG, SGD, AdaGrad, Adam, Momentum, Optimiser, RMSProp
from eshikaku.nn.rnn import RNN, RNNCell
from eshikaku.nn.truncated import truncated_bptt

__all__ = [
    "ACTIVATIONS",
    "NAG",
    "RNN",
    "SGD",
    "Activation",
    "AdaGrad",
    "Adam",
    "Affine",
    "BCEWithLogits",
    "GradientReport",
    "Initialiser",
    "Layer",
    "Momentum",
    "Optimiser",
    "RMSProp",
    "RNNCell",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "activation",
    "clip_by_norm",
    "clip_by_value",
    "compare_gradients",
    "dhard_sigmoid",
    "dlog_softmax",
    "drelu",
    "dsigmoid",
    "dsoftmax",
    "dtanh",
    "grad_norm",
    "gradient_check",
    "hard_sigmoid",
    "he",
    "identity",
    "log_softmax",
    "normal",
    "numerical_gradient",
    "orthogonal",
    "relative_error",
    "relu",
    "sigmoid",
    "softmax",
    "stack_settings",
    "tanh",
    "truncated_bptt",
    "uniform",
    "xavier",
    "zeros",
]
