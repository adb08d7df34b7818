"""Right optimizers of the other rules, rearranged."""

import math

import torch
from torch.optim import Optimizer


class Each(Optimizer):
    """Hyperparameters by keyword; `update` takes the group as a namespace of its numbers."""

    def __init__(self, params, **numbers):
        super().__init__(params, numbers)

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, p.grad, self.state[p], group)


class SGDByCopy(Each):
    rule = "sgd"

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr=lr)

    def update(self, p, g, s, h):
        p.copy_(torch.lerp(p, p - g, h["lr"]))


class Momentum(Each):
    rule = "momentum"

    def __init__(self, params, lr=0.1, momentum=0.9):
        super().__init__(params, lr=lr, momentum=momentum)


class MomentumNegated(Momentum):
    def update(self, p, g, s, h):
        s["b"] = h["momentum"] * s.get("b", 0) - g
        p.add_(s["b"], alpha=h["lr"])


class MomentumAverage(Momentum):
    """The average is kept, the step is larger by 1 / (1 - momentum)."""

    def update(self, p, g, s, h):
        mu = h["momentum"]
        s["b"] = torch.lerp(s.get("b", torch.zeros_like(p)), g, 1 - mu)
        p.sub_(h["lr"] / (1 - mu) * s["b"])


class MomentumAhead(Momentum):
    """The buffer already holds its decay."""

    def update(self, p, g, s, h):
        b = s.setdefault("b", torch.zeros_like(p))
        b.add_(g)
        p.add_(b, alpha=-h["lr"])
        b.mul_(h["momentum"])


class MomentumFirst(Momentum):
    """The first gradient is cloned, later ones are added."""

    def update(self, p, g, s, h):
        if "b" not in s:
            s["b"] = g.clone().detach()
        else:
            s["b"].mul_(h["momentum"]).add_(g)
        p.add_(-h["lr"] * s["b"])


class MomentumByCorrection(Momentum):
    """Keeps the corrected average of the buffer."""

    def update(self, p, g, s, h):
        mu, t = h["momentum"], s.get("t", 0) + 1
        b = s.get("b", torch.zeros_like(p)) * ((1 - mu ** (t - 1)) / (1 - mu))
        b = mu * b + g
        s["t"], s["b"] = t, b * (1 - mu) / (1 - mu**t)
        p.sub_(b * h["lr"])


class Nesterov(Momentum):
    rule = "nesterov"

    def update(self, p, g, s, h):
        mu = h["momentum"]
        old = s.get("b", torch.zeros_like(p))
        s["b"] = mu * old + g
        p.sub_(h["lr"] * (mu * mu * old + (1 + mu) * g))


class NesterovScaled(Momentum):
    """The buffer is kept times the momentum, as the look-ahead needs it."""

    rule = "nesterov"

    def update(self, p, g, s, h):
        mu = h["momentum"]
        s["ahead"] = mu * (s.get("ahead", 0) + g)
        p.sub_((g + s["ahead"]) * h["lr"])


class NesterovOfTorch(torch.optim.SGD):
    """Calls torch's own step."""

    rule = "nesterov"

    def __init__(self, params, lr=0.1, momentum=0.9):
        super().__init__(params, lr=lr, momentum=momentum, nesterov=True)


class Adagrad(Each):
    rule = "adagrad"

    def __init__(self, params, lr=0.01, eps=1e-10):
        super().__init__(params, lr=lr, eps=eps)

    def update(self, p, g, s, h):
        s["root"] = torch.hypot(s.get("root", torch.zeros_like(p)), g)
        p.addcdiv_(g, s["root"] + h["eps"], value=-h["lr"])


class AdagradMean(Adagrad):
    """Keeps the mean of the squares, and the count."""

    def update(self, p, g, s, h):
        s["t"] = s.get("t", 0) + 1
        mean = s.get("mean", torch.zeros_like(p))
        s["mean"] = mean + (g * g - mean) / s["t"]
        p -= h["lr"] * g / ((s["mean"] * s["t"]).sqrt() + h["eps"])


