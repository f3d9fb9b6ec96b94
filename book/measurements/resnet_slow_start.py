"""The plain and the residual net of ``training/resnet``, 34 layers each, with twelve times the steps, and with Adam.

There they get 32 steps of SGD with momentum. Here each gets, for each optimizer and number of steps, the best of a grid of rates,
chosen on another seed than the ones that are measured. Before an accuracy is taken, the averages of BatchNorm are measured anew on
the training images, as there: 32 steps are too few for running averages.
"""

import json
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import update_bn

import fbm_helpers as fbm

SGD = partial(torch.optim.SGD, momentum=0.9)
ADAM = partial(torch.optim.Adam, fused=True)
SGD_RATES, ADAM_RATES = (0.001, 0.006, 0.03, 0.2), (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
BUDGETS = {
    "SGD, 384 steps": (SGD, 24, SGD_RATES),
    "Adam, 32 steps": (ADAM, 2, ADAM_RATES),
}
SEEDS = {"measured": fbm.seeds(6)[:5], "for the rates": fbm.seeds(6)[5:]}


class Block(nn.Module):
    """Two convolutions with BatchNorm, with or without a way around."""

    def __init__(self, skip):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(12, 12, 3, padding=1, bias=False) for _ in range(2))
        self.bn1, self.bn2 = nn.BatchNorm2d(12), nn.BatchNorm2d(12)
        self.skip = skip

    def forward(self, x):
        """Return the block's output, of the shape of its input."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(x + y) if self.skip else F.relu(y)


def network(skip):
    """Return the lesson's 34 layers."""
    stem = [nn.Conv2d(1, 12, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU()]
    model = nn.Sequential(*stem, *[Block(skip) for _ in range(16)], nn.Flatten(), nn.Linear(192, 10))
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return model


def trained(variant, lr, seed):
    """Return the mean loss of the last eight steps, and the training accuracy."""
    skip, optimizer, epochs = variant
    train, _ = fbm.digits(seed=seed)
    x, y = ((train.x - train.x.mean()) / train.x.std())[:512], train.y[:512]
    torch.manual_seed(seed)
    model = network(skip)
    history = fbm.fit(model, x, y, epochs=epochs, lr=lr, batch_size=32, optimizer=optimizer)
    update_bn([x], model)
    return np.mean(history.loss[-8:]).item(), fbm.evaluate(model, x, y)


def loss(variant, lr, seed):
    """Return what a rate is chosen by."""
    return trained(variant, lr, seed)[0]


def accuracy(variant, seed):
    """Return the training accuracy at the chosen rate."""
    return trained(*variant, seed)[1]


def at_its_best(skip, optimizer, epochs, rates):
    """Choose a rate; return it, and the training accuracies that it gives."""
    arm = (skip, optimizer, epochs)
    tuned = fbm.tune(loss, {"net": arm}, rates, seeds=SEEDS["for the rates"], best=min)
    each = fbm.trials(accuracy, {"net": (arm, tuned["net"])}, seeds=SEEDS["measured"])["value"]["net"]
    spread = {"median": float(np.median(each)), "lowest": min(each), "highest": max(each)}
    scores = {str(rate): score for rate, score in tuned.scores["net"].items()}
    return spread | {"each": each, "rate": tuned["net"], "losses of the rates": scores}


if __name__ == "__main__":
    values = {
        name: {kind: at_its_best(skip, *budget) for kind, skip in (("plain", False), ("residual", True))}
        for name, budget in BUDGETS.items()
    }
    print(json.dumps({"seeds": SEEDS, "values": values}))
