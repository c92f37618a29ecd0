"""The losses equal their published form, and a plain loop over every pair."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from open_clip.loss import ClipLoss

from train.loss import clip_loss, target_loss
from train.targets import Targets, identity_targets, own_mass, same_condition, same_content, soften


def features(n: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(seed)
    pair = torch.randn(2, n, 8, generator=chance, dtype=dtype)
    images, texts = torch.nn.functional.normalize(pair, dim=-1)
    return images.requires_grad_(), texts.requires_grad_()


def loop_loss(images: torch.Tensor, texts: torch.Tensor, scale: float, targets: Targets) -> torch.Tensor:
    """The definition, pair by pair."""
    n = len(images)
    total = torch.zeros((), dtype=images.dtype)
    for anchors, others in ((images, texts), (texts, images)):
        for i in range(n):
            z = [scale * anchors[i] @ others[j] for j in range(n)]
            denominator = sum(targets.weight[i, j] * torch.exp(z[j]) for j in range(n))
            total = total + torch.log(torch.as_tensor(denominator)) - sum(targets.mass[i, j] * z[j] for j in range(n))
    return total / (2 * n)


@pytest.mark.parametrize("n", [2, 7, 64])
def test_clip_loss_is_open_clips_bit_for_bit(n: int) -> None:
    images, texts = features(n)
    scale = torch.tensor(14.3)
    assert torch.equal(clip_loss(images, texts, scale), ClipLoss()(images, texts, scale))


def test_clip_loss_has_open_clips_gradients_bit_for_bit() -> None:
    ours, theirs = features(16), features(16)
    scales = [torch.tensor(14.3, requires_grad=True) for _ in range(2)]
    clip_loss(*ours, scales[0]).backward()
    ClipLoss()(*theirs, scales[1]).backward()
    for one, other in zip((*ours, scales[0]), (*theirs, scales[1]), strict=True):
        assert torch.equal(one.grad, other.grad)  # type: ignore[arg-type]


def test_identity_targets_make_the_target_loss_clips() -> None:
    images, texts = features(16)
    scale = torch.tensor(14.3)
    expected = clip_loss(images, texts, scale)
    torch.testing.assert_close(target_loss(images, texts, scale, identity_targets(16)), expected)


@pytest.mark.parametrize(("share", "discount"), [(0.0, 0.0), (0.2, 0.9), (0.0, 1.0), (1.0, 0.0)])
def test_loss_and_gradients_equal_a_plain_loop(share: float, discount: float) -> None:
    conditions = torch.tensor([[1, 0], [1, 0], [0, 1], [0, 0], [1, 1]], dtype=torch.float64)
    content = same_content(torch.tensor([0, 1, 2, 3, 0]), torch.tensor([0, 1, 2, 2, 4])).double()
    targets = soften(content, same_condition(conditions), share=share, discount=discount)
    ours, plain = features(5, dtype=torch.float64), features(5, dtype=torch.float64)
    loss = target_loss(*ours, torch.tensor(5.0, dtype=torch.float64), targets)
    expected = loop_loss(*plain, 5.0, targets)
    loss.backward()
    expected.backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(ours[0].grad, plain[0].grad)
    torch.testing.assert_close(ours[1].grad, plain[1].grad)


def test_gradients_agree_with_finite_differences() -> None:
    conditions = torch.tensor([[1.0], [1.0], [0.0]], dtype=torch.float64)
    targets = soften(torch.eye(3, dtype=torch.float64), same_condition(conditions), share=0.2, discount=0.9)
    images, texts = features(3, dtype=torch.float64)
    scale = torch.tensor(5.0, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda i, t, s: target_loss(i, t, s, targets), (images, texts, scale))


def test_pairs_of_one_condition_are_not_pushed_apart() -> None:
    images, texts = features(3)
    conditions = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    targets = soften(torch.eye(3), same_condition(conditions), share=0.0, discount=1.0)
    logits = (5 * images @ texts.T).detach()
    by_image = [logits[i][targets.weight[i] > 0].logsumexp(0) - logits[i, i] for i in range(3)]
    by_text = [logits[:, i][targets.weight[:, i] > 0].logsumexp(0) - logits[i, i] for i in range(3)]
    expected = sum(by_image + by_text) / 6
    torch.testing.assert_close(target_loss(images, texts, torch.tensor(5.0), targets).detach(), expected)
    assert targets.weight[0, 1] == 0
    assert targets.weight[0, 2] == 1


def test_pairs_without_a_condition_have_clips_targets() -> None:
    conditions = torch.tensor([[1.0], [1.0], [0.0], [0.0]])
    targets = soften(torch.eye(4), same_condition(conditions), share=0.2, discount=0.9)
    assert torch.equal(targets.mass[2:], torch.eye(4)[2:])
    assert torch.equal(targets.weight[2:], torch.ones(2, 4))


def test_pairs_of_one_image_or_one_text_are_true_matches() -> None:
    content = same_content(torch.tensor([0, 0, 1, 2]), torch.tensor([0, 1, 2, 2]))
    targets = soften(content, torch.zeros(4, 4), share=0.2, discount=0.9)
    assert targets.mass[0].tolist() == [0.5, 0.5, 0, 0]
    assert targets.mass[2].tolist() == [0, 0, 0.5, 0.5]
    assert own_mass(targets, content) == 1


@pytest.mark.parametrize("conditions", [torch.ones(6, 1), torch.zeros(6, 0), torch.zeros(6, 3), torch.eye(6)])
@pytest.mark.parametrize(("share", "discount"), [(0.2, 0.9), (0.0, 1.0), (1.0, 0.5)])
def test_loss_is_finite_when_all_or_none_agree(conditions: torch.Tensor, share: float, discount: float) -> None:
    images, texts = features(6)
    targets = soften(torch.eye(6), same_condition(conditions), share=share, discount=discount)
    loss = target_loss(images, texts, torch.tensor(100.0), targets)
    loss.backward()
    assert math.isfinite(loss.item())
    assert torch.isfinite(images.grad).all()  # type: ignore[arg-type]
    assert torch.isfinite(texts.grad).all()  # type: ignore[arg-type]


@given(st.integers(2, 8), st.integers(1, 4), st.floats(0, 1), st.integers(0, 1000))
def test_each_row_of_the_targets_is_a_distribution(n: int, c: int, share: float, seed: int) -> None:
    chance = torch.Generator().manual_seed(seed)
    conditions = (torch.rand(n, c, generator=chance) < 0.4).float()
    targets = soften(torch.eye(n), same_condition(conditions), share=share, discount=0.9)
    torch.testing.assert_close(targets.mass.sum(1), torch.ones(n))
    assert (targets.mass >= 0).all()
    assert torch.equal(targets.weight.diagonal(), torch.ones(n))


@given(st.integers(0, 1000))
def test_the_order_of_the_pairs_does_not_matter(seed: int) -> None:
    images, texts = features(6)
    conditions = torch.tensor([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1], [0, 0]], dtype=torch.float32)
    order = torch.randperm(6, generator=torch.Generator().manual_seed(seed))

    def loss(place: torch.Tensor) -> torch.Tensor:
        targets = soften(torch.eye(6), same_condition(conditions[place]), share=0.2, discount=0.9)
        return target_loss(images[place], texts[place], torch.tensor(10.0), targets)

    torch.testing.assert_close(loss(order), loss(torch.arange(6)))