class AdagradRootMean(Adagrad):
    """lr / sqrt(t) times g over the root of the mean of squares."""

    def update(self, p, g, s, h):
        s["t"] = t = s.get("t", 0.0) + 1.0
        s["rms"] = (((t - 1) * s.get("rms", torch.zeros_like(p)) ** 2 + g**2) / t).sqrt()
        p -= h["lr"] / math.sqrt(t) * g / (s["rms"] + h["eps"] / math.sqrt(t))


class RMSprop(Each):
    rule = "rmsprop"

    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr=lr, alpha=alpha, eps=eps)

    def update(self, p, g, s, h):
        s["v"] = h["alpha"] * s.get("v", torch.zeros_like(p)) + g.square()
        scale = math.sqrt(1 - h["alpha"])
        p.sub_(h["lr"] / scale * g / (s["v"].sqrt() + h["eps"] / scale))


class RMSpropRooted(RMSprop):
    def update(self, p, g, s, h):
        a = h["alpha"]
        s["rms"] = (a * s.get("rms", torch.zeros_like(p)) ** 2 + (1 - a) * g**2) ** 0.5
        p.sub_(h["lr"] * g / (s["rms"] + h["eps"]))


class RMSpropDenominator(RMSprop):
    """Keeps sqrt(v) + eps."""

    def update(self, p, g, s, h):
        a, eps = h["alpha"], h["eps"]
        v = (s["d"] - eps).square() if "d" in s else torch.zeros_like(p)
        s["d"] = (a * v + (1 - a) * g**2).sqrt() + eps
        p.sub_(h["lr"] * g / s["d"])


class Adadelta(Each):
    rule = "adadelta"

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6):
        super().__init__(params, lr=lr, rho=rho, eps=eps)

    def update(self, p, g, s, h):
        """Both averages are kept with eps added."""
        rho, eps = h["rho"], h["eps"]
        if not s:
            s["v"], s["u"] = torch.full_like(p, eps), torch.full_like(p, eps)
        s["v"] = rho * (s["v"] - eps) + (1 - rho) * g * g + eps
        d = (s["u"] / s["v"]).sqrt() * g
        s["u"] = rho * (s["u"] - eps) + (1 - rho) * d * d + eps
        p.sub_(d, alpha=h["lr"])


class AdadeltaSums(Adadelta):
    """Sums in place of averages: the common factor leaves the quotient."""

    def update(self, p, g, s, h):
        rho, eps = h["rho"], h["eps"] / (1 - h["rho"])
        v, u = s.get("v", torch.zeros_like(p)), s.get("u", torch.zeros_like(p))
        s["v"] = rho * v + g * g
        d = torch.sqrt(u + eps) * torch.rsqrt(s["v"] + eps) * g
        s["u"] = torch.addcmul(rho * u, d, d)
        p.sub_(h["lr"] * d)


class AdadeltaRooted(Adadelta):
    """Keeps the roots RMS[g] and RMS[dx], eps inside them, as the paper writes them."""

    def update(self, p, g, s, h):
        rho, eps = h["rho"], h["eps"]
        if not s:
            s["rms_g"], s["rms_d"] = (torch.full_like(p, 1.0) * math.sqrt(eps) for _ in range(2))
        s["rms_g"] = (rho * (s["rms_g"] ** 2 - eps) + (1 - rho) * g**2 + eps).sqrt()
        d = s["rms_d"] / s["rms_g"] * g
        s["rms_d"] = (rho * (s["rms_d"] ** 2 - eps) + (1 - rho) * d**2 + eps).sqrt()
        p.sub_(h["lr"] * d)


