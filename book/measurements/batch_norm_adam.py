"""He initialization against BatchNorm under AdamW, in the network and on the digits of ``training/batch_norm``.

There the optimizer is plain SGD. Here each of the two has, for each number of epochs, the best of six rates, chosen on other
seeds than the ones that are measured.
"""

import json

import torch
from torch import nn

import fbm_helpers as fbm

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
EPOCHS = (8, 16)
KINDS = ("He", "BatchNorm")
SEEDS = {"measured": fbm.seeds(8)[:5], "for the rates": fbm.seeds(8)[5:]}


def deep_net(kind, depth=20, width=64):
    """Return the lesson's twenty layers: with He initialization, or with BatchNorm and the default one."""
    layers = [nn.Flatten()]
    for _ in range(depth):
        linear = nn.Linear(width, width)
        layers.append(linear)
        if kind == "He":
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            nn.init.zeros_(linear.bias)
        else:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.Linear(width, 10))


def accuracy(variant, seed):
    """Train on standardized digits as the lesson does, but by AdamW; return the test accuracy."""
    kind, epochs, lr = variant
    train, test = fbm.digits(seed=seed)
    mean, std = train.x.mean(), train.x.std()
    torch.manual_seed(seed)
    model = deep_net(kind)
    x = (train.x - mean) / std
    if fbm.fit(model, x, train.y, epochs=epochs, lr=lr, schedule="cosine", diverging="stop").diverged:
        return 0.1
    return fbm.evaluate(model, (test.x - mean) / std, test.y)


def at_its_best(kind, epochs):
    """Choose a rate; return it, the test accuracies that it gives, and what it was chosen by."""
    grid = {str(lr): (kind, epochs, lr) for lr in RATES}
    tuned = fbm.trials(accuracy, grid, seeds=SEEDS["for the rates"])["value"].mean()
    best = max(tuned, key=tuned.get)
    if best in (str(RATES[0]), str(RATES[-1])):
        raise ValueError(f"{kind}, {epochs} epochs: the best of these rates is at an end of the grid: {tuned}")
    measured = fbm.trials(accuracy, {best: grid[best]}, seeds=SEEDS["measured"])["value"]
    return {"mean": measured.mean()[best], "each": measured[best], "rate": float(best), "means for the rates": tuned}


if __name__ == "__main__":
    values = {str(epochs): {kind: at_its_best(kind, epochs) for kind in KINDS} for epochs in EPOCHS}
    print(json.dumps({"seeds": SEEDS, "values": values}))
