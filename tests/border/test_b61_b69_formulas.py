"""Bad input, rows B61 to B69 of the catalogue, and the attack corpus S8: a formula can never run code."""

from __future__ import annotations

import itertools
import random
import sys
import time

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import DesignError
from foldwise.model.design import make_design
from foldwise.model.formula import parse_formula

SAMPLES = pd.DataFrame({"x": [1.0, 2, 4, 7, 3, 9], "g": ["a", "b"] * 3}, index=[f"s{k}" for k in range(6)])


def error_of(formula):
    start = time.perf_counter()
    with pytest.raises(DesignError) as caught:
        make_design(formula, SAMPLES)
    assert time.perf_counter() - start < 1  # formulaic's import included
    assert caught.value.exit_code == 3
    return caught.value


CODE = [
    "I(__import__('os').system('x'))",
    "__import__('os').system('x')",
    "log(__import__('os').getpid())",
    "C(g).__class__",
    "C(g)[0]",
    "C(g)('x')",
    "x[0]",
    "x[::2]",
    "{x}",
    "{x.__class__}",
    "{__import__('os').system('x')}",
    "f'{x}'",
    "lambda x: x",
    "C(g, levels=lambda: 1)",
    "log((lambda: 1)())",
    "log([i for i in x])",
    "log({1: 2})",
    "log(x := 3)",
    "log(*x)",
    "log(x if x else x)",
    "log(f'{x}')",
    "C(g, levels=f'{x}')",
    "().__class__.__bases__[0]",
    "x.__class__",
    "log(x.__class__.__mro__)",
    "C(g, ref=''.join(['a']))",
    "(x).__class__(1)",
]
OUTSIDE = [
    "I(x)", "I(x**2)", "Q('g')", "np.log(x)", "exp(x)", "os.system('x')", "eval('1')", "exec('1')",
    "open('f')", "patsy.eval(x)", "log(abs(x))", "hashed(g)", "offset(x)", "lag(x)", "Treatment('a')",
    "C(g, Treatment('a'))", "getattr(x, 'y')", "breakpoint()", "print(x)",
]  # fmt: skip
NOT_LITERAL = [
    "poly(x, n)", "poly(x, degree=n)", "log(x + 1)", "log(x, 2)", "log(log(x))", "C(g, ref=h)", "bs(x, df=x)",
    "log()", "log('x')", "log(1)", "poly(x, 2, 3, 4)", "poly(x, order=2)", "poly(x, 0)", "poly(x, 1e9)",
    "poly(x, 99999)", "poly(x, -1)", "poly(x, True)", "bs(x, df=10**9)", "bs(x, knots=[1, 'a'])",
    "C(g, levels=[])", "C(g, levels='a')", "C(g, levels=['a', ['b']])", "log(x > 1)", "scale(x, center=1)",
    "C(g, ref=None)", "poly(x, degree=2, degree=2)", "C(g, ref=b'a')", "poly(x, 2j)", "log(**x)",
]  # fmt: skip
TOO_LARGE = [
    "(a+b+c+d+e+f+g+h+i+j)**20", "(a+b+c+d+e+f+g+h+i+j)^5", "x**999999999999999999999",
    "(" * 33 + "x" + ")" * 33, "(" * 2000 + "x" + ")" * 2000, "x + " * 1100 + "x",
    "a*b*c*d*e*f*g*h*i*j*k*l*m*n*o*p*q*r*s*t*u*v*w*x*y*z", "(a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q+r+s+t)**4",
    "log(" + "(" * 40 + "x" + ")" * 41, "log(" + "-" * 3500 + "x)", "(a*b*c*d*e):(f*g*h*i*j*k)",
    "C(g, levels=" + "[" * 40 + "]" * 40 + ")",
]  # fmt: skip
SYNTAX = [
    "", "~", "x +", "+ * x", "x x", "x ++", "(x", "x)", "x; g", "x = g", "x, g", "`x", "``", "'x'", "x @ g",
    "x & g", "x$g", "x:1", "2*x", "3", "(x + 0)*g", "x ^ g", "x ^ 0", "x ^ 1.5", "C(g", "C(g))", "log(x",
    "x \\ g", "x \x00 g", "x%g", "x %in% g * x", "%in%", "C(lambda)", "C(g, ref='a)", "#", "x # g", "`g`(x)",
    "x (g)", "0", "x - x - 1", "(x - x):g",
]  # fmt: skip
STRUCTURE = ["y ~ x", "~ x ~ g", "x | g", "(1 | g)", "(x || g)", "~ .", ". - x", "log(x) ~ g", "~ x + ."]


