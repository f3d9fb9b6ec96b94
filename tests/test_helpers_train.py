"""Training: learns, repeats itself, says what is wrong."""

import copy
import math
from functools import partial

import pytest
import torch
from torch import nn

import fbm_helpers as fbm


def blobs(count=300, shape=(8,), classes=3):
    """Return points around one center for each class."""
    random = torch.Generator().manual_seed(0)
    y = torch.randint(classes, (count,), generator=random)
    centers = torch.randn(classes, *shape, generator=random)
    return centers[y] + 0.7 * torch.randn(count, *shape, generator=random), y


def network(width=8, classes=3):
    """Return a small classifier with dropout."""
    return nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, classes))


def picture_network():
    """Return a small convolutional classifier of 6 by 6 color images."""
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))


def test_fit_learns_and_leaves_the_model_on_the_cpu_in_evaluation_mode():
    fbm.reproducible(0)
    (x, y), model = blobs(), network()
    before = fbm.evaluate(model, x, y)
    history = fbm.fit(model, x, y, epochs=10, lr=3e-2)
    assert before < 0.6 and fbm.evaluate(model, x, y) > 0.9
    assert len(history.loss) == 10 * math.ceil(300 / 64) and history.loss[-1] < 0.5 * history.loss[0]
    assert not history.diverged
    assert not any(module.training for module in model.modules())
    assert {p.device.type for p in model.parameters()} == {"cpu"}


def test_the_same_seed_repeats_training_bit_for_bit_and_another_does_not():
    x, y = blobs(shape=(3, 6, 6))
    results = []
    for seed in (1, 1, 2):
        fbm.reproducible(seed)
        model = picture_network()
        losses = fbm.fit(model, x, y, epochs=2, lr=1e-2).loss
        results.append((losses, torch.cat([value.flatten().float() for value in model.state_dict().values()])))
    assert results[0][0] == results[1][0] and torch.equal(results[0][1], results[1][1])
    assert results[0][0] != results[2][0]


def test_every_step_is_taken_in_training_mode():
    (x, y), model = blobs(shape=(3, 6, 6)), picture_network().eval()
    history = fbm.fit(model, x, y, epochs=3, lr=1e-2)
    assert model[1].num_batches_tracked == len(history.loss) == 15


def rates(schedule):
    """Return the learning rate of every step."""
    seen, made = [], []

    def optimizer(parameters, lr):
        made.append(torch.optim.SGD(parameters, lr=lr))
        return made[0]

    def loss(output, y):
        seen.append(made[0].param_groups[0]["lr"])
        return nn.functional.cross_entropy(output, y)

    fbm.fit(network(), *blobs(), epochs=4, lr=0.1, optimizer=optimizer, schedule=schedule, loss=loss)
    return seen


def test_schedules_anneal_to_almost_nothing_and_constant_does_not():
    one_cycle, cosine, constant = map(rates, ("one-cycle", "cosine", "constant"))
    top = one_cycle.index(max(one_cycle))
    assert one_cycle[top] == pytest.approx(0.1, rel=0.01) and 0 < top < len(one_cycle) / 3
    assert one_cycle[: top + 1] == sorted(one_cycle[: top + 1]) and one_cycle[0] < 0.01
    assert one_cycle[top:] == sorted(one_cycle[top:], reverse=True) and one_cycle[-1] < 1e-4
    assert cosine[0] == 0.1 and cosine == sorted(cosine, reverse=True) and cosine[-1] < 2e-3
    assert set(constant) == {0.1}


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "constant"])
def test_groups_keep_the_ratio_of_their_rates(schedule):
    made = []

    def optimizer(parameters, lr):
        first, *others = parameters
        made.append(torch.optim.SGD([{"params": [first], "lr": lr / 10}, {"params": others, "lr": lr}]))
        return made[0]

    def loss(output, y):
        slow, fast = (group["lr"] for group in made[0].param_groups)
        assert slow == pytest.approx(fast / 10)
        return nn.functional.cross_entropy(output, y)

    fbm.fit(network(), *blobs(), epochs=3, lr=0.1, optimizer=optimizer, schedule=schedule, loss=loss)


