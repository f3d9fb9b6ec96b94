"""Computations of every kind that lessons use, each of which ends in a hash of its numbers."""

import hashlib
import math

import numpy as np
import torch
import torch.nn.functional as F

import fbm_helpers as fbm


def digest(*arrays: torch.Tensor | np.ndarray | float) -> str:
    """Return a hash of numbers, to their last bit."""
    sha = hashlib.sha256()
    for array in arrays:
        array = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()[:12]


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    """Return standard normal numbers."""
    return torch.from_numpy(np.random.RandomState(seed).randn(*shape))


def glyphs() -> str:
    """Draw characters, gray and in color."""
    return digest(fbm.glyphs(600, seed=0).x, fbm.glyphs(200, size=28, color=True, seed=1).x)


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


def distances(dtype: torch.dtype) -> str:
    """Measure squared distances between all rows of two matrices."""
    a, b = numbers(300, 200).to(dtype), numbers(290, 200, seed=1).to(dtype)
    return digest((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, (a[:20, None] - b).square().sum(2))


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


def fourier(dtype: torch.dtype) -> str:
    """Transform a matrix."""
    return digest(torch.fft.rfft2(numbers(64, 64).to(dtype)).abs())


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


def resized(mode: str) -> str:
    """Enlarge images."""
    return digest(F.interpolate(pictures(), scale_factor=1.7, mode=mode))


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
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression, RidgeClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    images = fbm.glyphs(300, seed=3)
    x, y = images.x.flatten(1).numpy(), images.y.numpy()
    parts = [PCA(8, random_state=0).fit_transform(x), KNeighborsClassifier(3).fit(x, y).predict_proba(x)]
    models = [
        KMeans(10, n_init=2, random_state=0),
        LogisticRegression(max_iter=50, tol=1.0),
        RidgeClassifier(10.0),
        SVC(),
        HistGradientBoostingClassifier(max_iter=3, random_state=0),
    ]
    return digest(*parts, *(model.fit(x, y).predict(x[::-1]) for model in models))
