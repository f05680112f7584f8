"""NumPy layers with hand-written forward and backward; read `layer.py` for their contract."""

from eshikaku.nn.affine import Affine
from eshikaku.nn.attention import (
    AdditiveAttention,
    Attention,
    DotAttention,
    GeneralAttention,
    masked_softmax,
)
from eshikaku.nn.bridge import from_torch, to_torch, torch_grads
from eshikaku.nn.checking import (
    GradientReport,
    compare_gradients,
    gradient_check,
    numerical_gradient,
    relative_error,
)
from eshikaku.nn.clipping import clip_by_norm, clip_by_value, grad_norm
from eshikaku.nn.dropout import Dropout
from eshikaku.nn.embedding import Embedding
from eshikaku.nn.esn import EchoStateNetwork
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
from eshikaku.nn.gru import GRU, GRUCell
from eshikaku.nn.initialisers import (
    Initialiser,
    chrono_biases,
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
from eshikaku.nn.lstm import LSTM, LSTMCell
from eshikaku.nn.memory import LeakyRNN, SkipRNN
from eshikaku.nn.optimisers import NAG, SGD, AdaGrad, Adam, Momentum, Optimiser, RMSProp
from eshikaku.nn.rnn import RNN, RNNCell
from eshikaku.nn.truncated import truncated_bptt
from eshikaku.nn.wrappers import Bidirectional, Stack

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "LSTM",
    "NAG",
    "RNN",
    "SGD",
    "Activation",
    "AdaGrad",
    "Adam",
    "AdditiveAttention",
    "Affine",
    "Attention",
    "BCEWithLogits",
    "Bidirectional",
    "DotAttention",
    "Dropout",
    "EchoStateNetwork",
    "Embedding",
    "GRUCell",
    "GeneralAttention",
    "GradientReport",
    "Initialiser",
    "LSTMCell",
    "Layer",
    "LeakyRNN",
    "Momentum",
    "Optimiser",
    "RMSProp",
    "RNNCell",
    "SkipRNN",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Stack",
    "activation",
    "chrono_biases",
    "clip_by_norm",
    "clip_by_value",
    "compare_gradients",
    "dhard_sigmoid",
    "dlog_softmax",
    "drelu",
    "dsigmoid",
    "dsoftmax",
    "dtanh",
    "from_torch",
    "grad_norm",
    "gradient_check",
    "hard_sigmoid",
    "he",
    "identity",
    "log_softmax",
    "masked_softmax",
    "normal",
    "numerical_gradient",
    "orthogonal",
    "relative_error",
    "relu",
    "sigmoid",
    "softmax",
    "stack_settings",
    "tanh",
    "to_torch",
    "torch_grads",
    "truncated_bptt",
    "uniform",
    "xavier",
    "zeros",
]