@pytest.mark.parametrize("epochs", range(1, 8))
@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "constant"])
def test_a_run_of_a_few_steps_is_trained_too(schedule, epochs):
    (x, y), model = blobs(50), network()
    before = model[0].weight.clone()
    assert len(fbm.fit(model, x, y, epochs=epochs, lr=0.1, schedule=schedule).loss) == epochs
    assert (model[0].weight - before).abs().max() > 1e-3


def test_divergence_stops_training_with_step_rate_and_cure():
    fbm.reproducible(0)
    model = network()
    with pytest.raises(
        fbm.Diverged, match=r"the loss became (inf|nan) at step \d+ of 50 \(lr 1e\+20\): lower lr, scale"
    ):
        fbm.fit(model, *blobs(), epochs=10, lr=1e20, schedule="constant", optimizer=torch.optim.SGD)
    assert not model.training


def test_divergence_is_recorded_when_asked_for():
    fbm.reproducible(0)
    options = {"epochs": 10, "lr": 1e20, "schedule": "constant", "optimizer": torch.optim.SGD}
    history = fbm.fit(network(), *blobs(), **options, diverging="stop")
    assert history.diverged and not math.isfinite(history.loss[-1])
    assert len(history.loss) < 50 and all(map(math.isfinite, history.loss[:-1]))


def test_an_input_that_is_not_a_number_is_divergence_at_the_first_step():
    x, y = blobs()
    x[:] = math.nan
    with pytest.raises(fbm.Diverged, match="the loss became nan at step 1 of 5"):
        fbm.fit(network(), x, y, epochs=1, lr=0.1)


def test_fit_trains_other_targets_with_other_losses():
    fbm.reproducible(0)
    x = torch.randn(400, 3)
    model, target = nn.Linear(3, 2), x @ torch.randn(3, 2)
    assert fbm.fit(model, x, target, epochs=40, lr=0.1, loss=nn.functional.mse_loss).loss[-1] < 1e-3


def test_predict_computes_in_batches_what_one_batch_gives_in_evaluation_mode():
    model, (x, _) = network().train(), blobs(2100)
    whole = copy.deepcopy(model).eval()(x)
    assert torch.allclose(fbm.predict(model, x), whole, atol=1e-6)
    assert not model.training and not fbm.predict(model, x).requires_grad


def test_evaluate_is_the_share_of_right_answers():
    x = torch.eye(4)
    assert fbm.evaluate(nn.Identity(), x, torch.tensor([0, 1, 2, 0])) == 0.75


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"x": [[1.0]]}, TypeError, "x: expected a torch.Tensor, got list"),
        ({"y": [0]}, TypeError, "y: expected a torch.Tensor, got list"),
        (
            {"x": torch.zeros(6, 8, dtype=torch.uint8)},
            TypeError,
            "x: expected floating point, or int64 tokens, got torch.uint8; images",
        ),
        ({"y": torch.zeros(5, dtype=torch.int64)}, ValueError, "x and y: expected the same number .* got 6 and 5"),
        ({"x": torch.zeros(0, 8), "y": torch.zeros(0).long()}, ValueError, "at least one, got 0 and 0"),
        ({"y": torch.zeros(6)}, TypeError, r"y: expected int64 labels of shape \(N,\), got torch.float32"),
        ({"y": torch.zeros(6, 1).long()}, TypeError, r"y: expected int64 labels .* of shape \(6, 1\)"),
        (
            {"y": torch.full((6,), 3)},
            ValueError,
            "y: expected labels from 0 to 2, for the model has 3 outputs, got 3 to 3",
        ),
        ({"y": torch.full((6,), -1)}, ValueError, "y: expected labels from 0 to 2, .* got -1 to -1"),
        ({"schedule": "linear"}, ValueError, "schedule: expected 'one-cycle', 'cosine' or 'constant', got 'linear'"),
        ({"diverging": "ignore"}, ValueError, "diverging: expected 'raise' or 'stop', got 'ignore'"),
        ({"epochs": 0}, ValueError, "epochs: expected a whole number from 1 up, got 0"),
        ({"batch_size": 2.5}, ValueError, "batch_size: expected a whole number from 1 up, got 2.5"),
        ({"lr": -0.1}, ValueError, "lr: expected a number above 0, got -0.1"),
        ({"clip": 0}, ValueError, "clip: expected a number above 0, got 0"),
        ({"lr": math.nan}, ValueError, "lr: expected a number above 0, got nan"),
    ],
)
def test_fit_names_a_bad_argument_and_leaves_the_model_untouched(changed, error, message):
    model = network()
    before = copy.deepcopy(model.state_dict())
    good = {"x": torch.zeros(6, 8), "y": torch.zeros(6, dtype=torch.int64), "epochs": 1, "lr": 0.1}
    with pytest.raises(error, match=message):
        fbm.fit(model, **good | changed)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_evaluate_names_a_bad_argument():
    with pytest.raises(TypeError, match="x: expected floating point, or int64 tokens, got torch.int32"):
        fbm.evaluate(network(), torch.zeros(6, 8).int(), torch.zeros(6).long())


