"""Hash what every kind of computation that lessons use ends in: the same lines on every processor are the aim.

``python -m tools.execute.fingerprint`` prints a line of JSON for each kind, computed in a process of its own, for an emulator
may stop at one. `tools.execute.portable` runs it with pinned arithmetic here and in emulated processors. New kinds of
computation are added when a lesson first uses them.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import fbm_helpers as fbm

# Functions of one tensor, each of which may be a vector library's; not those of `tools.execute.arithmetic.UNPINNED`.
ELEMENTWISE = """
exp log log2 log1p expm1 sin cos tanh sigmoid erf erfc rsqrt reciprocal square abs round floor sinh cosh
softplus gelu silu elu logsigmoid
"""
REDUCTIONS = "sum mean std var prod logsumexp norm cumsum median amax"
FUSED = partial(torch.optim.AdamW, fused=True)


def digest(*arrays: torch.Tensor | np.ndarray | float) -> str:
    """Return a hash of numbers, to their last bit."""
    sha = hashlib.sha256()
    for array in arrays:
        array = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()[:12]


def kinds() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield each kind of computation with its name."""
    yield "glyphs", lambda: digest(fbm.glyphs(600, seed=0).x, fbm.glyphs(200, size=28, color=True, seed=1).x)
    for dtype in (torch.float32, torch.float64):
        for name in ELEMENTWISE.split():
            yield f"torch {name} {dtype}", partial(elementwise, name, dtype)
        for name in REDUCTIONS.split():
            yield f"torch {name} {dtype}", partial(reduction, name, dtype)
        yield f"torch products {dtype}", partial(products, dtype)
        yield f"torch decompositions {dtype}", partial(decompositions, dtype)
        yield f"torch Fourier {dtype}", lambda dtype=dtype: digest(torch.fft.rfft2(numbers(64, 64).to(dtype)).abs())
    yield "torch random numbers", random_numbers
    yield "torch sparse products", sparse
    yield "torch resampling: turned", turned
    for mode in ("nearest", "bilinear", "bicubic"):
        yield (
            f"torch resampling: {mode}",
            lambda mode=mode: digest(F.interpolate(pictures(), scale_factor=1.7, mode=mode)),
        )
    yield "torch pooling", pooling
    yield "numpy functions", numpy_functions
    yield "numpy decompositions", numpy_decompositions
    yield "scikit-learn", scikit_learn
    for name, model in networks().items():
        yield f"training: {name}", partial(trained, *model)
    yield "training: L-BFGS", lbfgs


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    """Return standard normal numbers."""
    return torch.from_numpy(np.random.RandomState(seed).randn(*shape))


def elementwise(name: str, dtype: torch.dtype) -> str:
    """Apply a function to numbers of many sizes, contiguous and not, where it is defined."""
    x = torch.cat([numbers(16_384) * size for size in (1e-4, 1.0, 30.0)]).to(dtype)
    if name in ("log", "log2", "log1p", "rsqrt"):
        x = x.abs() + 1e-6
    function = getattr(torch, name, None) or getattr(F, name)
    return digest(function(x), function(x.view(-1, 8).T), function(x[:5]))


def reduction(name: str, dtype: torch.dtype) -> str:
    """Reduce rows, columns, or, where that is possible, all."""
    x = numbers(300, 257).to(dtype)
    found = [getattr(torch, name)(x, dim=dim) for dim in (0, 1)]
    values = [part if isinstance(part, torch.Tensor) else part.values for part in found]
    whole = [] if name in ("cumsum", "logsumexp") else [getattr(torch, name)(x)]
    return digest(*values, *whole)


def products(dtype: torch.dtype) -> str:
    """Multiply matrices of several shapes."""
    a, b, v = numbers(300, 200).to(dtype), numbers(200, 150, seed=1).to(dtype), numbers(200, seed=2).to(dtype)
    batch = numbers(32, 40, 20).to(dtype)
    return digest(
        a @ b, a @ v, b.T @ a.T, batch @ batch.mT, torch.einsum("bij,bkj->bik", batch, batch), v @ v, a.T.cov()
    )


