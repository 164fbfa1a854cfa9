"""
Templates that are translated when they are compiled: a text without values is a constant of the compiled template of each language,
not a look-up every time a page is drawn.
"""

from typing import Any

from django.conf import settings
from django.template.backends.jinja2 import Jinja2
from django.utils import translation
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

_NAMES = frozenset({"_", "gettext"})


class _Translation(NodeTransformer):
    """Puts in place of `_("a text")` what it is in the language that is active now. Texts with values stay calls."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  (as the library names it)
        self.generic_visit(node)
        is_plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs) and len(node.args) == 1
        if not is_plain or not isinstance(node.node, nodes.Name) or node.node.name not in _NAMES:
            return node
        text = node.args[0]
        if not isinstance(text, nodes.Const) or not isinstance(text.value, str):
            return node
        translated = Markup(translation.gettext(text.value)) % {}  # noqa: S704  (our own texts, as safe as when called)
        return nodes.MarkSafe(nodes.Const(str(translated), lineno=node.lineno), lineno=node.lineno)


class _Generator(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        super().visit_Template(_Translation().visit(node), frame)


class PageEnvironment(Environment):
    """The environment of one language's templates."""

    code_generator_class = _Generator


class TranslatedJinja2(Jinja2):
    """Django's engine for Jinja2 with an environment a language; templates compiled for one are never used for another."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._environments: dict[str, Environment] = {}
        super().__init__(params)

    @property
    def env(self) -> Environment:
        """The environment of the language that is active."""
        language = translation.get_language() or settings.LANGUAGE_CODE
        found = self._environments.get(language)
        return found or self._environments.setdefault(language, self._plain.overlay())

    @env.setter
    def env(self, plain: Environment) -> None:
        self._plain = plain