def test_tokens_are_inputs_too():
    torch.manual_seed(0)
    x = torch.arange(4).repeat(64)
    model = nn.Embedding(4, 3)
    fbm.fit(model, x, x % 3, epochs=20, lr=0.1)
    assert fbm.evaluate(model, x, x % 3) == 1.0


def test_clip_bounds_the_norm_of_all_gradients_together():
    steps = []

    class Recorder(torch.optim.SGD):
        def step(self, *arguments):
            gradients = [p.grad for group in self.param_groups for p in group["params"]]
            steps.append(torch.cat([g.flatten() for g in gradients]).norm().item())
            return super().step(*arguments)

    x, y = torch.randn(32, 8) * 100, torch.randint(3, (32,))
    for clip in (math.inf, 0.5):
        torch.manual_seed(0)
        fbm.fit(network(), x, y, epochs=2, lr=1e-6, optimizer=Recorder, clip=clip)
    assert min(steps[: len(steps) // 2]) > 1 and steps[len(steps) // 2 :] == pytest.approx([0.5] * (len(steps) // 2))


class Viewing(nn.Module):
    """A convolutional classifier that views its features instead of reshaping them."""

    def __init__(self):
        super().__init__()
        self.features, self.scores = nn.Conv2d(3, 4, 3), nn.Linear(64, 3)

    def forward(self, x):
        """Return scores."""
        features = self.features(x)
        return self.scores(features.view(len(x), -1))


@pytest.mark.parametrize("loss", [nn.functional.cross_entropy, lambda output, y: output.square().mean()])
def test_a_model_that_views_its_features_is_trained_evaluated_and_callable_afterwards(loss):
    (x, y), model = blobs(shape=(3, 6, 6)), Viewing()
    fbm.fit(model, x, y, epochs=2, lr=1e-2, loss=loss)
    assert 0 <= fbm.evaluate(model, x, y) <= 1
    assert torch.allclose(model(x), fbm.predict(model, x), atol=1e-5)


def test_images_are_trained_channels_last_where_the_model_bears_it():
    seen = []
    for model in (picture_network(), Viewing()):
        fbm.fit(model, *blobs(shape=(3, 6, 6)), epochs=1, lr=1e-2)
        seen.append(next(model.parameters()).is_contiguous(memory_format=torch.channels_last))
    assert seen == [True, False]


def test_what_has_four_axes_and_is_no_image_is_trained():
    x, y = blobs(shape=(1, 4, 4))
    volumes = nn.Sequential(nn.Unflatten(1, (1, 1)), nn.Conv3d(1, 2, (1, 3, 3)), nn.Flatten(), nn.Linear(8, 3))
    tokens = nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(32, 3))
    for model, given in ((volumes, x), (tokens, (x > 0).long())):
        assert len(fbm.fit(model, given, y, epochs=1, lr=1e-2).loss) == 5
        assert fbm.predict(model, given).shape == (300, 3)


class Noisy(nn.Module):
    """Adds noise, in evaluation mode too."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        """Mix the channels of an image and noise."""
        return self.mix(x + torch.randn_like(x))


def test_looking_at_the_model_first_draws_no_random_numbers():
    x, model = torch.zeros(8, 3, 2, 2), Noisy()
    torch.manual_seed(0)
    fbm.fit(model, x, x, epochs=1, lr=1e-2, loss=nn.functional.mse_loss)
    after = torch.rand(1)
    torch.manual_seed(0)
    torch.randperm(8)
    torch.randn_like(x.to(memory_format=torch.channels_last))
    assert after == torch.rand(1)


def test_a_model_in_double_precision_is_trained_on_doubles():
    (x, y), model = blobs(), network().double()
    fbm.fit(model, x.double(), y, epochs=1, lr=1e-2)
    assert fbm.predict(model, x.double()).dtype == torch.float64


def mean_square(output, y):
    """Return a loss as a reader writes it."""
    return ((output - y) ** 2).mean()


@pytest.mark.parametrize(
    ("model", "x", "changed", "message"),
    [
        (
            network(),
            torch.zeros(6, 8).double(),
            {},
            r"x: expected torch.float32, .* got torch.float64; x.to\(torch.float32",
        ),
        (network(), torch.zeros(6, 8).long(), {}, "x: expected torch.float32, .* got torch.int64"),
        (
            network().double(),
            torch.zeros(6, 8),
            {"loss": mean_square},
            "x: expected torch.float64, .* got torch.float32",
        ),
        (
            nn.Linear(8, 1),
            torch.zeros(6, 8),
            {"loss": nn.BCEWithLogitsLoss(), "y": torch.ones(6, 1).long()},
            "y: expected torch.float32, .* got torch.int64",
        ),
    ],
)
def test_another_dtype_than_the_models_is_told_with_its_cure_before_the_first_step(model, x, changed, message):
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(TypeError, match=message):
        fbm.fit(model, **{"x": x, "y": torch.zeros(6).long(), "epochs": 1, "lr": 0.1} | changed)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_batch_of_one_that_normalization_cannot_take_is_refused_before_anything_moves():
    x, y = blobs(33)
    model = nn.Sequential(nn.BatchNorm1d(8), nn.Linear(8, 3), nn.BatchNorm1d(3))
    for batch_size in (32, 1):
        with pytest.raises(
            ValueError, match=f"batch_size: expected one that leaves .* got {batch_size} for 33 samples"
        ):
            fbm.fit(model, x, y, epochs=1, lr=0.1, batch_size=batch_size)
        assert model[0].num_batches_tracked == 0 and model[0].running_mean.eq(0).all()
    assert len(fbm.fit(model, x, y, epochs=1, lr=0.1, batch_size=31).loss) == 2


def test_a_last_batch_of_one_image_is_trained_for_its_pixels_are_many():
    model = picture_network()
    assert len(fbm.fit(model, *blobs(33, (3, 6, 6)), epochs=1, lr=0.1, batch_size=32).loss) == 2
    assert model[1].num_batches_tracked == 2


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), partial(nn.functional.cross_entropy, label_smoothing=0.2)])
def test_each_form_of_cross_entropy_has_its_labels_checked(loss):
    (x, y), model = blobs(30), network()
    for labels in (y - 1, y + 1, y.int(), y[:, None], y.float()):
        with pytest.raises((TypeError, ValueError), match="y: expected"):
            fbm.fit(model, x, labels, epochs=1, lr=0.1, loss=loss)
    assert len(fbm.fit(model, x, y, epochs=1, lr=0.1, loss=loss).loss) == 1


def test_targets_of_cross_entropy_may_be_probabilities_or_an_image_of_labels_or_left_out():
    (x, y), options = blobs(30), {"epochs": 1, "lr": 0.1}
    ignoring = nn.CrossEntropyLoss(ignore_index=7)
    assert fbm.fit(network(), x, nn.functional.one_hot(y, 3).float(), **options).loss
    assert fbm.fit(nn.Conv2d(1, 3, 1), x.reshape(30, 1, 2, 4), y[:, None, None].expand(30, 2, 4), **options).loss
    assert fbm.fit(network(), x, y.where(y > 0, torch.tensor(7)), loss=ignoring, **options).loss
    with pytest.raises(ValueError, match="y: expected labels from 0 to 2, .* got 1 to 7"):
        fbm.fit(network(), x, y.where(y > 0, torch.tensor(7)), **options)


class Both(nn.Module):
    """Returns scores and what they were made of."""

    def __init__(self, kind):
        super().__init__()
        self.scores, self.kind = nn.Linear(8, 3), kind

    def forward(self, x):
        """Return two outputs in a container."""
        return self.kind({"scores": self.scores(x), "x": x}.items())


@pytest.mark.parametrize("kind", [tuple, dict])
def test_several_outputs_are_refused_by_name_unless_the_loss_takes_them(kind):
    (x, y), model, message = blobs(30), Both(kind), f"model: expected one tensor of outputs.* got a {kind.__name__}"
    for call in (partial(fbm.fit, epochs=1, lr=0.1), fbm.evaluate):
        with pytest.raises(TypeError, match=message):
            call(model, x, y)
    own = {"epochs": 1, "lr": 0.1, "loss": lambda outputs, y: nn.functional.cross_entropy(dict(outputs)["scores"], y)}
    assert fbm.fit(model, x, y, **own).loss


@pytest.mark.parametrize("model", [nn.Flatten(), nn.Linear(8, 3).requires_grad_(False)])
def test_a_model_with_nothing_to_train_is_refused(model):
    with pytest.raises(ValueError, match="model: expected parameters that require gradients, got none"):
        fbm.fit(model, *blobs(30), epochs=1, lr=0.1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"optimizer": torch.optim.SGD([torch.zeros(1)], lr=1)}, "optimizer: expected what makes one, got SGD; pass"),
        ({"optimizer": "sgd"}, "optimizer: expected what makes one, got str"),
        ({"optimizer": lambda parameters, lr: None}, "optimizer: .* got a maker of NoneType"),
        ({"loss": "l1"}, "loss: expected a function of outputs and targets, got str"),
        ({"loss": nn.L1Loss}, "loss: .* got the class L1Loss; call it first"),
        ({"loss": nn.CrossEntropyLoss(reduction="none")}, r"loss: expected one number .* got shape \(30,\)"),
        ({"loss": lambda output, y: 0.5}, "loss: expected one number .* got float"),
        ({"loss": lambda output, y: output.detach().mean()}, "loss: expected one that depends .* detached"),
        ({"lr": "0.1"}, "lr: expected a number above 0, got '0.1'"),
        ({"lr": math.inf}, "lr: expected a finite number, got inf"),
        ({"clip": None}, "clip: expected a number above 0, got None"),
        ({"model": network}, "model: expected a torch.nn.Module, got function"),
        ({"model": nn.ReLU}, "model: expected a torch.nn.Module, got the class ReLU; call it"),
        (
            {"model": nn.Sequential(nn.Linear(8, 1), nn.Flatten(0))},
            r"model: expected an output for each class, shape \(N, classes, ...\), got shape \('N',\)",
        ),
        ({"x": torch.tensor(1.0)}, "x: expected a tensor of samples, got a single number"),
    ],
)
def test_what_is_given_for_another_thing_is_named(changed, message):
    x, y = blobs(30)
    with pytest.raises((TypeError, ValueError), match=message):
        fbm.fit(**{"model": network(), "x": x, "y": y, "epochs": 1, "lr": 0.1} | changed)


def test_predict_and_evaluate_name_what_they_cannot_take():
    x, y = blobs(30)
    for call, message in (
        (partial(fbm.predict, network(), x.numpy()), "x: expected a torch.Tensor of samples, got ndarray"),
        (partial(fbm.predict, torch.relu, x), "model: expected a torch.nn.Module"),
        (partial(fbm.evaluate, nn.Flatten(0), x, y), "model: expected outputs of shape"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            call()
