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
from eshikaku.nn.convolution import Conv1d, Conv2d, ConvTranspose2d, col2im, im2col
from eshikaku.nn.dropout import Dropout
from eshikaku.nn.elementwise import GELU, Flatten, LeakyReLU, ReLU, Sequential, Sigmoid, Tanh
from eshikaku.nn.embedding import Embedding
from eshikaku.nn.esn import EchoStateNetwork
from eshikaku.nn.functions import (
    ACTIVATIONS,
    Activation,
    Array,
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
from eshikaku.nn.images import output_size, transposed_size
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
from eshikaku.nn.multihead import (
    MultiheadAttention,
    causal_mask,
    key_mask,
    sinusoidal_positions,
)
from eshikaku.nn.normalisation import (
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
)
from eshikaku.nn.optimisers import NAG, SGD, AdaGrad, Adam, Momentum, Optimiser, RMSProp
from eshikaku.nn.pooling import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    LPPool2d,
    MaxPool2d,
    Upsample,
    interpolation,
)
from eshikaku.nn.rnn import RNN, RNNCell
from eshikaku.nn.transformer import (
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from eshikaku.nn.truncated import truncated_bptt
from eshikaku.nn.wrappers import Bidirectional, Stack

__all__ = [
    "ACTIVATIONS",
    "GELU",
    "GRU",
    "LSTM",
    "NAG",
    "RNN",
    "SGD",
    "Activation",
    "AdaGrad",
    "Adam",
    "AdaptiveAvgPool2d",
    "AdditiveAttention",
    "Affine",
    "Array",
    "Attention",
    "AvgPool2d",
    "BCEWithLogits",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bidirectional",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "DotAttention",
    "Dropout",
    "EchoStateNetwork",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GeneralAttention",
    "GradientReport",
    "GroupNorm",
    "Initialiser",
    "InstanceNorm2d",
    "LPPool2d",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "LeakyRNN",
    "LeakyReLU",
    "MaxPool2d",
    "Momentum",
    "MultiheadAttention",
    "Optimiser",
    "RMSProp",
    "RNNCell",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SkipRNN",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Stack",
    "Tanh",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "Upsample",
    "activation",
    "causal_mask",
    "chrono_biases",
    "clip_by_norm",
    "clip_by_value",
    "col2im",
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
    "im2col",
    "interpolation",
    "key_mask",
    "log_softmax",
    "masked_softmax",
    "normal",
    "numerical_gradient",
    "orthogonal",
    "output_size",
    "relative_error",
    "relu",
    "sigmoid",
    "sinusoidal_positions",
    "softmax",
    "stack_settings",
    "tanh",
    "to_torch",
    "torch_grads",
    "transposed_size",
    "truncated_bptt",
    "uniform",
    "xavier",
    "zeros",
]
