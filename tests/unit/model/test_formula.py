"""The formula door: the small parser, formulaic's parser, and the expansion into terms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foldwise.errors import DesignError
from foldwise.model.formula import expand, formula_columns, parse_formula, parse_simple, parse_with_formulaic
from foldwise.model.formula_gate import admit_formula

NAMES = ["a", "b", "c", "d_1", "e.f", "é", "`a b`", "`x:y`", "`0`", "`~`", "`C(x)`"]


def terms(formula):
    parsed = parse_formula(formula)
    return [":".join(parsed.variables[k].name for k in term) for term in parsed.terms], parsed.intercept


@st.composite
def simple_formulas(draw, numbers=True, depth=2):
    """Random formulas of the small language, with any white space."""
    space = st.sampled_from(["", " ", "  ", "\n", "\t"])

    def atom(depth):
        if depth == 0 or draw(st.integers(0, 4)):
            return draw(st.sampled_from(NAMES))
        return f"({draw(space)}{total(depth - 1)}{draw(space)})"

    def chain(operators, part, depth):
        text = part(depth)
        for _ in range(draw(st.integers(0, 2))):
            text += draw(space) + draw(st.sampled_from(operators)) + draw(space) + part(depth)
        return text

    def interaction(depth):
        return chain([":"], atom, depth)

    def product(depth):
        return chain(["*"], interaction, depth)

    def total(depth):
        return chain(["+", "+", "-"], product, depth)

    body = total(depth)
    if numbers:
        body = draw(st.sampled_from(["", "0 + ", "1 + ", "-1 + ", "+ "])) + body
        body += draw(st.sampled_from(["", "", " - 1", " + 0", "+1", "-0"]))
    return draw(st.sampled_from(["~", "~ ", " ~", ""])) + body


@settings(max_examples=200, deadline=None)
@given(simple_formulas())
def test_small_parser_and_formulaic_give_identical_terms(formula):
    masked, calls = admit_formula(formula)
    small = parse_simple(masked)
    assert small is not None
    outcomes = []
    for tree in (small, parse_with_formulaic(masked, formula)):
        try:
            outcomes.append(expand(tree, formula, calls))
        except DesignError as error:
            outcomes.append(error.id)
    assert outcomes[0] == outcomes[1]


@settings(max_examples=200, deadline=None)
@given(simple_formulas(numbers=False, depth=1))
def test_expansion_equals_formulaic_expansion(formula):
    """Our expansion makes the same set of terms as formulaic's own (which orders factors in another way)."""
    from formulaic.parser import DefaultFormulaParser

    try:
        ours = parse_formula(formula)
    except DesignError as error:
        assert error.id in {"E-FORMULA-004", "E-FORMULA-005"}  # too many terms; a bracket that - leaves empty
        return
    theirs = DefaultFormulaParser(feature_flags=set()).get_terms(formula)
    expected = {frozenset(str(f.expr) for f in term.factors) for term in theirs} - {frozenset({"1"})}
    assert {frozenset(ours.variables[k].name for k in term) for term in ours.terms} == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("~ a + b", (["a", "b"], True)),
        ("a", (["a"], True)),
        ("~ 0 + a", (["a"], False)),
        ("~ a - 1", (["a"], False)),
        ("~ a + 0 + 1", (["a"], True)),
        ("~ a + (b + 0)", (["a", "b"], False)),
        ("~ 1", ([], True)),
        ("~ a:b + a", (["a", "a:b"], True)),
        ("~ b:a + a", (["a", "b:a"], True)),
        ("~ a*b*c", (["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"], True)),
        ("~ (a + b + c)^2 - a:b", (["a", "b", "c", "a:c", "b:c"], True)),
        ("~ (a + b)**2", (["a", "b", "a:b"], True)),
        ("~ a/b", (["a", "a:b"], True)),
        ("~ b %in% a", (["b:a"], True)),
        ("~ y + (b - y)", (["y", "b"], True)),
        ("~ a + a + a:a", (["a"], True)),
        ("~ - a + b", (["b"], True)),
    ],
)
def test_terms(formula, expected):
    assert terms(formula) == expected


def test_call_is_kept_as_r_prints_it():
    parsed = parse_formula("~ bs( age,df=4 ) + C(`my col`, levels=c('x','y'), ref = 'y') + poly(age, 2, raw=TRUE)")
    assert [v.name for v in parsed.variables] == [
        "bs(age, df = 4)",
        'C(`my col`, levels = c("x", "y"), ref = "y")',
        "poly(age, 2, raw = TRUE)",
    ]
    assert [v.column for v in parsed.variables] == ["age", "my col", "age"]


def test_columns_of_a_formula():
    assert formula_columns("~ batch + log2(age):`cell type` + factor(batch)") == ("batch", "age", "cell type")


def test_backticks_hold_any_name():
    names = ["a`b", "back\\slash", "`", "0", "~", "__import__('os')", "{x}", "a\nb"]
    quoted = ["`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`" for name in names]
    assert formula_columns("~ " + " + ".join(quoted)) == tuple(names)


def test_simple_formulas_do_not_import_formulaic():
    import subprocess
    import sys

    code = (
        "import sys; from foldwise.model.formula import parse_formula;"
        "parse_formula('~ 0 + cell*C(minute) + `a b`:log2(age)'); print('formulaic' in sys.modules);"
        "parse_formula('~ a/b'); print('formulaic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