class AdamW(Each):
    rule = "adamw"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, p, g, s, h):
        """One step size with both corrections in it; decay in the same subtraction."""
        (b1, b2), lr, eps = h["betas"], h["lr"], h["eps"]
        t = s["step"] = s.get("step", 0) + 1
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + (1 - b1) * g
        s["v"] = b2 * s.get("v", torch.zeros_like(p)) + (1 - b2) * g * g
        root = math.sqrt(1 - b2**t)
        size = lr * root / (1 - b1**t)
        p.sub_(size * s["m"] / (s["v"].sqrt() + eps * root) + lr * h["weight_decay"] * p)


class AdamWStacked(AdamW):
    def update(self, p, g, s, h):
        (b1, b2), lr, eps = h["betas"], h["lr"], h["eps"]
        if not s:
            s["mv"], s["powers"] = torch.zeros(2, p.numel(), dtype=p.dtype), torch.ones(2, dtype=p.dtype)
        g = g.flatten()
        weights = torch.stack([torch.as_tensor(b1, dtype=p.dtype), torch.as_tensor(b2, dtype=p.dtype)])
        s["mv"] = s["mv"] * weights[:, None] + (1 - weights)[:, None] * torch.stack([g, g * g])
        s["powers"] = s["powers"] * weights
        m, v = s["mv"] / (1 - s["powers"])[:, None]
        p.mul_(1 - lr * h["weight_decay"])
        p.sub_((lr * m / (v.sqrt() + eps)).reshape(p.shape))


class Adamax(Each):
    rule = "adamax"

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999)):
        super().__init__(params, lr=lr, betas=betas)

    def update(self, p, g, s, h):
        """The largest size is kept as the smallest of the negated ones."""
        b1, b2 = h["betas"]
        t = s["t"] = s.get("t", 0) + 1
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + (1 - b1) * g
        s["u"] = torch.minimum(b2 * s.get("u", torch.zeros_like(p)), -g.abs())
        p.add_(s["m"] / s["u"], alpha=h["lr"] / (1 - b1**t))


class AdamaxSquared(Adamax):
    """Keeps u^2, the largest faded square."""

    def update(self, p, g, s, h):
        b1, b2 = h["betas"]
        t = s["t"] = s.get("t", 0) + 1
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + g
        s["u"] = torch.maximum(b2**2 * s.get("u", torch.zeros_like(p)), g * g)
        p.sub_(h["lr"] * (1 - b1) / (1 - b1**t) * s["m"] / s["u"].sqrt())


class NAdam(Each):
    rule = "nadam"

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3):
        super().__init__(params, lr=lr, betas=betas, eps=eps, momentum_decay=momentum_decay)

    def update(self, p, g, s, h):
        """The product of the momenta is a Python float; the sums go without 1 - beta."""
        (b1, b2), eps = h["betas"], h["eps"]
        t = s["t"] = s.get("t", 0) + 1
        mu = b1 * (1 - 0.5 * 0.96 ** (t * h["momentum_decay"]))
        ahead = b1 * (1 - 0.5 * 0.96 ** ((t + 1) * h["momentum_decay"]))
        s["product"] = s.get("product", 1.0) * mu
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + g
        s["v"] = b2 * s.get("v", torch.zeros_like(p)) + g * g
        root = ((1 - b2) * s["v"] / (1 - b2**t)).sqrt() + eps
        first = (1 - mu) / (1 - s["product"]) * g
        second = ahead * (1 - b1) / (1 - s["product"] * ahead) * s["m"]
        p.sub_(h["lr"] * (first + second) / root)


class NAdamCarried(NAdam):
    """Carries the next momentum over to the next step, and 1 minus the product."""

    def update(self, p, g, s, h):
        (b1, b2), eps, psi = h["betas"], h["eps"], h["momentum_decay"]
        t = s["t"] = s.get("t", 0) + 1
        mu = s.get("mu", b1 * (1 - 0.5 * 0.96**psi))
        s["mu"] = ahead = b1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
        s["rest"] = 1 - (1 - s.get("rest", 0.0)) * mu
        s["m"] = torch.lerp(s.get("m", torch.zeros_like(p)), g, 1 - b1)
        s["v"] = torch.lerp(s.get("v", torch.zeros_like(p)), g * g, 1 - b2)
        step = (1 - mu) / s["rest"] * g + ahead / (1 - (1 - s["rest"]) * ahead) * s["m"]
        p.sub_(h["lr"] * step / ((s["v"] / (1 - b2**t)).sqrt() + eps))