def decompositions(dtype: torch.dtype) -> str:
    """Decompose matrices."""
    a = numbers(80, 80).to(dtype)
    symmetric = a @ a.T + 80 * torch.eye(80, dtype=dtype)
    values, vectors = torch.linalg.eigh(symmetric)
    u, s, _ = torch.linalg.svd(a)
    parts = [
        values,
        vectors,
        u,
        s,
        torch.linalg.qr(a)[0],
        torch.linalg.solve(symmetric, a),
        torch.linalg.cholesky(symmetric),
    ]
    return digest(
        *parts, torch.linalg.eigvals(a).abs().sort().values, torch.linalg.matrix_norm(a, 2), torch.linalg.det(a / 9)
    )


def random_numbers() -> str:
    """Draw from torch's generator."""
    torch.manual_seed(0)
    probabilities = torch.rand(50, 9)
    return digest(
        torch.randn(1000),
        torch.randn(7),
        torch.randperm(1000),
        torch.multinomial(probabilities, 3, replacement=True),
        torch.bernoulli(probabilities),
        torch.poisson(probabilities),
        torch.empty(1000).exponential_(),
        F.dropout(torch.ones(1000)),
        F.gumbel_softmax(probabilities),
    )


def sparse() -> str:
    """Multiply by a matrix that is mostly zeros."""
    a = numbers(200, 300).float()
    a[a.abs() < 1.5] = 0
    return digest(a.to_sparse_csr() @ numbers(300, 16).float(), a.to_sparse() @ numbers(300, 16).float())


def pictures() -> torch.Tensor:
    """Return small images of noise."""
    return numbers(20, 3, 16, 16).float()


def turned() -> str:
    """Turn and move images."""
    turn = torch.tensor([[math.cos(0.3), -math.sin(0.3), 0.1], [math.sin(0.3), math.cos(0.3), 0.0]]).expand(20, 2, 3)
    grid = F.affine_grid(turn, [20, 3, 16, 16], align_corners=False)
    return digest(grid, F.grid_sample(pictures(), grid, align_corners=False))


def pooling() -> str:
    """Average over windows and take them apart."""
    images = pictures()
    return digest(
        F.avg_pool2d(images, 2), F.adaptive_avg_pool2d(images, 5), F.unfold(images, 3), F.max_pool2d(images, 3, 1)
    )


def numpy_functions() -> str:
    """Apply NumPy's functions."""
    x = np.random.RandomState(0).randn(200, 150)
    names = [
        "exp",
        "log1p",
        "sin",
        "cos",
        "tan",
        "tanh",
        "arctan",
        "sinh",
        "cosh",
        "cbrt",
        "expm1",
        "log2",
        "log10",
        "log",
        "sqrt",
    ]
    functions = [getattr(np, name)(kind(np.abs(x))) for name in names for kind in (np.float32, np.float64)]
    sums = [x.sum(0), x.std(1), x.var(), np.percentile(x, 30, axis=0), np.einsum("ij,kj->ik", x, x, optimize=True)]
    generated = np.random.default_rng(0)
    drawn = [
        generated.normal(size=99),
        generated.gamma(2.0, size=99),
        generated.poisson(3.0, 99),
        generated.beta(2, 3, 99),
    ]
    return digest(*functions, *sums, *drawn, x @ x.T, x**3, np.power(np.abs(x), 0.3), np.fft.rfft(x).real)


def numpy_decompositions() -> str:
    """Decompose matrices with NumPy."""
    a = np.random.RandomState(0).randn(60, 60)
    return digest(*np.linalg.svd(a), *np.linalg.eigh(a @ a.T), np.linalg.solve(a, a.T), np.linalg.lstsq(a, a[0])[0])


def scikit_learn() -> str:
    """Fit the rivals that lessons borrow."""
    from sklearn.decomposition import PCA
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    images = fbm.glyphs(300, seed=3)
    x, y = images.x.flatten(1).numpy(), images.y.numpy()
    parts = [PCA(8, random_state=0).fit_transform(x), KNeighborsClassifier(3).fit(x, y).predict_proba(x)]
    models = [
        LogisticRegression(max_iter=50, tol=1.0),
        SVC(),
        HistGradientBoostingClassifier(max_iter=3, random_state=0),
    ]
    return digest(*parts, *(model.fit(x, y).predict(x[::-1]) for model in models))


