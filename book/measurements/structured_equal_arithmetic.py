"""What ``efficiency/structured_pruning`` leaves out: its small networks from scratch, with the multiply-adds that the cut ones took.

The networks, images, cuts and measured seeds are those of the lesson. A network that is cut has first been trained while it was
large. From scratch, the same shape gets as many whole epochs as fit into both stages of the cut one, by the multiply-adds of a
forward pass. Each arm has its own best rate, searched by `fbm.tune` on other seeds than those that are measured.
"""

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

import fbm_helpers as fbm

SEEDS = {"measured": fbm.seeds(9)[:5], "for the rates": fbm.seeds(9)[5:]}
EPOCHS = {"MLP": 6, "CNN": 3}  # while large, and as many after the cut
SIZES = {"MLP": ((300, 100), (38, 20)), "CNN": ((16, 32), (8, 16))}
LARGE_RATES = {"MLP": (0.006, 0.02, 0.06), "CNN": (0.005, 0.015, 0.045)}
RATES = (0.01, 0.02, 0.03, 0.05, 0.08, 0.16)
KINDS = ("cut by score", "from scratch")


def network(net, widths):
    """Return the lesson's MLP or CNN of these widths."""
    parts = []
    if net == "MLP":
        for inputs, outputs in pairwise([256, *widths]):
            parts += [nn.Linear(inputs, outputs), nn.ReLU()]
        return nn.Sequential(nn.Flatten(), *parts, nn.Linear(widths[-1], 10))
    for inputs, outputs in pairwise([1, *widths]):
        parts += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(widths[-1] * 16, 10))


@torch.no_grad()
def strongest(net, model):
    """Return which units or filters of the two hidden layers stay: those with the highest scores of the lesson."""
    if net == "MLP":
        first, second, last = model[1].weight, model[3].weight, model[5].weight
        pairs = ((first, second), (second, last))
        scores = [rows.pow(2).sum(1) * columns.pow(2).sum(0) for rows, columns in pairs]
    else:
        scores = [model[place].weight.abs().sum((1, 2, 3)) for place in (0, 4)]
    return [score.topk(count).indices.sort().values for score, count in zip(scores, SIZES[net][1], strict=True)]


@torch.no_grad()
def cut(net, model):
    """Return a network of the small size with what stays of a large one."""
    first, second = strongest(net, model)
    small = network(net, SIZES[net][1])
    if net == "MLP":
        rows = {1: first, 3: second, 5: torch.arange(10)}
        columns = {1: torch.arange(256), 3: first, 5: second}
    else:
        rows = {0: first, 1: first, 4: second, 5: second, 9: torch.arange(10)}
        columns = {0: torch.arange(1), 4: first, 9: (16 * second[:, None] + torch.arange(16)).flatten()}
    state = model.state_dict()
    for name, value in state.items():
        place = int(name.split(".")[0])
        if value.dim():  # else a count of batches
            state[name] = value[rows[place]]
        if value.dim() > 1:
            state[name] = state[name][:, columns[place]]
    small.load_state_dict(state)
    return small


def images(seed):
    """Return the lesson's images of a seed."""
    return fbm.images(1200, 1000, seed=seed)


def trained(model, epochs, lr, seed):
    """Train a model in place; return its test accuracy."""
    train, test = images(seed)
    fbm.fit(model, train.x, train.y, epochs=epochs, lr=lr)
    return fbm.evaluate(model, test.x, test.y)


def large_accuracy(net, lr, seed):
    """Return the test accuracy of a large network."""
    return trained(network(net, SIZES[net][0]), EPOCHS[net], lr, seed)


def keep_large(case, seed):
    """Train both large networks as the lesson does, one after the other, and keep them in a file."""
    folder, rates = case
    models = {net: network(net, SIZES[net][0]) for net in rates}
    reached = {net: trained(model, EPOCHS[net], rates[net], seed) for net, model in models.items()}
    torch.save(models, Path(folder, f"{seed}.pt"))
    return reached


def small_accuracy(arm, lr, seed):
    """Return the test accuracy of a small network: cut, or from scratch with as many multiply-adds in all."""
    folder, net, kind, epochs = arm
    models = torch.load(Path(folder, f"{seed}.pt"), weights_only=False)
    torch.manual_seed(seed + 500)  # other random numbers than while large
    if kind == "from scratch":
        return trained(network(net, SIZES[net][1]), epochs, lr, seed)
    small = cut(net, models[net])
    torch.manual_seed(seed + 500)  # making it drew some
    return trained(small, EPOCHS[net], lr, seed)


def at_its_rate(pair, seed):
    """Return the test accuracy of an arm at its rate."""
    return small_accuracy(*pair, seed)


def longer(net):
    """Return the epochs from scratch that take no more multiply-adds than both stages of the cut network."""
    image = torch.zeros(1, 1, 16, 16)
    large, small = (fbm.costs.multiply_adds(network(net, widths), image) for widths in SIZES[net])
    return EPOCHS[net] * (large + small) // small


def main(folder):
    """Return what is measured."""
    rates = fbm.tune(large_accuracy, list(SIZES), LARGE_RATES, seeds=SEEDS["for the rates"])
    fbm.trials(keep_large, {"large": (folder, dict(rates.items()))}, seeds=fbm.seeds(9))
    arms = {f"{net}, {kind}": (folder, net, kind, longer(net)) for net in SIZES for kind in KINDS}
    tuned = fbm.tune(small_accuracy, arms, RATES, seeds=SEEDS["for the rates"])
    edges = {name: rate for name, rate in tuned.items() if rate in (RATES[0], RATES[-1])}
    if edges:
        raise ValueError(f"best at an end of the grid: {edges}: {tuned.scores}")
    pairs = {name: (arm, tuned[name]) for name, arm in arms.items()}
    measured = fbm.trials(at_its_rate, pairs, seeds=SEEDS["measured"])["value"]
    values = {}
    for net in SIZES:
        values[net] = {"epochs": longer(net), "rate while large": rates[net]}
        for kind in KINDS:
            name = f"{net}, {kind}"
            scores = {str(rate): score for rate, score in tuned.scores[name].items()}
            each = {"mean": float(np.mean(measured[name])), "each": measured[name]}
            values[net][kind] = each | {"rate": tuned[name], "means for the rates": scores}
        gaps = np.subtract(*(measured[f"{net}, {kind}"] for kind in KINDS))
        values[net] |= {"cut ahead": int((gaps > 0).sum()), "from scratch ahead": int((gaps < 0).sum())}
    return values


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({"seeds": SEEDS, "values": main(folder)}))