def test_b61_code_leaves_no_trace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = error_of("~ I(__import__('os').system('touch owned'))")
    assert error.id == "E-FORMULA-001"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("term", CODE)
def test_b62_code(term):
    assert error_of(f"~ {term}").id == "E-FORMULA-001"
    assert error_of(f"~ g + {term}:x").id == "E-FORMULA-001"


@pytest.mark.parametrize("term", OUTSIDE)
def test_b63_function_outside_the_list(term):
    error = error_of(f"~ {term} + g")
    assert error.id == "E-FORMULA-002"
    assert "poly, bs, ns, cr" in error.fix


@pytest.mark.parametrize("term", NOT_LITERAL)
def test_b64_argument_that_is_no_literal(term):
    assert error_of(f"~ {term}").id == "E-FORMULA-003"


@pytest.mark.parametrize("formula", TOO_LARGE, ids=lambda f: f[:25])
def test_b65_too_large_before_it_is_expanded(formula):
    import formulaic.parser  # noqa: F401 - not its import is measured

    start = time.perf_counter()
    assert error_of(formula).id == "E-FORMULA-004"
    assert time.perf_counter() - start < 0.1


def test_b65_just_small_enough():
    assert len(parse_formula("(a+b+c+d+e+f+g+h+i+j)**4").terms) == 10 + 45 + 120 + 210
    assert len(parse_formula("(" * 32 + "x" + ")" * 32).terms) == 1
    assert len(parse_formula("a*b*c*d*e*f*g*h*i").terms) == 511
    assert len(parse_formula("+".join(f"x{k}" for k in range(600))).terms) == 600


@pytest.mark.parametrize("formula", SYNTAX)
def test_b66_syntax_error_has_a_caret(formula):
    error = error_of(formula)
    assert error.id == "E-FORMULA-005"
    *_, shown, caret = error.found.splitlines()
    assert caret.strip() == "^"
    assert len(caret) <= len(shown) + 1
    assert error.data["position"] <= len(formula)


@pytest.mark.parametrize("formula", STRUCTURE)
def test_b67_left_side_parts_and_dot(formula):
    assert error_of(formula).id == "E-FORMULA-006"


@pytest.mark.parametrize(
    "name",
    [
        "__import__('os')",
        "a b",
        "a:b",
        "a~b",
        "{x}",
        "I(x)",
        "`",
        "a\\b",
        "0",
        "1",
        "x[0]",
        "a\nb",
        "lambda: 0",
        "'; DROP",
        "",
        "\x00",
    ],
    ids=lambda n: n.encode("unicode_escape").decode() or "empty",
)
def test_b68_hostile_column_names(name):
    samples = SAMPLES.assign(**{name: ["p", "p", "q", "q", "p", "q"]})
    if name == "":
        assert error_of("~ ``").id == "E-FORMULA-005"
        return
    quoted = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    for formula in (f"~ g + {quoted}", f"~ g*C({quoted}, ref='q')", f"~ {quoted}/g"):
        design = make_design(formula, samples)
        assert name in [factor.name for factor in design.factors]
        assert any(coefficient.startswith(f"{name}_") for coefficient in design.coefficient_names)


def test_b69_log_of_zero_names_the_samples():
    with pytest.raises(DesignError) as caught:
        make_design("~ log(x)", SAMPLES.assign(x=[0.0, 1, 2, -3, 4, 5]))
    assert caught.value.id == "E-FORMULA-007"
    assert caught.value.data["samples"] == ["s0", "s3"]
    assert "s3 (-3)" in caught.value.found


@pytest.mark.parametrize(
    "term", ["bs(x, df=6)", "bs(x, df=50)", "ns(x, df=6)", "poly(x, 6)", "bs(x, knots=[100])", "cr(x, df=6)"]
)
def test_b69_basis_larger_than_the_data(term):
    assert error_of(f"~ {term}").id == "E-FORMULA-007"


@pytest.mark.parametrize("value", [1e200, 1e308])
def test_b69_overflow_in_a_transform(value):
    with pytest.raises(DesignError) as caught:
        make_design("~ poly(x, 3, raw=True)", SAMPLES.assign(x=[value, 1, 2, 3, 4, 5]))
    assert caught.value.id == "E-FORMULA-007"


def test_b69_function_of_a_text_column():
    assert error_of("~ log(g)").id == "E-FORMULA-003"


# --- the attack corpus -----------------------------------------------------------------------------------------------