class Reader(nn.Module):
    """A recurrent network over the rows of an image."""

    def __init__(self, kind: type[nn.RNNBase]):
        super().__init__()
        self.core, self.out = kind(16, 32, batch_first=True), nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (N, 1, 16, 16) to scores (N, 10)."""
        return self.out(self.core(x[:, 0])[0][:, -1])


class Attend(nn.Module):
    """A block of a Transformer over the rows of an image."""

    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Linear(16, 48), nn.Linear(48, 10)
        self.block = nn.TransformerEncoderLayer(48, 4, 96, 0.1, batch_first=True, norm_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (N, 1, 16, 16) to scores (N, 10)."""
        return self.out(self.block(self.embed(x[:, 0])).mean(1))


class Tokens(nn.Module):
    """A causal convolution and attention over the pixels of an image, taken for words."""

    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Embedding(32, 24), nn.Linear(24, 10)
        self.conv, self.norm = nn.Conv1d(24, 24, 3), nn.LayerNorm(24)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (N, 1, 16, 16) to scores (N, 10)."""
        words = self.embed((x.flatten(1)[:, ::4] * 31).long().clamp(0, 31))
        words = self.norm(self.conv(words.mT).mT)
        return self.out(F.scaled_dot_product_attention(words, words, words, is_causal=True)[:, -1])


def networks() -> dict[str, tuple]:
    """Return networks of all kinds, each with a learning rate and an optimizer."""
    convolutional = nn.Sequential(
        nn.Conv2d(1, 16, 3, 1, 1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, 1, 1),
        nn.BatchNorm2d(32), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip
    separable = nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1), nn.GroupNorm(4, 16), nn.SiLU(), nn.Conv2d(16, 16, 3, 1, 2, dilation=2, groups=16),
        nn.Conv2d(16, 24, 1), nn.LeakyReLU(0.2), nn.ConvTranspose2d(24, 8, 4, 2, 1), nn.AvgPool2d(4), nn.Dropout(0.2),
        nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip
    dense = nn.Sequential(nn.Flatten(), nn.Linear(256, 112), nn.Tanh(), nn.Linear(112, 10))
    normalized = nn.Sequential(nn.Flatten(), nn.Linear(256, 64), nn.BatchNorm1d(64), nn.Sigmoid(), nn.Linear(64, 10))
    momentum = partial(torch.optim.SGD, momentum=0.9)
    return {
        "convolutions, batch norm": (convolutional, 0.01, FUSED),
        "depthwise, dilated, transposed convolutions": (separable, 0.01, FUSED),
        "dense, SGD with momentum": (dense, 0.05, momentum),
        "dense, batch norm, plain SGD": (normalized, 0.1, torch.optim.SGD),
        "attention": (Attend(), 0.003, FUSED),
        "embedding, convolution, layer norm": (Tokens(), 0.01, FUSED),
        "RNN": (Reader(nn.RNN), 0.01, FUSED),
        "GRU": (Reader(nn.GRU), 0.01, FUSED),
        "LSTM": (Reader(nn.LSTM), 0.01, FUSED),
    }


def trained(model: nn.Module, lr: float, optimizer: Callable) -> str:
    """Train from one start, clipped, and return a hash of all weights."""
    fbm.reproducible(0)
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    images = fbm.glyphs(600, seed=0)
    fbm.fit(model, images.x, images.y, epochs=4, lr=lr, batch_size=32, optimizer=optimizer, clip=1.0)
    return digest(*model.parameters(), fbm.predict(model, images.x))


def lbfgs() -> str:
    """Factorize a matrix with the optimizer that keeps a history."""
    fbm.reproducible(0)
    left, right, data = nn.Parameter(torch.randn(40, 3)), nn.Parameter(torch.randn(3, 30)), numbers(40, 30).float()
    optimizer = torch.optim.LBFGS([left, right], history_size=20, max_iter=60)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (left @ right - data).square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return digest(left, right)


def main() -> None:
    """Print a line for each kind."""
    fbm.reproducible(0)
    for name, compute in kinds():
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            print(json.dumps([name, compute()]), flush=True)
            os._exit(0)


if __name__ == "__main__":
    main()
