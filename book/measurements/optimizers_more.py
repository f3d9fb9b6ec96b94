"""What takes too long for ``training/optimizers``: batch sizes, decay without the noise of batches, and warm-up.

The first two train the lesson's network on its digits with wrong labels, by SGD with momentum. The third trains a Transformer of six
layers, post-norm or pre-norm, to continue the sentences of ``fbm.language``, by Adam at a rate that is constant and falls to zero
over the second half. Each arm has its own best rate, searched by `fbm.tune` on other seeds than those that are measured.
"""

import json
import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel

import fbm_helpers as fbm

MEASURED = fbm.seeds(5)
STEPS = 164  # four epochs of batches of 32
SIZES = {  # batch size, epochs
    "8": (8, 4),
    "32": (32, 4),
    "128": (128, 4),
    "512": (512, 4),
    "512, as many steps": (512, 55),
}
RATES = [2.0**k for k in range(-9, 3)]
WARM_RATES = (0.0025, 0.005, 0.01, 0.02, 0.04)
WARM = {  # post-norm or not, steps of warm-up
    "post-norm, none": (True, 0),
    "post-norm, warm-up": (True, 40),
    "pre-norm, none": (False, 0),
    "pre-norm, warm-up": (False, 40),
}


def wrong_labels(seed):
    """Return the lesson's digits, a fifth of the training labels drawn anew."""
    train, test = fbm.digits(seed=seed)
    mean, std = train.x.mean(), train.x.std()
    torch.manual_seed(seed)
    anew = torch.rand(len(train.y)) < 0.2
    y = torch.where(anew, torch.randint(10, train.y.shape), train.y)
    return (train.x.flatten(1) - mean) / std, y, (test.x.flatten(1) - mean) / std, test.y


def digits_accuracy(arm, lr, seed):
    """Return the test accuracy of the last weights, or of the mean of those in the second half."""
    size, epochs, schedule, averaged = arm
    x, y, test_x, test_y = wrong_labels(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr, momentum=0.9, fused=True)
    steps = epochs * math.ceil(len(x) / size)
    factor = (lambda t: 0.5 + 0.5 * math.cos(math.pi * t / steps)) if schedule == "cosine" else (lambda t: 1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    mean, step = AveragedModel(model), 0
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(size):
            loss = F.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            step += 1
            if averaged and step > steps / 2:
                mean.update_parameters(model)
    return fbm.evaluate(mean if averaged else model, test_x, test_y)


class Block(nn.Module):
    """Attention and two dense layers, with LayerNorm before each (pre-norm) or after each sum (post-norm)."""

    def __init__(self, post, width=32, heads=4):
        super().__init__()
        self.post, self.heads = post, heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        for layer in (self.qkv, self.out, self.dense[0], self.dense[2]):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def attend(self, x):
        """Return what causal attention makes of x, shape (N, T, width)."""
        q, k, v = self.qkv(x).view(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(x.shape))

    def forward(self, x):
        """Return the block's output, of the shape of its input."""
        if self.post:
            x = self.norm1(x + self.attend(x))
            return self.norm2(x + self.dense(x))
        x = x + self.attend(self.norm1(x))
        return x + self.dense(self.norm2(x))


class Writer(nn.Module):
    """Six blocks that score the next word."""

    def __init__(self, post, words=34, length=24, width=32):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        angles = torch.arange(length)[:, None] * 1000.0 ** -(torch.arange(0, width, 2) / width)
        self.register_buffer("positions", torch.cat([angles.sin(), angles.cos()], 1))
        self.blocks = nn.Sequential(*[Block(post) for _ in range(6)])
        self.norm = nn.Identity() if post else nn.LayerNorm(width)
        self.out = nn.Linear(width, words)

    def forward(self, x):
        """Return scores, shape (N, T, words), of tokens, shape (N, T)."""
        return self.out(self.norm(self.blocks(self.embedding(x) + self.positions[: x.shape[1]])))


def excess(arm, lr, seed, steps=120):
    """Return the loss on new sentences above the known floor, in nats a word."""
    post, warm = arm
    text = fbm.language(steps * 32, 25, seed=seed).tokens
    new = fbm.language(300, 25, seed=seed + 10**6)
    torch.manual_seed(seed)
    model = Writer(post)
    optimizer = torch.optim.Adam(model.parameters(), lr, betas=(0.9, 0.98), fused=True)

    def factor(t):
        rising = (t + 1) / warm if warm else 1
        return min(1, rising) * min(1, 2 * (1 - t / steps))

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    for batch in text.split(32):
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        loss = F.cross_entropy(model(new.tokens[:, :-1]).flatten(0, 1), new.tokens[:, 1:].flatten())
    return loss.item() - new.surprisal[:, 1:].mean().item()


def told(column):
    """Return what a page may say of one arm's values."""
    return {"mean": sum(column) / len(column), "lowest": min(column), "highest": max(column), "each": column}


def at(measure, pair, seed):
    """Return what an arm measures at its rate."""
    return measure(*pair, seed)


def at_their_best(measure, arms, rates, *, best, seeds):
    """Choose a rate for each arm; return it, the values that it gives, and what it was chosen by."""
    tuned = fbm.tune(measure, arms, rates, seeds=seeds, best=best)
    edges = [name for name, lr in tuned.items() if lr in (rates[0], rates[-1])]
    if edges:
        raise ValueError(f"best at an end of the grid: {edges}: {tuned.scores}")
    pairs = {name: (arm, tuned[name]) for name, arm in arms.items()}
    values = fbm.trials(partial(at, measure), pairs, seeds=MEASURED)["value"]
    scores = {name: {str(lr): score for lr, score in tuned.scores[name].items()} for name in arms}
    return {name: told(values[name]) | {"rate": tuned[name], "means for the rates": scores[name]} for name in arms}


if __name__ == "__main__":
    values = {}
    sizes = {name: (*size, "cosine", False) for name, size in SIZES.items()}
    values["batch"] = at_their_best(digits_accuracy, sizes, RATES, best=max, seeds=2)
    whole = {"constant": ("constant", False), "averaged": ("constant", True), "cosine": ("cosine", False)}
    whole = {name: (1300, STEPS, *how) for name, how in whole.items()}
    values["whole set"] = at_their_best(digits_accuracy, whole, RATES, best=max, seeds=2)
    values["warm-up"] = at_their_best(excess, WARM, WARM_RATES, best=min, seeds=1)
    shared = fbm.trials(partial(at, excess), {name: (arm, 0.01) for name, arm in WARM.items()}, seeds=MEASURED)["value"]
    values["warm-up at 0.01"] = {name: told(shared[name]) for name in WARM}
    print(json.dumps({"seeds": MEASURED, "values": values}))