PAYLOADS = [
    "__import__('os').system('touch owned')",
    "open('owned','w').write('x')",
    'eval(\'open("owned","w")\')',
    "exec(\"open('owned','w')\")",
    "().__class__.__base__.__subclasses__()",
    "globals()['__builtins__']",
    "(lambda: open('owned', 'w'))()",
    "[c for c in ().__class__.__mro__]",
    "getattr(__builtins__, 'eval')('1')",
    "__builtins__.__dict__['eval']",
    "compile('1', 'f', 'eval')",
    "breakpoint()",
    "help()",
    "x.__init__.__globals__",
    "pd.read_pickle('owned')",
    "np.load('owned', allow_pickle=True)",
    "subprocess.run(['touch','owned'])",
    "importlib.import_module('os')",
    "f'{__import__(\"os\")}'",
    "1 if open('owned','w') else 2",
]
FRAMES = [
    "~ {}", "~ I({})", "~ log({})", "~ C(g, levels={})", "~ C(g, ref={})", "~ poly(x, {})", "~ {{{}}}",
    "~ g + {}", "~ g:{}", "~ ({})**2", "~ bs(x, knots=[{}])", "~ C({})", "~ Q({})", "~ 0 + {}", "{} ~ g",
    "~ g | {}", "~ x[{}]", "~ log(x)[{}]", "~ C(g)({})", "~ {}(x)", "~ `g`({})", "~ scale(x, center={})",
    "~ g - {}", "~ g %in% {}", "~ factor(g, {})",
]  # fmt: skip
EVENTS = {
    "exec",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "subprocess.Popen",
    "open",
    "socket.connect",
    "import",
    "marshal.loads",
}
WATCH = {"on": False, "events": []}


def _hook(event, arguments):
    if WATCH["on"] and event in EVENTS:
        WATCH["events"].append((event, arguments))


@pytest.fixture(scope="module")
def watched():
    """Record what an attack would have to do; audit hooks cannot be taken off, so it is switched."""
    import formulaic.parser  # noqa: F401

    error_of("~ nope")  # what is imported only for the words of an error
    sys.addaudithook(_hook)
    return WATCH


def test_s8_attack_corpus(tmp_path, monkeypatch, watched):
    monkeypatch.chdir(tmp_path)
    corpus = [frame.format(payload) for frame, payload in itertools.product(FRAMES, PAYLOADS)]
    assert len(corpus) >= 500
    watched["events"].clear()
    for formula in corpus:
        start = time.perf_counter()
        watched["on"] = True
        try:
            make_design(formula, SAMPLES)
        except DesignError as error:
            outcome = error.id
        else:
            outcome = "passed"
        finally:
            watched["on"] = False
        assert outcome.startswith("E-FORMULA-00"), (formula, outcome)
        assert time.perf_counter() - start < 0.5, formula
    assert watched["events"] == []
    assert list(tmp_path.iterdir()) == []


def test_s8_attacks_as_column_names_and_levels_are_only_text(tmp_path, monkeypatch, watched):
    monkeypatch.chdir(tmp_path)
    for payload in PAYLOADS:
        quoted = "`" + payload.replace("\\", "\\\\").replace("`", "\\`") + "`"
        samples = pd.DataFrame({payload: [payload, payload, "z", "z", "z"]}, index=list("abcde"))
        watched["on"] = True
        design = make_design(f"~ {quoted}", samples, {payload: "z"})
        watched["on"] = False
        assert design.coefficient_names[1] == f"{payload}_{payload}_vs_z"
    assert watched["events"] == []
    assert list(tmp_path.iterdir()) == []


def test_s8_random_text_ends_in_a_design_or_an_id(watched):
    pieces = [
        "x", "g", "~", "+", "-", "*", ":", "/", "^", "**", "(", ")", "[", "]", "{", "}", "`", "'", '"', "%in%",
        "0", "1", "2", "C(", "log(", "poly(x, ", "ref=", ",", ".", "\\", " ", "\n", "é", "\u2028", "lambda",
        "__x__", "|", "=", "I(",
    ]  # fmt: skip
    generator = random.Random(11)
    watched["events"].clear()
    ids = set()
    for _ in range(3000):
        formula = "".join(generator.choices(pieces, k=generator.randint(0, 14)))
        watched["on"] = True
        try:
            design = make_design(formula, SAMPLES)
            assert np.all(np.isfinite(design.matrix))
        except DesignError as error:
            ids.add(error.id)
        finally:
            watched["on"] = False
    assert watched["events"] == []
    assert {"E-FORMULA-001", "E-FORMULA-003", "E-FORMULA-005", "E-FORMULA-006"} <= ids
