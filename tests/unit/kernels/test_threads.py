"""Threads of the kernels: many calls at once, exceptions inside, too little memory, fork after use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import foldwise
from tests.unit.kernels.examples import Genes, genes

PACKAGES = Path(foldwise.__file__).parents[1]
REPOSITORY = Path(__file__).resolve().parents[3]
LINUX = sys.platform == "linux"


def run_python(code: str) -> str:
    """Output of a program in a process of its own; it must end well."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(PACKAGES), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


def threads_of_this_process() -> int:
    return len(list(Path("/proc/self/task").iterdir())) if LINUX else threading.active_count()


def test_a_thousand_quick_calls_leave_nothing_behind() -> None:
    some = genes(6, 2, n_genes=200)
    expected = some.search()
    before = threads_of_this_process()
    for call in range(1000):
        found = some.search(n_threads=1 + call % 4)
        assert found["log_alpha"].tobytes() == expected["log_alpha"].tobytes()
    assert threads_of_this_process() == before


def test_results_are_given_back() -> None:
    """150 results of 2 MB each: the memory of the process does not grow with them."""
    code = """
import resource
from tests.unit.kernels.examples import genes
some = genes(100, 2, n_genes=1200)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for call in range(160):
    some.irls(n_threads=2)
    if call == 10:
        early = peak()
print(peak() - early)
"""
    grown = int(run_python(code)) * (1 if LINUX else 1 / 1024)
    assert grown < 40_000  # kB


def test_calls_of_many_python_threads_at_once() -> None:
    some = genes(9, 3, "covariates", n_genes=300)
    expected = {"search": some.search(), "irls": some.irls()}
    wrong: list[str] = []

    def work(number: int) -> None:
        for _ in range(6):
            name = ("search", "irls")[number % 2]
            found = getattr(Genes, name)(some, n_threads=1 + number % 3)
            wrong.extend(key for key in found if found[key].tobytes() != expected[name][key].tobytes())

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_the_interpreter_goes_on_while_a_kernel_runs() -> None:
    """The lock of the interpreter is released: another Python thread counts on during one long call."""
    some = genes(200, 2, n_genes=4000)
    ticks, stop = [0], threading.Event()

    def count() -> None:
        while not stop.wait(0.001):
            ticks[0] += 1

    counter = threading.Thread(target=count)
    counter.start()
    before = ticks[0]
    some.search(n_threads=1)
    during = ticks[0] - before
    stop.set()
    counter.join()
    assert during >= 5


@pytest.mark.skipif(not LINUX, reason="forks and limits of address space are tested on Linux")
class TestProcess:
    def test_fork_after_use(self) -> None:
        """No pool of threads is kept, so a child made by fork can call kernels on threads of its own."""
        code = """
import os
from tests.unit.kernels.examples import genes
some = genes(9, 2, n_genes=1000)
expected = some.search(n_threads=4)["log_alpha"].tobytes()
child = os.fork()
if child == 0:
    os._exit(0 if some.search(n_threads=4)["log_alpha"].tobytes() == expected else 7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), some.search(n_threads=4)["log_alpha"].tobytes() == expected)
"""
        assert run_python(code) == "0 True"

    def test_no_memory_for_the_workspaces_is_a_memory_error(self) -> None:
        """40 workspaces of 6 MB do not fit in the address space; they are given back, and one thread does the work."""
        code = """
import resource, numpy as np
from tests.unit.kernels.examples import genes
small, large = genes(9, 2, n_genes=100), genes(20_000, 20, "covariates", n_genes=40)
expected = small.search()["log_alpha"].tobytes()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 150_000_000, resource.RLIM_INFINITY))
for call in range(3):
    try:
        large.profile(np.zeros(1), n_threads=40)
        print("no error")
    except MemoryError:
        pass
print(small.search(n_threads=2)["log_alpha"].tobytes() == expected, np.isfinite(large.profile(np.zeros(1))).all())
"""
        assert run_python(code) == "True True"

    def test_threads_that_cannot_start_are_done_without(self) -> None:
        """Address space for three more stacks at most: 64 threads are asked for, the result is the same."""
        code = """
import resource
from tests.unit.kernels.examples import genes
some = genes(6, 2, n_genes=64 * 66)
expected = some.search()["log_alpha"].tobytes()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 30_000_000, resource.RLIM_INFINITY))
for call in range(5):
    assert some.search(n_threads=64)["log_alpha"].tobytes() == expected
print("same")
"""
        assert run_python(code) == "same"


EXCEPTION_PROGRAM = """
#include "parallel.hpp"
#include <cstdio>
#include <stdexcept>
#include <string>

// Exceptions in any thread: the first is re-raised after all threads have joined, and later calls are not affected.
int main() {
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> running{0};
    bool caught = false;
    try {
      fw::parallel_for(1000, 1 + round % 8, 1, [&](int64_t begin, int64_t, int thread) {
        ++running;
        bool fails = begin >= 100 + round || (round % 3 == 0 && thread > 0) || (round % 5 == 0 && begin == 0);
        if (fails) { --running; throw std::runtime_error("gene " + std::to_string(begin)); }
        --running;
      });
    } catch (const std::runtime_error& error) {
      caught = std::string(error.what()).rfind("gene ", 0) == 0;
    }
    if (!caught || running != 0) { std::printf("round %d: exception lost\\n", round); return 1; }
    std::atomic<int64_t> sum{0};
    std::vector<int> seen(1000, 0);
    fw::parallel_for(1000, 1 + round % 8, 1 + round % 70, [&](int64_t begin, int64_t end, int thread) {
      if (thread < 0 || thread >= 1 + round % 8) throw std::logic_error("thread number");
      for (int64_t i = begin; i < end; ++i) { sum += i; ++seen[(size_t)i]; }
    });
    if (sum != 499500) { std::printf("round %d: sum %lld\\n", round, (long long)sum.load()); return 1; }
    for (int n : seen) if (n != 1) { std::printf("round %d: a gene was visited %d times\\n", round, n); return 1; }
  }
  fw::parallel_for(0, 4, 64, [](int64_t, int64_t, int) { throw std::logic_error("called for no genes"); });
  std::printf("ok");
}
"""


def test_exceptions_in_threads_are_raised_after_the_join(tmp_path: Path) -> None:
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    assert compiler, "the compiler that built the extension is needed"
    source, program = tmp_path / "parallel.cpp", tmp_path / "parallel"
    source.write_text(EXCEPTION_PROGRAM)
    flags = ["-std=c++20", "-O1", "-pthread", f"-I{REPOSITORY / 'cpp'}"]
    subprocess.run([compiler, *flags, str(source), "-o", str(program)], check=True, timeout=120)
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("ok", 0)


def test_more_threads_than_genes() -> None:
    some = genes(6, 2, n_genes=3)
    np.testing.assert_array_equal(some.search(n_threads=500)["log_alpha"], some.search()["log_alpha"])
    for n_threads in (0, -5):
        np.testing.assert_array_equal(some.search(n_threads=n_threads)["log_alpha"], some.search()["log_alpha"])