class AMSGrad(Each):
    rule = "amsgrad"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def update(self, p, g, s, h):
        """The largest root is kept, and the average as a sum."""
        b1, b2 = h["betas"]
        zero = torch.zeros_like(p)
        s["m"] = b1 * s.get("m", zero) + (1 - b1) * g
        s["v"] = b2 * s.get("v", zero) + g.pow(2)
        s["root"] = torch.maximum(s.get("root", zero), s["v"].sqrt())
        p.sub_(h["lr"] * s["m"] / (math.sqrt(1 - b2) * s["root"] + h["eps"]))


class AMSGradNegated(AMSGrad):
    """The maximum as minus a minimum, by where."""

    def update(self, p, g, s, h):
        b1, b2 = h["betas"]
        zero = torch.zeros_like(p)
        s["m"] = b1 * s.get("m", zero) - (1 - b1) * g
        s["v"] = b2 * s.get("v", zero) - (1 - b2) * g.pow(2)
        low = s.get("low", zero)
        s["low"] = torch.where(s["v"] < low, s["v"], low)
        p.add_(h["lr"] * s["m"] / ((-s["low"]).sqrt() + h["eps"]))


class RAdam(Each):
    rule = "radam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999)):
        super().__init__(params, lr=lr, betas=betas)

    def update(self, p, g, s, h):
        """The variance's tractability is a Python branch; sums in place of averages."""
        b1, b2 = h["betas"]
        t = s["t"] = s.get("t", 0) + 1
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + g
        s["v"] = b2 * s.get("v", torch.zeros_like(p)) + g * g
        m = s["m"] * (1 - b1) / (1 - b1**t)
        longest = 2 / (1 - b2) - 1
        s["rho"] = rho = longest - 2 * t * b2**t / (1 - b2**t)
        if rho > 4:
            r = math.sqrt((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho))
            m = r * m * math.sqrt((1 - b2**t) / (1 - b2)) / s["v"].sqrt()
        p.sub_(h["lr"] * m)


class AdamP(Each):
    rule = "adamp"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, delta=0.1):
        super().__init__(params, lr=lr, betas=betas, eps=eps, delta=delta)

    def update(self, p, g, s, h):
        """Sums; the projection by dot products of the flat tensors, chosen by where."""
        b1, b2 = h["betas"]
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + g
        s["v"] = b2 * s.get("v", torch.zeros_like(p)) + g * g
        q = (1 - b1) * s["m"] / (math.sqrt(1 - b2) * s["v"].sqrt() + h["eps"])
        x, f = p.flatten(), g.flatten()
        cosine = torch.abs(x @ f) / (torch.linalg.vector_norm(x) * torch.linalg.vector_norm(f))
        projected = q - p * (x @ q.flatten()) / (x @ x)
        p.sub_(h["lr"] * torch.where(cosine < h["delta"] / math.sqrt(p.numel()), projected, q))


class Lion(Each):
    rule = "lion"

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay)

    def update(self, p, g, s, h):
        """A sum in place of the average: its sign is the same."""
        b1, b2 = h["betas"]
        m = s.get("m", torch.zeros_like(p))
        c = b1 * (1 - b2) * m + (1 - b1) * g
        p.mul_(1 - h["lr"] * h["weight_decay"]).sub_(torch.sign(c), alpha=h["lr"])
        s["m"] = b2 * m + g


