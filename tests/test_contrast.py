"""The C2L loss is the formula, its queue holds real keys of other pictures only."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from medhash_gui import contrast
from medhash_gui.contrast import Health, KeyQueue, Views


def unit(count: int, depth: int = 8, *, seed: int = 0) -> torch.Tensor:
    drawn = torch.randn(count, depth, generator=torch.Generator().manual_seed(seed))
    return nn.functional.normalize(drawn, dim=1)


def numpy_nce(query, key, others, temperature, passed_over) -> float:
    """The formula, one query at a time."""
    losses = []
    for at, (q, k) in enumerate(zip(query, key, strict=True)):
        right = np.exp(q @ k / temperature)
        wrong = sum(
            np.exp(q @ n / temperature)
            for j, n in enumerate(others)
            if j not in passed_over[at]
        )
        losses.append(-np.log(right / (right + wrong)))
    return float(np.mean(losses))


def filled(count: int, *, seed: int = 9) -> KeyQueue:
    queue = KeyQueue(count, 8)
    queue.write(unit(count, seed=seed), torch.arange(100, 100 + count))
    return queue


def test_info_nce_equals_the_formula() -> None:
    query, key, others = unit(5, seed=1), unit(5, seed=2), unit(7, seed=3)

    loss = contrast.info_nce(query, key, others, temperature=0.07)

    arrays = [x.double().numpy() for x in (query, key, others)]
    assert loss.item() == pytest.approx(numpy_nce(*arrays, 0.07, [()] * 5), rel=1e-5)


def test_c2l_loss_equals_the_formula() -> None:
    rng = np.random.default_rng(4)
    order = rng.permutation(5)
    rows = np.array([3, 101, 5, 103, 8])  # two of them have keys in the queue
    q, k, mixed_q, mixed_k = (unit(5, seed=s) for s in range(4))
    queue = filled(6)
    views = Views(
        q, k, mixed_q, mixed_k, 0.7, torch.from_numpy(order), torch.from_numpy(rows)
    )

    terms = contrast.c2l_terms(views, queue, temperature=0.2)

    others = queue.keys.double().numpy()
    key = k.double().numpy()
    between = 0.7 * key + 0.3 * key[order]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    own = [[row - 100] if row >= 100 else [] for row in rows]
    either = [own[at] + own[order[at]] for at in range(5)]
    tilde = mixed_q.double().numpy()
    wanted = {
        "plain": numpy_nce(q.double().numpy(), key, others, 0.2, own),
        "mixed": numpy_nce(tilde, mixed_k.double().numpy(), others, 0.2, either),
        "mixed keys": numpy_nce(tilde, between, others, 0.2, either),
    }
    assert {n: 3 * t.item() for n, t in terms.items()} == pytest.approx(
        wanted, rel=1e-5
    )


def test_keys_get_no_gradient() -> None:
    q, k, mixed_q, mixed_k = (unit(4, seed=s).requires_grad_() for s in range(4))
    views = Views(q, k, mixed_q, mixed_k, 0.6, torch.arange(4), torch.arange(4))

    torch.stack(
        list(contrast.c2l_terms(views, filled(5), temperature=0.1).values())
    ).sum().backward()

    assert k.grad is None
    assert mixed_k.grad is None
    assert q.grad is not None
    assert mixed_q.grad is not None


def test_a_picture_is_not_contrasted_with_its_own_earlier_key() -> None:
    query = unit(1)
    own = torch.tensor([[True, False]])
    others = torch.cat([query, unit(1, seed=5)])

    masked = contrast.info_nce(query, query, others, temperature=0.1, own=own)

    alone = contrast.info_nce(query, query, others[1:], temperature=0.1)
    assert masked.item() == pytest.approx(alone.item())


def test_pictures_and_keys_are_mixed_with_the_same_permutation() -> None:
    x = torch.arange(6.0).reshape(3, 2)
    order = torch.tensor([2, 0, 1])

    mixed = contrast.mix(x, 0.75, order)

    wanted = [[0.75 * a + 0.25 * b for a, b in zip(x[i], x[j], strict=True)]
              for i, j in enumerate(order)]  # fmt: skip
    assert mixed.tolist() == torch.tensor(wanted).tolist()


def test_the_queue_starts_empty_and_replaces_the_oldest() -> None:
    queue = KeyQueue(5, 8)
    assert len(queue) == 0
    keys = unit(9)

    for start in (0, 3, 6):
        queue.write(keys[start : start + 3], torch.arange(start, start + 3))

    # Nine written, the last five stay; places are those of a ring.
    assert queue.rows.tolist() == [5, 6, 7, 8, 4]
    assert torch.equal(queue.keys, keys[[5, 6, 7, 8, 4]])


def test_the_queue_shows_only_what_was_written() -> None:
    queue = KeyQueue(5, 8)

    queue.write(unit(2), torch.arange(2))

    assert queue.keys.norm(dim=1).tolist() == pytest.approx([1, 1])


def test_a_batch_larger_than_the_queue_leaves_its_last_keys() -> None:
    queue = KeyQueue(2, 8)

    queue.write(unit(5), torch.arange(5))

    assert queue.rows.tolist() == [3, 4]


def test_a_queue_taken_back_goes_on_at_the_same_place() -> None:
    queue, other = KeyQueue(5, 8), KeyQueue(5, 8)
    queue.write(unit(3), torch.arange(3))

    other.load(queue.state())
    for one in (queue, other):
        one.write(unit(4, seed=2), torch.arange(3, 7))

    assert torch.equal(queue.keys, other.keys)
    assert torch.equal(queue.rows, other.rows)


def test_the_teacher_moves_by_the_formula() -> None:
    teacher, student = nn.Linear(3, 2), nn.Linear(3, 2)
    before = teacher.weight.detach().clone()

    contrast.follow(teacher, student, 0.9)

    wanted = 0.9 * before + 0.1 * student.weight
    assert torch.allclose(teacher.weight, wanted, atol=1e-7)


def test_health_of_a_collapse_is_named_by_its_numbers() -> None:
    same = unit(1).repeat(20, 1)

    health = Health.of(same, same)

    assert health.spread == pytest.approx(0, abs=1e-6)
    assert health.mean_cosine == pytest.approx(1)
    assert health.uniformity == pytest.approx(0, abs=1e-6)


def test_health_equals_the_formulas() -> None:
    query, key = unit(6, seed=1), unit(6, seed=2)

    health = Health.of(query, key)

    q, k = query.double().numpy(), key.double().numpy()
    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    cosines = [q[i] @ q[j] for i, j in pairs]
    even = np.log(np.mean([np.exp(-2 * np.sum((q[i] - q[j]) ** 2)) for i, j in pairs]))
    found = np.mean([np.argmax(q[i] @ k.T) == i for i in range(6)])
    assert health.spread == pytest.approx(np.sqrt(q.var(axis=0).sum()))
    assert health.mean_cosine == pytest.approx(np.mean(cosines))
    assert health.alignment == pytest.approx(np.mean(np.sum((q - k) ** 2, axis=1)))
    assert health.uniformity == pytest.approx(even)
    assert health.found == pytest.approx(found)
