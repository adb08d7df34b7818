"""One change of a step's text, and how a change of one expression is made."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from verify.mutation.anatomy import Anatomy, Site, rebuilt


@dataclass(frozen=True)
class Edit:
    """The step's text with one fault: `paper` became `code`.

    start: first values of memories that the fault changes.  operator: the family of the fault.
    """

    tree: ast.Module
    paper: str
    code: str
    kind: str
    says: str
    operator: str
    start: dict = field(default_factory=dict, hash=False)


def exchange(
    a: Anatomy, site: Site, new: ast.expr, operator: str, says: str, kind: str = "", part: ast.AST | None = None
) -> Edit:
    """The edit that puts another expression at a site; `part` is what of it is new or gone."""
    tree = rebuilt(a.tree, site.node, new)
    kind = kind or a.kind(site, site.node if part is None else part)
    return Edit(tree, ast.unparse(site.node), ast.unparse(new), kind, says, operator)


__all__ = ["Edit", "exchange"]