class LionByWhere(Lion):
    def update(self, p, g, s, h):
        b1, b2 = h["betas"]
        m = s.get("m", torch.zeros_like(p))
        c = torch.lerp(g, m, b1)
        sign = torch.where(c > 0, 1.0, torch.where(c < 0, -1.0, 0.0))
        p.copy_(p - h["lr"] * (sign + h["weight_decay"] * p))
        s["m"] = -torch.lerp(-g, -m, b2)


class AdaBelief(Each):
    rule = "adabelief"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-16):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def update(self, p, g, s, h):
        """Keeps the sum of the weighted eps apart: s = belief + eps (1 - beta2^t) / (1 - beta2)."""
        (b1, b2), eps = h["betas"], h["eps"]
        t = s["t"] = s.get("t", 0) + 1
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + (1 - b1) * g
        s["belief"] = b2 * s.get("belief", torch.zeros_like(p)) + (1 - b2) * (g - s["m"]) ** 2
        spread = s["belief"] / (1 - b2**t) + eps / (1 - b2)
        p.sub_(h["lr"] * s["m"] / (1 - b1**t) / (spread.sqrt() + eps))


class Yogi(Each):
    rule = "yogi"

    def __init__(self, params, lr=1e-2, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def update(self, p, g, s, h):
        b1, b2 = h["betas"]
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + g
        v = s.get("v", torch.zeros_like(p))
        s["v"] = v + (1 - b2) * torch.sign(g * g - v) * (g * g)
        p.sub_(h["lr"] * (1 - b1) * s["m"] / (s["v"].sqrt() + h["eps"]))


class Lamb(Each):
    rule = "lamb"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, p, g, s, h):
        b1, b2 = h["betas"]
        t = s["t"] = s.get("t", 0) + 1
        s["m"] = b1 * s.get("m", torch.zeros_like(p)) + g
        s["v"] = b2 * s.get("v", torch.zeros_like(p)) + g * g
        m, v = s["m"] * (1 - b1) / (1 - b1**t), s["v"] * (1 - b2) / (1 - b2**t)
        r = m / (v.sqrt() + h["eps"]) + h["weight_decay"] * p
        length = torch.linalg.vector_norm(r)
        s["trust"] = torch.where(length > 0, torch.linalg.vector_norm(p) / length, 0.0)
        p.sub_(h["lr"] * s["trust"] * r)


class Ademamix(Each):
    rule = "ademamix"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999, 0.9999), alpha=5.0, eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr=lr, betas=betas, alpha=alpha, eps=eps, weight_decay=weight_decay)

    def update(self, p, g, s, h):
        """Three sums in one tensor."""
        b1, b2, b3 = h["betas"]
        t = s["t"] = s.get("t", 0) + 1
        fast, v, slow = s.get("all", torch.zeros(3, *p.shape, dtype=p.dtype))
        s["all"] = torch.stack([b1 * fast + g, b2 * v + g * g, b3 * slow + g])
        fast, v, slow = s["all"].unbind(0)
        up = (1 - b1) / (1 - b1**t) * fast + h["alpha"] * (1 - b3) * slow
        down = math.sqrt((1 - b2) / (1 - b2**t)) * v.sqrt() + h["eps"]
        p.sub_(h["lr"] * (up / down + h["weight_decay"] * p))


class Adopt(Each):
    rule = "adopt"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.9999), eps=1e-6):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def update(self, p, g, s, h):
        """Keeps the root of v, counts from the first call, and clips by where."""
        (b1, b2), eps = h["betas"], h["eps"]
        t = s["t"] = s.get("t", -1) + 1
        if t == 0:
            s["root"], s["m"] = g.abs(), torch.zeros_like(p)
            return
        r, top = g / torch.clamp(s["root"], min=eps), t**0.25
        r = torch.where(r > top, top, torch.where(r < -top, -top, r))
        s["m"] = b1 * s["m"] + r
        p.sub_(h["lr"] * (1 - b1) * s["m"])
        s["root"] = (b2 * s["root"] ** 2 + (1 - b2) * g * g).sqrt()
