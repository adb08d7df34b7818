"""The calls on torch that tests/test_lift_operations.py runs: a table of what the lifter must know.

A case is a function of a, b (2 by 3), v (3 positive elements), s (a float in (0, 1)) and t (an integer).
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F

from verify.lift.trace import Traced

ELEMENTWISE = {
    "add": lambda a, b, v, s, t: a + b + s + 2 + (3 + a) + torch.add(a, b, alpha=s) + a.add(2, alpha=3),
    "sub": lambda a, b, v, s, t: a - b - s - (2 - a) - torch.sub(a, b, alpha=2) - torch.rsub(a, s) - torch.rsub(a, b,
        alpha=s),
    "mul": lambda a, b, v, s, t: a * b * s * (2 * a) * torch.mul(a, v),
    "div": lambda a, b, v, s, t: a / b / s + 1 / a + torch.div(a, v) + a.true_divide(2.0) + torch.divide(s, a),
    "div-floor": lambda a, b, v, s, t: torch.div(a, b, rounding_mode="floor") + a // s + a % (v + 0.01)
        + torch.floor_divide(a, 0.37) + torch.remainder(a, b),
    "pow": lambda a, b, v, s, t: a**2 + v**s + v**0.5 + v**-0.5 + s**a + 2**a + torch.pow(v, b) + torch.pow(s, a)
        + v.pow(t) + a.float_power(2),
    "lerp": lambda a, b, v, s, t: a.lerp(b, s) + torch.lerp(a, b, 0.25) + a.lerp(b, v.expand(2, 3)) + torch.lerp(a, b,
        weight=s),
    "addcmul": lambda a, b, v, s, t: torch.addcmul(a, b, v, value=s) + a.addcmul(a, b) + a.addcmul(b, b, value=-0.5),
    "addcdiv": lambda a, b, v, s, t: torch.addcdiv(a, b, v, value=s) + a.addcdiv(b, v) + a.addcdiv(a, b, value=-s),
    "roots": lambda a, b, v, s, t: v.sqrt() + torch.rsqrt(v) + a.square() + v.reciprocal() + torch.sqrt(v * s)
        + a.abs().sqrt(),
    "signs": lambda a, b, v, s, t: a.abs() + abs(b) + -a + a.neg() + a.sign() + torch.sgn(b) + torch.absolute(a)
        + torch.negative(a) + +a + torch.positive(a),
    "exp-log": lambda a, b, v, s, t: a.exp() + v.log() + torch.expm1(a) + torch.log1p(v) + torch.log2(v)
        + torch.log10(v) + torch.exp2(a),
    "sigmoids": lambda a, b, v, s, t: torch.tanh(a) + torch.sigmoid(a) + torch.relu(a) + F.relu(b),
    "floor-ceil": lambda a, b, v, s, t: a.floor() + torch.ceil(b),
    "maximum": lambda a, b, v, s, t: torch.maximum(a, b) + torch.minimum(a, v) + torch.max(a, b) + torch.min(a, b)
        + torch.fmax(a, b) + torch.fmin(a, b),
    "clamp": lambda a, b, v, s, t: a.clamp(-s, s) + a.clamp(min=0.1) + torch.clip(b, max=1) + a.clamp_min(s)
        + a.clamp_max(0.5) + a.clamp(min=b) + a.clip(0, float("inf")),
    "where": lambda a, b, v, s, t: torch.where(a > b, a, b) + torch.where(a > s, a, 0.0) + a.where(a > 0, b)
        + torch.where(b < 1, s, v),
    "masked-fill": lambda a, b, v, s, t: a.masked_fill(a > s, 2.0) + b.masked_fill(b.le(1), s)
        + a.masked_fill(a.isnan(), 0),
    "comparisons": lambda a, b, v, s, t: (a > b) * 1 + (a >= s) * 2 + (a < 0) + (b <= 1) + a.eq(b) + (a != b)
        + torch.gt(a, v) + (s < a) + torch.less(a, b) + a.ne(0) + torch.greater_equal(a, b) + torch.less_equal(a, b)
        + torch.greater(a, b) + torch.not_equal(a, b) + a.lt(b) + a.le(b) + a.ge(b),
    "logic": lambda a, b, v, s, t: ((a > 0) & (b > 0)) * 1 + ((a > 0) | (b > 1)) * 2 + (~(a > 0)) * 4
        + torch.logical_not(a > b) + torch.logical_and(a > 0, b > 0) + torch.logical_or(a > 0, b > 0)
        + ((a > 0) ^ (b > 0)) * 8 + torch.logical_xor(a > 0, b > 1) + torch.bitwise_and(a > 0, b > 0)
        + torch.bitwise_or(a > 0, b > 0) + torch.bitwise_xor(a > 0, b > 0) + torch.bitwise_not(a > 0),
    "mask-arithmetic": lambda a, b, v, s, t: (a * b > 0).to(a.dtype) * a + (a > 0).double().mean() + (a > 0).sum()
        + a * (b > s) + torch.true_divide(a, (b > 0).sum()),
    "finite": lambda a, b, v, s, t: a.isfinite() * 1 + torch.isnan(a) + torch.isinf(a) + torch.nan_to_num(a),
    "older-order": lambda a, b, v, s, t: a.add(s, b) + a.clone().add_(1 - s, b) + a.clone().addcmul_(s, b, b)
        + torch.addcdiv(a, -s, b, v) + a.sub(s, b),
    "named": lambda a, b, v, s, t: torch.add(input=a, other=b) + torch.subtract(a, b) + torch.multiply(a, b)
        + torch.mul(input=a, other=s) + torch.pow(input=v, exponent=2),
}  # fmt: skip
REDUCTIONS = {
    "sum": lambda a, b, v, s, t: a.sum() + a.sum(0).sum() + torch.sum(a, dim=1, keepdim=True) + a.sum((0, 1))
        + torch.nansum(a),
    "mean": lambda a, b, v, s, t: a.mean() + a.mean(dim=0) + a.mean(1, keepdim=True) + a.mean((0, 1))
        + torch.nanmean(a),
    "moments": lambda a, b, v, s, t: a.var() + a.std() + a.var(0) + a.std(dim=1, keepdim=True) + torch.var(a,
        correction=0) + a.prod() + a.prod(0) + a.std(unbiased=False),
    "norm": lambda a, b, v, s, t: a.norm() + a.norm(2) + a.norm(p=1) + a.norm(2, 0) + a.norm(dim=1, keepdim=True)
        + torch.norm(a, p="fro") + a.norm(p=float("inf")) + a.norm(3),
    "linalg-norm": lambda a, b, v, s, t: torch.linalg.vector_norm(a) + torch.linalg.vector_norm(a, 1, dim=0)
        + torch.linalg.norm(a) + torch.linalg.norm(v, 2) + torch.linalg.matrix_norm(a) + torch.linalg.norm(v,
        ord=float("inf")) + torch.linalg.vector_norm(a, ord=2, dim=1, keepdim=True) + torch.dist(a, b),
    "extremes": lambda a, b, v, s, t: a.max() + a.min() + a.amax() + a.amin() + a.amax(1, keepdim=True)
        + torch.amin(a, dim=0) + torch.max(a),
    "any-all": lambda a, b, v, s, t: (a > 0).any() * 1 + (a > -9).all() * 2 + torch.any(a > 5) + (a > 0).any(dim=1,
        keepdim=True) + (a > 0).all(0),
    "products": lambda a, b, v, s, t: torch.dot(v, v) + v @ v + torch.vdot(v, v) + torch.inner(v, v) + (a @ v).sum()
        + a.mv(v).sum() + (a @ b.T) + a.mm(b.t()) + torch.matmul(a, b.mT),
    "addmm": lambda a, b, v, s, t: torch.addmm(a[:, :2], a, b.T, beta=0.5, alpha=s) + torch.addmv(a[:, 0], a, v)
        + torch.addr(a[:2, :2], v[:2], v[:2], alpha=2) + torch.bmm(a[None], b.T[None])[0]
        + torch.baddbmm(a[None, :, :2], a[None], b.T[None])[0],
    "outer": lambda a, b, v, s, t: torch.outer(v, v) + torch.ger(v, v) + torch.trace(a @ b.T)
        + torch.einsum("ij,ik->jk", a, b) + torch.einsum("i,i->", v, v) + a.cumsum(0).sum(),
    "cosine": lambda a, b, v, s, t: F.cosine_similarity(a, b) + torch.cosine_similarity(a, b, dim=1, eps=1.5)
        + F.cosine_similarity(a, b, dim=1, eps=s).abs_(),
    "cosine-whole": lambda a, b, v, s, t: F.cosine_similarity(a.view(1, -1), b.view(1, -1), dim=1, eps=1e-8)
        + F.normalize(a, dim=1) + F.normalize(v, dim=0, eps=3.0),
}  # fmt: skip
SHAPES = {
    "views": lambda a, b, v, s, t: (a.view(-1), a.view(3, 2), a.reshape(6), a.flatten(), a.ravel(), a.t(), a.T, a.mT,
        a.transpose(0, 1), a.permute(1, 0), a.swapaxes(0, 1), a.detach(), a.data, a.view_as(b), a.reshape_as(b),
        a.contiguous(), a.swapdims(0, 1), torch.moveaxis(a, 0, 1), a.movedim(0, 1), a.unflatten(1, (3, 1))),
    "dimensions": lambda a, b, v, s, t: (v.unsqueeze(0), v[None].squeeze(), v.unsqueeze(1).squeeze(-1),
        v.expand(2, 3), v.expand_as(a), torch.broadcast_to(v, (2, 3)), v.view(1, -1), torch.atleast_2d(v),
        torch.atleast_1d(v)),
    "parts": lambda a, b, v, s, t: (a.narrow(1, 0, 2), a[0], a[:, 1], a[..., 1:], a[1, 2], a[-1], a[None, 0],
        a.select(0, 1), a.diagonal(), torch.diag(v), torch.diag(a), a.T[1], torch.diag_embed(v), v.unfold(0, 2, 1),
        torch.as_strided(a, (2,), (3,))),
    "lists": lambda a, b, v, s, t: (*a.unbind(), *torch.split(v, 2), *a.chunk(3, dim=1),
        *a.split_with_sizes([1, 2], dim=1), *torch.tensor_split(v, 2), *torch.hsplit(v, 3), *torch.vsplit(a, 2),
        *list(a), *torch.unsafe_split(v, 2), *torch.unsafe_chunk(v, 2), *torch.dsplit(a[None], 3)),
    "joined": lambda a, b, v, s, t: (torch.cat([a, b]), torch.cat((a, v[None]), dim=0), torch.stack([a, b], dim=1),
        torch.hstack([v, v]), torch.vstack([a, v]), torch.concat([a, b], 1), torch.column_stack([v, v]),
        torch.concatenate([a, b]), torch.block_diag(a, b)[:2, :3], *torch.broadcast_tensors(a)),
    "indices": lambda a, b, v, s, t: (a[[0, 1], [2, 0]], v[torch.tensor([2, 0])], a[:, [True, False, True]],
        a.index_select(1, torch.tensor([0, 2])), a.gather(1, torch.tensor([[0], [2]])), a.take(torch.tensor([0, 5])),
        torch.take_along_dim(a, torch.tensor([[0], [2]]), 1)),
    "reordered": lambda a, b, v, s, t: (a.flip(0), v.roll(1), a.repeat(2, 1), torch.tile(v, (2,)), a.tril(),
        torch.triu(a), torch.rot90(a), v.repeat_interleave(2), torch.fliplr(a), torch.flipud(a)),
    "masks": lambda a, b, v, s, t: (a[a > 0], b.masked_select(b > 1), v[v > s]),
    "like": lambda a, b, v, s, t: (torch.zeros_like(a), torch.ones_like(a), torch.full_like(a, s), a.new_zeros(2),
        a.new_zeros((2, 2)), a.new_ones(3), a.new_full((2,), s), torch.full_like(a, 0.5),
        torch.empty_like(a).fill_(s), a.new_empty(2).zero_()),
    "factories": lambda a, b, v, s, t: (torch.zeros(2), torch.ones(2, 2), torch.full((2,), s),
        torch.tensor([1.0, s, t]), torch.tensor(s), torch.as_tensor(s), torch.tensor([[s, 2], [3, t]]), torch.eye(2),
        torch.arange(3), torch.linspace(0, 1, 3), torch.scalar_tensor(s), torch.asarray(0.25), a.new_tensor([0.5, s]),
        torch.empty(2).copy_(v[:2]), torch.empty_strided((2,), (1,)).zero_(), torch.tensor(0.1, dtype=torch.float64)),
    "casts": lambda a, b, v, s, t: (a.to(torch.float64), a.double(), a.clone(), a.type_as(b), a.type(torch.float64),
        a.cpu(), torch.clone(a), (a > 0).int(), (a > 0).long(), (a > 0).bool(), (a > 0).short(), a.to(b),
        a.clone().contiguous()),
    "numbers": lambda a, b, v, s, t: (v[0].item() * s, v.sum().item(), a.tolist()[1][2] + s, v.tolist()[0],
        float(v[0].item()) * 2, sum(v.tolist())),
    "copies": lambda a, b, v, s, t: (copy.deepcopy(a), a.add(0)),
}  # fmt: skip


def _written(*steps):
    """In-place calls on clones; the clones are the result."""

    def run(a, b, v, s, t):
        out = []
        for step in steps:
            x = a.clone()
            step(x, b, v, s)
            out.append(x)
        return tuple(out)

    return run


def _iadd(x, b, v, s):
    x += b
    x -= s
    x *= v
    x /= 3
    x **= 2


WRITES = {
    "arithmetic": _written(lambda x, b, v, s: x.add_(b, alpha=s).sub_(v).mul_(s).div_(v).neg_(), _iadd,
        lambda x, b, v, s: x.square_().add_(1).sqrt_().rsqrt_().reciprocal_(),
        lambda x, b, v, s: x.lerp_(b, s).addcmul_(b, b, value=s).addcdiv_(b, v, value=-s),
        lambda x, b, v, s: x.abs_().pow_(s).log_().exp_().clamp_(min=s).clamp_max_(1)),
    "stores": _written(lambda x, b, v, s: x.copy_(b), lambda x, b, v, s: x.zero_(), lambda x, b, v, s: x.fill_(s),
        lambda x, b, v, s: x.masked_fill_(x > 0, s), lambda x, b, v, s: x.copy_(v),
        lambda x, b, v, s: x.sign_().nan_to_num_(), lambda x, b, v, s: torch.nn.init.zeros_(x),
        lambda x, b, v, s: torch.nn.init.constant_(x, s)),
    "items": _written(lambda x, b, v, s: x.__setitem__(0, v), lambda x, b, v, s: x.__setitem__((slice(None), 1), s),
        lambda x, b, v, s: x.__setitem__((1, 2), 5), lambda x, b, v, s: x.__setitem__(x > 0, s),
        lambda x, b, v, s: x.__setitem__(x > b, x[x > b] * 2), lambda x, b, v, s: x.__setitem__(..., 0.1),
        lambda x, b, v, s: x.__setitem__([0, 1], b), lambda x, b, v, s: x.__setitem__(x.sum(1) > 9, 0)),
    "through-views": _written(lambda x, b, v, s: x.view(-1).mul_(s), lambda x, b, v, s: x.T.add_(b.T),
        lambda x, b, v, s: x[0].copy_(v), lambda x, b, v, s: x.data.mul_(2),
        lambda x, b, v, s: x.detach()[:, 1].zero_(), lambda x, b, v, s: x.unbind()[1].add_(s),
        lambda x, b, v, s: x.flatten().sub_(1), lambda x, b, v, s: x.narrow(1, 1, 2).mul_(b[:, 1:]),
        lambda x, b, v, s: x.diagonal().fill_(s), lambda x, b, v, s: x.chunk(3, 1)[2].sign_()),
    "out": _written(lambda x, b, v, s: torch.maximum(x, b, out=x), lambda x, b, v, s: torch.add(b, v, out=x),
        lambda x, b, v, s: torch.sqrt(v.expand(2, 3), out=x), lambda x, b, v, s: torch.mul(x, s, out=x)),
    "data": _written(lambda x, b, v, s: setattr(x, "data", b * s), lambda x, b, v, s: setattr(x, "data", x.data - b)),
}  # fmt: skip


def _each(name, *args, **kwargs):
    """An out-of-place `_foreach_` call and, on clones, its in-place form."""
    outcome = getattr(torch, f"_foreach_{name}")(*args, **kwargs)
    if hasattr(torch, f"_foreach_{name}_") and not isinstance(args[0], Traced | float):
        clones = [x.clone() for x in args[0]]
        getattr(torch, f"_foreach_{name}_")(clones, *args[1:], **kwargs)
        return (*outcome, *clones)
    return tuple(outcome)


def _store(name, a, b, *more):
    clones = [a.clone(), b.clone()]
    getattr(torch, f"_foreach_{name}_")(clones, *more)
    return tuple(clones)


UNARY = ("sqrt", "rsqrt", "neg", "abs", "sign", "reciprocal", "exp", "log", "floor", "ceil", "sigmoid", "tanh")
UNARY += ("expm1", "log1p", "log2", "log10")
FOREACH = {
    "add": lambda a, b, v, s, t: _each("add", [a, b], s) + _each("add", [a, b], [b, a], alpha=s) + _each("add",
        [a, b], [s, 0.5]) + _each("add", [a, b], v.sum()) + _each("add", [a, b], [b, a]),
    "sub": lambda a, b, v, s, t: _each("sub", [a, b], 2.0) + _each("sub", [a, b], [b, a], alpha=s) + _each("sub",
        [a, b], [s, s]),
    "mul-div": lambda a, b, v, s, t: _each("mul", [a, b], s) + _each("mul", [a, b], [v, v]) + _each("div", [a, b],
        [s, 2]) + _each("mul", [a, b], v.sum()) + _each("div", [a, b], v.mean()) + _each("div", [a, b], [v, v]),
    "lerp": lambda a, b, v, s, t: _each("lerp", [a, b], [b, a], s) + _each("lerp", [a, b], [b, a], [b, b])
        + _each("lerp", [a, b], [b, a], [s, 0.5]),
    "addcmul": lambda a, b, v, s, t: _each("addcmul", [a, b], [b, a], [b, b], s) + _each("addcmul", [a, b], [b, a],
        [b, b], [s, 1.5]) + _each("addcmul", [a, b], [b, a], [b, b], value=s) + _each("addcmul", [a, b], [b, a],
        [b, b], v[:2]),
    "addcdiv": lambda a, b, v, s, t: _each("addcdiv", [a, b], [b, a], [b, b], -s) + _each("addcdiv", [a, b], [b, a],
        [b, b], scalars=[s, 2.0]) + _each("addcdiv", [a, b], [b, a], [b, b]),
    "unary": lambda a, b, v, s, t: sum((_each(n, [v * 1, a.abs()]) for n in UNARY), ()),
    "pow": lambda a, b, v, s, t: _each("pow", [v, v], s) + _each("pow", [v, v], [2, s]) + _each("pow", [v, v], [v, v])
        + torch._foreach_pow(s, [a, b]) + torch._foreach_pow(2.0, [a, b]),
    "extremes": lambda a, b, v, s, t: _each("maximum", [a, b], [b, a]) + _each("minimum", [a, b], s)
        + _each("clamp_min", [a, b], [s, 1.0]) + _each("clamp_max", [a, b], 0.5) + _each("clamp_min", [a, b], [b, a]),
    "reductions": lambda a, b, v, s, t: tuple(torch._foreach_norm([a, b])) + tuple(torch._foreach_norm([a, b], 1))
        + tuple(torch._foreach_max([a, b])),
    "stores": lambda a, b, v, s, t: _store("copy", a, b, [b, a]) + _store("zero", a, b),
}  # fmt: skip
SCALARS = {
    "float": lambda a, b, v, s, t: (1 - s**t, (1 - s) ** 0.5, -s, +s, abs(-s), s / 2, 2 / s, 2**s, s // 0.1, 7 % s,
        s % 0.1, s * 3 - 1, 0.5 // s, *divmod(s, 0.1), *divmod(1, s), 0.5 - s, 3 + s, s * True),
    "int": lambda a, b, v, s, t: (t + 1, t * 2, t // 2, t % 3, t - 1, t / 2, t**2, 1 - t, -t, abs(t), int(t),
        float(t), round(t), 2**t, 0.5**t, t * s),
    "conversions": lambda a, b, v, s, t: (float(s), int(t), float(t) + s, int(t % 3), max(s, 0.2), min(s, 0.2),
        sum([s, s]), float("0.5") * s, int("3") * s),
    "comparisons": lambda a, b, v, s, t: (s > 0.1, s < t, 0.1 <= s, s == 0.35, s != 2, (s > 0.1) & (t > 3),
        (s > 0.1) | (t > 30), (t >= 7) * s, (t >= 7) + 1, s - (t > 3)),
}  # fmt: skip
GROUPS = {
    "elementwise": ELEMENTWISE, "reductions": REDUCTIONS, "shapes": SHAPES, "writes": WRITES, "foreach": FOREACH,
    "scalars": SCALARS,
}  # fmt: skip
CASES = {f"{group}/{name}": case for group, table in GROUPS.items() for name, case in table.items()}
