"""More calls on torch for tests/test_lift_operations.py: what third-party optimizers use, and what goes wrong in it.

A case is a function of a, b (2 by 3), v (3 positive elements), s (a float in (0, 1)) and t (an integer), as in
tests/lift_cases.py.  ADVERSARIAL holds aliasing, overlapping views, broadcasting, negative strides and mixed types.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from lift_cases import _each, _written

CURVES = {
    "remainders": lambda a, b, v, s, t: a.trunc() + torch.frac(b) + a.fix() + torch.round(a * 3) + torch.fmod(a, b)
        + torch.fmod(a, 0.7) + torch.div(a, b, rounding_mode="trunc") + torch.special.round(b),
    "ties": lambda a, b, v, s, t: torch.round(torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, 2.4])) + s,
    "signs": lambda a, b, v, s, t: torch.copysign(a, b) + a.copysign(-1.0) + torch.heaviside(a, v)
        + torch.heaviside(a - a, b) + a.signbit() + torch.hypot(a, b) + a.hypot(v),
    "close": lambda a, b, v, s, t: torch.isclose(a, b) * 1 + torch.isclose(a, a + 1e-9) * 2 + torch.isclose(a, b,
        rtol=s, atol=0.5) + torch.isposinf(a) + torch.isneginf(b),
    "hyperbolic": lambda a, b, v, s, t: a.sinh() + torch.cosh(b) + torch.asinh(a) + torch.acosh(v + 1.5)
        + torch.atanh(v / 9) + torch.arcsinh(b) + torch.arccosh(v + 2) + torch.arctanh(a / 9),
    "exponentials": lambda a, b, v, s, t: torch.logaddexp(a, b) + torch.ldexp(a, torch.tensor([1, 2, 3]))
        + torch.xlogy(v, v) + torch.special.xlog1py(v, v) + torch.logit(v / 9) + torch.logit(v, eps=0.2)
        + torch.special.xlogy(v - v, v) + torch.special.logit(v / 7),
    "special": lambda a, b, v, s, t: torch.special.expit(a) + torch.special.expm1(a) + torch.special.exp2(a)
        + torch.special.log1p(v) + torch.special.erf(a) + torch.special.erfc(b),
    "activations": lambda a, b, v, s, t: F.softplus(a) + F.softplus(a * 30) + F.softplus(a, beta=2.0) + F.logsigmoid(a)
        + F.silu(a) + F.mish(b) + F.elu(a) + F.elu(a, alpha=0.5) + F.celu(a) + F.leaky_relu(a) + F.leaky_relu(a, 0.25)
        + F.hardtanh(a) + F.relu6(a * 9) + F.threshold(a, 0.5, 0.25) + F.softsign(a) + F.hardshrink(a)
        + F.softshrink(a) + F.tanhshrink(a),
    "angles": lambda a, b, v, s, t: a.sin() + torch.cos(b) + torch.tan(a) + torch.atan(b) + a.atan2(b)
        + torch.atan2(-a, -b) + torch.arctan(a) + torch.arctan2(a, -b) + torch.asin(v / 9) + torch.acos(v / 9)
        + torch.arcsin(a / 9) + torch.arccos(a / 9) + torch.deg2rad(a) + torch.rad2deg(b) + torch.erf(a)
        + torch.erfc(b),
    "schedules": lambda a, b, v, s, t: a * (0.5 * (1 + math.cos(math.pi * t / 100))) + math.sin(s) + math.tanh(s)
        + math.hypot(s, 2.0) + math.copysign(s, -1.0) + math.atan2(s, 0.5) + math.sinh(s) + math.cosh(s) + math.erf(s)
        + math.atan(s) + math.fmod(t, 4) + math.degrees(s) + math.radians(t) + math.dist([s, 1.0], [0.0, 2.0])
        + math.log(t, 3) + math.cbrt(s),
}  # fmt: skip
REDUCTIONS = {
    "running": lambda a, b, v, s, t: a.cumsum(1) + torch.cumprod(a, 0) + torch.cummax(a, 1).values
        + torch.cummin(b, 0)[0],
    "winners": lambda a, b, v, s, t: a.max(dim=0).values + torch.max(b, 0)[0] + a.min(1, keepdim=True)[0]
        + torch.min(b, dim=0).values + torch.aminmax(a)[0] + torch.aminmax(b, dim=0).max,
    "moments": lambda a, b, v, s, t: torch.var_mean(a)[0] + torch.var_mean(a, 0)[1] + torch.std_mean(b)[0]
        + torch.std_mean(b, dim=1, keepdim=True)[1] + a.var(False) + a.std(True),
    "softmax": lambda a, b, v, s, t: a.softmax(1) + torch.log_softmax(b, 0) + torch.logsumexp(a, 1, keepdim=True)
        + a.logsumexp(0) + F.softmax(a, dim=0),
    "differences": lambda a, b, v, s, t: torch.diff(a, dim=0) + torch.diff(v, prepend=v[:1]) + (a > 0).count_nonzero()
        + a.count_nonzero(0),
    "tuples": lambda a, b, v, s, t: a.sum(dim=(-1, 0)) + a.mean((0, -1), keepdim=True) + a.norm(dim=(0, 1))
        + a.amax((0, 1)) + a.sum(-1, keepdim=True) + a.sum(dtype=torch.float64) + torch.sum(a, -2)
        + a.norm(p=2.0, dim=[0]) + torch.linalg.norm(a, dim=(0, 1)),
}  # fmt: skip
MATRICES = {
    "products": lambda a, b, v, s, t: torch.kron(v[:2], v)[:3] + torch.tensordot(a, b.T, 1).sum()
        + torch.tensordot(a, b, dims=([1], [1])).sum() + torch.linalg.vecdot(a, b).sum() + torch.linalg.cross(a, b)
        + F.linear(v, b, v[:2]).sum() + F.linear(a, v).sum() + torch.chain_matmul(a, b.T, a)
        + torch.linalg.multi_dot([a, b.T, a, b.T]).sum(),
    "powers": lambda a, b, v, s, t: torch.matrix_power(a @ b.T, 3) + torch.linalg.matrix_power(a[:, :2], -2)
        + torch.matrix_power(a @ b.T, 0) + torch.addbmm(a[:, :2], a[None], b.T[None], alpha=s),
    "inverses": lambda a, b, v, s, t: torch.linalg.inv(a[:, :2]) + torch.inverse(b[:, 1:]) + torch.det(a @ b.T)
        + torch.linalg.det(torch.diag(v) + 1) + torch.linalg.solve(a[:, :2], b[:, :2])
        + torch.linalg.cholesky(a @ a.T) + torch.cholesky(b @ b.T),
    "norms": lambda a, b, v, s, t: F.pairwise_distance(a, b)[:, None] + torch.renorm(a, 2, 0, 1.0)
        + torch.norm_except_dim(a, 2, 0),
    "orthogonal": lambda a, b, v, s, t: _newton_schulz(a / (a.norm() + 1e-7)),
}  # fmt: skip
SHAPES = {
    "copies": lambda a, b, v, s, t: (a.adjoint(), torch.alias_copy(a), torch.as_strided_copy(a, (2,), (3,)),
        torch.atleast_3d(v), torch.cartesian_prod(v, v), torch.combinations(v), a.conj(), torch.conj_physical(a),
        torch.detach_copy(a), torch.diagflat(v), torch.diagonal_copy(a), torch.dstack([v, v]),
        torch.expand_copy(v, (2, 3)), *torch.meshgrid(v, v[:2], indexing="ij"), torch.narrow_copy(a, 1, 0, 2),
        torch.permute_copy(a, (1, 0)), a.real, torch.real(a), a.resolve_conj(), a.resolve_neg(),
        torch.row_stack([v, v]), torch.select_copy(a, 0, 1), torch.slice_copy(a, 0, 0, 1), *torch.split_copy(v, 2),
        *torch.split_with_sizes_copy(v, [1, 2]), torch.squeeze_copy(v[None]), torch.t_copy(a),
        torch.transpose_copy(a, 0, 1), *torch.unbind_copy(a), torch.unfold_copy(v, 0, 2, 1),
        *torch.functional.split(v, 1), *torch.unsafe_split_with_sizes(v, [1, 2]), torch.unsqueeze_copy(v, 0),
        torch.view_copy(a, (3, 2)), F.pixel_shuffle(v[:, None, None][:1].expand(4, 1, 1), 2),
        F.pixel_unshuffle(a[None, :, :2], 2), F.channel_shuffle(a[None, :, :, None], 2), (a > 0).byte(),
        (a > 0).char(), a.new(2).copy_(v[:2]), a.new([0.5, 1.0]), a.new(v.size()).zero_(),
        a.new_empty_strided((2,), (1,)).fill_(s)),
    "in-place": lambda a, b, v, s, t: (v.clone().unsqueeze_(0), a.clone().t_(), a.clone().transpose_(0, 1).mul_(2),
        v[None].clone().squeeze_(), a.clone().detach_(), a.clone().swapaxes_(0, 1), a.clone().swapdims_(1, 0),
        a.clone().as_strided_((2,), (3,)).add_(s), a.clone().set_(b), torch.Tensor.__reversed__(a)[0]),
    "padded": lambda a, b, v, s, t: (F.pad(a, (1, 0)), F.pad(a, (0, 1, 1, 0), value=0.5),
        F.pad(v, (1, 1), "constant", 2.0), torch.constant_pad_nd(a, [1, 1], s)),
    "questions": lambda a, b, v, s, t: (float(torch.equal(a, a)), float(torch.equal(a, b)), float(torch.equal(a, v)),
        float(torch.allclose(a, b)), float(torch.allclose(a, a + 1e-12)), float(a.allclose(b, rtol=9.0)),
        float(0.3 in v), a[torch.nonzero(a > 0, as_tuple=True)], v[torch.where(v > 0.4)], v[(v > 0.4).argwhere()[:, 0]]),
}  # fmt: skip
PLACES = {
    "stored": lambda a, b, v, s, t: (a.index_copy(1, _index(0, 2), b[:, :2]), a.index_fill(1, _index(1), s),
        a.scatter(1, _index(0, 2)[None], b), a.scatter(0, _index(0, 1, 0)[None], 0.5),
        a.masked_scatter(a > 0, b), a.index_put((_index(0, 1), _index(1, 2)), v[:2]), a.put(_index(0, 4), v[:2]),
        torch.slice_scatter(a, b[:, :2], 1, 0, 2), torch.select_scatter(a, v, 0, 1),
        torch.diagonal_scatter(a, v[:2]), torch.as_strided_scatter(a, v[:2], (2,), (3,))),
    "written": _written(lambda x, b, v, s: x.index_copy_(0, _index(1), b[:1]), lambda x, b, v, s: x.index_fill_(0,
        _index(0), 2.0), lambda x, b, v, s: x.scatter_(1, _index(2, 0)[None], b), lambda x, b, v, s: x.masked_scatter_(
        x > 0, b), lambda x, b, v, s: x.index_put_((_index(1),), v), lambda x, b, v, s: x.put_(_index(1), v[:1]),
        lambda x, b, v, s: x.fill_diagonal_(s), lambda x, b, v, s: x.tril_(), lambda x, b, v, s: x.triu_(1),
        lambda x, b, v, s: x.T.index_copy_(0, _index(1), b.T[:1])),
    "added": lambda a, b, v, s, t: (a.index_add(0, _index(0, 0), b), a.clone().index_add_(1, _index(2, 1, 2), b, alpha=s),
        a.scatter_add(0, _index(0, 0, 1)[None], b), a.clone().scatter_add_(1, _index(1, 1)[None], b),
        a.index_put((_index(0, 0), _index(1, 1)), v[:2], accumulate=True),
        v.clone().index_put_((_index(1, 1),), v[:2], True)),
}  # fmt: skip
FOREACH = {
    "more": lambda a, b, v, s, t: sum((_each(n, [v / 9, a / 9]) for n in ("sin", "cos", "tan", "asin", "acos", "atan",
        "sinh", "cosh", "erf", "erfc", "trunc", "frac", "round")), ()) + tuple(torch._foreach_clone([a, b])),
    "norms": lambda a, b, v, s, t: tuple(torch._foreach_norm([a, b], float("inf"))) + tuple(torch._foreach_norm([a, b],
        ord=2, dtype=torch.float64)),
    "tensors": lambda a, b, v, s, t: _each("mul", [a, b], torch.tensor(s)) + _each("div", [a, b], v[0]) + _each("add",
        [a, b], v[1], alpha=2.0) + _each("lerp", [a, b], [b, a], weight=s) + _each("addcmul", [a, b], [b, a], [b, b],
        torch.tensor([s, 2.0])),
    "same-tensor": lambda a, b, v, s, t: _twice(a),
}  # fmt: skip
ADVERSARIAL = {
    "overlap": _written(lambda x, b, v, s: x.add_(x.T.T), lambda x, b, v, s: x[0].add_(x[1]).mul_(x[0]),
        lambda x, b, v, s: x[:, :2].add_(x[:, 1:].clone()), lambda x, b, v, s: x.copy_(x.flip(1)),
        lambda x, b, v, s: torch.add(x[0], x[1], out=x[1]), lambda x, b, v, s: x.t().copy_(b.t()).sub_(x.t())),
    "broadcast": lambda a, b, v, s, t: (a + v[0], a * v, v[:, None] * v, torch.where(a > 0, v, a[:, :1]),
        torch.lerp(a, v.expand(2, 3), s), torch.maximum(a, v), torch.addcmul(a, v, v[None]), a.clamp(min=v, max=v + 1),
        a[:, None] - b[None, :]),
    "negative-strides": lambda a, b, v, s, t: (a.flip(0, 1) - b, a.flip(1).T @ b, v.flip(0).cumsum(0), a.T.flip(0)[1:],
        a.rot90(2) * v.flip(0)),
    "strides": lambda a, b, v, s, t: (a.T.contiguous().view(-1), a.as_strided((2, 2), (1, 1)), a[:, ::2] * b[:, ::2],
        a.unfold(1, 2, 1).sum(-1), a.T.reshape(-1), a.expand(2, 2, 3).sum(0), torch.empty_like(a.T).copy_(b.T)),
    "types": lambda a, b, v, s, t: (torch.arange(3) * v, (a > 0) * v, torch.arange(3) / 2, torch.tensor(3) ** 2 * a,
        a + torch.tensor(2, dtype=torch.int32), (torch.arange(3) > 1).to(torch.float64) + v, torch.tensor([1, 2]) // 2,
        torch.where(a > 0, 1, 0) * s, torch.tensor(True) * a, torch.ones(3, dtype=torch.int64).sum() * v,
        a.new_tensor(3) * v, torch.tensor(2) * torch.tensor(0.5)),
    "empty": lambda a, b, v, s, t: (a[:0].sum() + s, a[:, :0].sum(1), torch.zeros(0).sum() + v, a[:0].prod() * s,
        torch.cat([v, v[:0]]), (a[:0] > 0).all() * s, (a[:0] > 0).any() * s),
    "einsums": lambda a, b, v, s, t: (torch.einsum("ij,ij->i", a, b), torch.einsum("ij->ji", a),
        torch.einsum("i,ij,j", v[:2], a, v), torch.einsum("...j,j->...", a, v), torch.einsum("ii", a @ b.T)),
    "numbers": lambda a, b, v, s, t: (max(a.max().item(), s), a.norm().item() ** 0.5, math.sqrt(a.square().sum()),
        sum(x.item() for x in v), min(v.tolist()), v.mean().item() / t, round(2.5) * s, divmod(7, 2)[0] * s,
        a.numel() * s, len(a) + s, a.shape[-1] * v.sum(), 10 ** (-s), pow(v[0].item(), s)),
}  # fmt: skip


def _index(*numbers):
    return torch.tensor(numbers)


def _newton_schulz(x):
    for _ in range(2):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x


def _twice(a):
    x = a.clone()
    torch._foreach_mul_([x, x], 2.0)
    torch._foreach_add_([x, x.view(-1)], [x, x.view(-1)])
    return (x,)


GROUPS = {
    "curves": CURVES, "reductions": REDUCTIONS, "matrices": MATRICES, "shapes": SHAPES, "places": PLACES,
    "foreach": FOREACH, "adversarial": ADVERSARIAL,
}  # fmt: skip
CASES = {f"wild/{group}/{name}": case for group, table in GROUPS.items() for name, case in table.items()}
