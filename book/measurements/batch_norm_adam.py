"""What takes too long for ``training/batch_norm``: its twenty layers for 16 epochs, sixty layers, and groups that share statistics.

The networks and the digits are those of the lesson. Each arm has its own best rate, searched by `fbm.tune` on other seeds than
those that are measured.
"""

import json
from functools import partial

import torch
from torch import nn

import fbm_helpers as fbm

KINDS = ("He", "BatchNorm")
MEASURED = fbm.seeds(5)
SGD = {"optimizer": torch.optim.SGD}
MOMENTUM = {"optimizer": partial(torch.optim.SGD, momentum=0.9)}
ADAMW_RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
SGD_RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
LONGER = {  # by the key of the record; the first is AdamW
    "16": ({}, ADAMW_RATES),
    "16, momentum": (MOMENTUM, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)),
    "16, SGD": (SGD, SGD_RATES),
    "16, SGD, clipped": ({**SGD, "clip": 1.0}, (0.03, 0.1, 0.3, 1.0, 3.0)),
}


class GroupedBatchNorm(nn.BatchNorm1d):
    """BatchNorm that normalizes each group of samples of a batch by itself."""

    group = 64

    def forward(self, x):
        """Return x, shape (N, C), normalized; N is a multiple of the group."""
        if not self.training:
            return super().forward(x)
        groups = x.view(-1, self.group, x.shape[1])
        mean = groups.mean(1, keepdim=True)
        var = (groups - mean).square().mean(1, keepdim=True)
        unbiased = var.detach() * self.group / (self.group - 1)
        self.running_mean.lerp_(mean.detach().mean((0, 1)), self.momentum)
        self.running_var.lerp_(unbiased.mean((0, 1)), self.momentum)
        normalized = (groups - mean) * torch.rsqrt(var + self.eps)
        return (normalized * self.weight + self.bias).view_as(x)


def deep_net(kind, depth=20, width=64, norm=nn.BatchNorm1d):
    """Return the lesson's layers: with He initialization, or with BatchNorm and the default one."""
    layers = [nn.Flatten()]
    for _ in range(depth):
        linear = nn.Linear(width, width)
        layers.append(linear)
        if kind == "He":
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            nn.init.zeros_(linear.bias)
        else:
            layers.append(norm(width))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.Linear(width, 10))


def accuracy(variant, lr, seed):
    """Train on standardized digits as the lesson does; return the test accuracy."""
    kind, depth, epochs, options, group = variant
    train, test = fbm.digits(seed=seed)
    mean, std = train.x.mean(), train.x.std()
    x, y = (train.x - mean) / std, train.y
    norm = nn.BatchNorm1d
    if group:
        norm = type("Grouped", (GroupedBatchNorm,), {"group": group})
        x, y = x[:1280], y[:1280]  # twenty full batches
    torch.manual_seed(seed)
    model = deep_net(kind, depth, norm=norm)
    if fbm.fit(model, x, y, epochs=epochs, lr=lr, schedule="cosine", diverging="stop", **options).diverged:
        return 0.1
    return fbm.evaluate(model, (test.x - mean) / std, test.y)


def at_its_rate(pair, seed):
    """Return the test accuracy of a variant at its rate."""
    return accuracy(*pair, seed)


def at_their_best(variants, rates, *, seeds=3, at_chance=()):
    """Choose a rate for each variant; return it, the test accuracies that it gives, and what it was chosen by."""
    tuned = fbm.tune(accuracy, variants, rates, seeds=seeds)
    edges = {name: lr for name, lr in tuned.items() if lr in (rates[0], rates[-1]) and name not in at_chance}
    if edges:
        raise ValueError(f"best at an end of the grid: {edges}: {tuned.scores}")
    pairs = {name: (variant, tuned[name]) for name, variant in variants.items()}
    measured = fbm.trials(at_its_rate, pairs, seeds=MEASURED)["value"]
    return {
        name: {
            "mean": measured.mean()[name],
            "lowest": min(measured[name]),
            "highest": max(measured[name]),
            "each": measured[name],
            "rate": tuned[name],
            "means for the rates": {str(lr): score for lr, score in tuned.scores[name].items()},
        }
        for name in variants
    }


if __name__ == "__main__":
    values = {}
    for key, (options, rates) in LONGER.items():
        values[key] = at_their_best({kind: (kind, 20, 16, options, None) for kind in KINDS}, rates)
    sixty = {kind: (kind, 60, 16, {}, None) for kind in KINDS}
    rates = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
    values["60 layers"] = at_their_best(sixty, rates, seeds=2, at_chance=("BatchNorm",))
    groups = {str(group): ("BatchNorm", 20, 6, SGD, group) for group in (64, 8, 2)}
    values["groups"] = at_their_best(groups, SGD_RATES, seeds=2, at_chance=("2",))
    print(json.dumps({"seeds": MEASURED, "values": values}))
