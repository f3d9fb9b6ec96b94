"""Networks of all kinds that lessons train, each trained to a hash of its weights."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

import fbm_helpers as fbm
from tools.execute.computations import digest, numbers

FUSED = partial(torch.optim.AdamW, fused=True)


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


def adversaries() -> str:
    """Train a generator against a discriminator whose gradient is penalized, and average the generator's weights."""
    fbm.reproducible(0)
    images = fbm.glyphs(320, seed=0).x.flatten(1)
    generator = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 256), nn.Sigmoid())
    discriminator = nn.Sequential(nn.Linear(256, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    average = torch.optim.swa_utils.AveragedModel(
        generator, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
    )
    to_generate = torch.optim.Adam(generator.parameters(), 0.002, (0.5, 0.99), fused=True)
    to_judge = torch.optim.Adam(discriminator.parameters(), 0.002, (0.5, 0.99), fused=True)
    for real in images.split(32):
        real = real.requires_grad_()
        scores = discriminator(real)
        (slopes,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
        fake = generator(torch.randn(32, 8))
        loss = (
            F.softplus(-scores).mean() + F.softplus(discriminator(fake.detach())).mean() + slopes.square().sum(1).mean()
        )
        to_judge.zero_grad()
        loss.backward()
        to_judge.step()
        to_generate.zero_grad()
        F.softplus(-discriminator(fake)).mean().backward()
        to_generate.step()
        average.update_parameters(generator)
    return digest(*discriminator.parameters(), *average.parameters())
