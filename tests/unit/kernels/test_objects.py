"""What the compiled objects hold: no libm, no contraction, no symbol that a linker could give to another processor."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from foldwise._kernels import _compiled

REPOSITORY = Path(__file__).resolve().parents[3]
CPP = REPOSITORY / "cpp"
EXTENSION = Path(_compiled.__file__)
X86 = platform.machine().lower() in ("x86_64", "amd64")

# Functions of libm that glibc or a compiler's library may choose by processor, with their float and long double kin.
LIBM = [
    "log", "log2", "log10", "log1p", "logb", "exp", "exp2", "exp10", "expm1", "pow", "lgamma", "lgamma_r", "tgamma",
    "gamma", "erf", "erfc", "fma", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "cbrt",
    "hypot",
]  # fmt: skip
LIBM_CALL = re.compile(
    r"(?:\bstd\s*::\s*|__builtin_|(?<![\w.>:]))(?:" + "|".join(LIBM) + r")[fl]?\s*\(", re.MULTILINE
)  # fmt: skip
# Intrinsics and settings that give other bits on other machines.
OTHER_BITS = re.compile(
    r"_mm\w*_(?:mask\w*_)?f?n?m(?:add|sub)|_mm\w*_r(?:cp|sqrt)|-ffast-math|-Ofast|FP_CONTRACT\s+ON|\bfloat\b|"
    r"\blong\s+double\b|#\s*pragma\s+omp|std::(?:reduce|execution)"
)
CONTRACTED = re.compile(r"\bv?fn?m(?:add|sub)\w*[sp]d\b|\bv?r(?:cp|sqrt)\d*[sp][sd]\b")
# The compiler may write loops over bytes as calls of these.
MEMORY = {"memcpy", "memset", "memmove"}


def output(*command: str) -> str:
    tool = shutil.which(command[0])
    assert tool, f"{command[0]} comes with the compiler that built the extension"
    return subprocess.run([tool, *command[1:]], capture_output=True, text=True, check=True, timeout=120).stdout


def symbols(path: Path, *options: str) -> list[tuple[str, str]]:
    """(letter, name) of each symbol, without versions."""
    lines = output("nm", *options, str(path)).splitlines()
    found = [re.match(r"^[0-9a-f ]*\b([A-Za-z])\s+(.+)$", line) for line in lines]
    return [(match[1], match[2].split("@")[0]) for match in found if match]


def code_of(path: Path) -> str:
    """Text of a source file without comments and string literals (except the names of included files)."""
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r"^(?!\s*#).*$", lambda line: re.sub(r'"(?:\\.|[^"\\])*"', '""', line[0]), text, flags=re.MULTILINE)


def reached(start: Path) -> set[Path]:
    """A source and all own files that it includes."""
    found, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            names = re.findall(r'#\s*include\s+"([^"]+)"', code_of(path))
            waiting += [CPP / name for name in names if (CPP / name).exists()]
    return found


TIER_FILES = sorted(set().union(*(reached(path) for path in CPP.glob("family_*.cpp"))))
SOURCES = sorted(path for path in CPP.iterdir() if path.suffix in (".cpp", ".hpp", ".inc"))


def test_the_files_of_a_tier_are_found() -> None:
    names = {path.name for path in TIER_FILES}
    assert {"family_nb.cpp", "vec.hpp", "special.hpp", "linalg.inc", "nb_irls.inc"} <= names
    assert "binding.hpp" not in names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_sources_call_no_libm_and_no_contraction(path: Path) -> None:
    code = code_of(path)
    assert LIBM_CALL.findall(code) == []
    assert OTHER_BITS.findall(code) == []


@pytest.mark.parametrize("path", TIER_FILES, ids=lambda path: path.name)
def test_a_tier_includes_no_library_with_symbols(path: Path) -> None:
    """Templates of the library would be weak symbols, compiled for one instruction set."""
    assert set(re.findall(r"#\s*include\s+<([^>]+)>", code_of(path))) <= {"cstdint", "cstring"}


@pytest.mark.parametrize(
    "line",
    [
        "y = std::log(x);", "y = log(x);", "y = 2 * exp (x)", "std::pow(x, 2)", "__builtin_fma(a, b, c)",
        "fmaf(a, b, c)", "std :: lgamma(x)", "return expl(x);",
    ],
)  # fmt: skip
def test_the_lint_sees_libm(line: str) -> None:
    assert LIBM_CALL.search(line)


@pytest.mark.parametrize("line", ["log_t(x)", "exp1(a)", "s.log(x)", "special::log1(x)", "double exponent(int k)"])
def test_the_lint_lets_own_functions_pass(line: str) -> None:
    assert not LIBM_CALL.search(line)


@pytest.mark.parametrize("line", ["_mm256_fmadd_pd(a, b, c)", "_mm512_rcp14_pd(x)", "float y;", "#pragma omp simd"])
def test_the_lint_sees_other_bits(line: str) -> None:
    assert OTHER_BITS.search(line)


def test_the_build_forbids_contraction_everywhere() -> None:
    build = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    assert re.search(r"target_compile_options\(_compiled\s+PRIVATE\s+-ffp-contract=off\)", build)
    assert not re.search(r"-ffast-math|-Ofast|-funsafe-math|-fassociative-math|-ffinite-math|-freciprocal-math", build)


@pytest.mark.parametrize("family", sorted(path.stem.removeprefix("family_") for path in CPP.glob("family_*.cpp")))
def test_a_family_shows_one_function_and_takes_none(tmp_path: Path, family: str) -> None:
    """Compiled without optimization, which inlines least: all but the table of the tier is local."""
    compiler, target = os.environ.get("CXX", "c++"), tmp_path / "tier.o"
    flags = ["-std=c++20", "-O0", "-fPIC", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi"]
    flags += ["-DFW_NS=fw_portable", "-DFW_WIDTH=1"]
    output(compiler, *flags, "-c", str(CPP / f"family_{family}.cpp"), "-o", str(target))
    found = symbols(target, "-C")
    assert [name for letter, name in found if letter == "T"] == [f"fw_portable::{family}_table()"]
    assert [name for letter, name in found if letter in "WVuwvBDRGC"] == []
    assert {name for letter, name in found if letter == "U"} - {"_GLOBAL_OFFSET_TABLE_"} <= MEMORY
    assert sum(letter == "t" for letter, _ in found) > 10


def test_the_extension_takes_nothing_from_libm() -> None:
    undefined = {name for letter, name in symbols(EXTENSION, "-D", "-u") if letter == "U"}
    assert "malloc" in undefined  # the list is not empty
    assert undefined & {f"{name}{kind}" for name in LIBM for kind in ("", "f", "l", "_finite")} == set()
    assert not [name for name in undefined if name.startswith("_ZGV")]  # vector versions of libm


def test_the_extension_shows_nothing_of_a_tier() -> None:
    """A kernel that other libraries could see might be taken for theirs, or theirs for ours."""
    shown = [name for letter, name in symbols(EXTENSION, "-D", "--defined-only", "-C")]
    assert "PyInit__compiled" in shown
    assert [name for name in shown if name.startswith("fw")] == []


@pytest.mark.skipif(not X86, reason="mnemonics of x86-64; elsewhere the hash of a whole fit decides")
def test_the_extension_multiplies_and_adds_in_two_steps() -> None:
    code = output("objdump", "-d", "--no-show-raw-insn", str(EXTENSION))
    assert "mulpd" in code
    assert "zmm" in code or "ymm" in code
    assert sorted(set(CONTRACTED.findall(code))) == []
    for line in ("vfmadd231pd %ymm0", "vfnmsub132sd", "vrcp14pd %zmm1", "rsqrtps %xmm0"):
        assert CONTRACTED.search(line)
