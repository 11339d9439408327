from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files as package_files

import pytest

from foldwise.report import render_report, write_report
from foldwise.report.assets import CORE, SCRIPTS, joined, script, style
from foldwise.report.html import render_report as render

from .fixture import ATTACKS, simulated


class Elements(HTMLParser):
    """Collects elements with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str):
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append((tag, ""))

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        if self.cdata_elem:
            tag, before = self.raw[-1]
            self.raw[-1] = (tag, before + data)


@pytest.fixture(scope="module")
def page():
    return render_report(
        simulated(),
        command='foldwise run /home/someone/counts.tsv s.tsv -o "/home/some one/out"',
        files=["/x/results/a.tsv"],
    )


def _outline(text):
    """Return elements and the names of their attributes, without those of data."""
    return [(tag, tuple(sorted(attrs))) for tag, attrs in Elements(text).seen]


def test_S3_names_add_no_element_and_no_attribute():
    plain, hostile = simulated(contrasts=2), simulated(contrasts=2, hostile=True)
    allowed = set(_outline(render(plain))) | {("title", ())}
    elements = Elements(render(hostile))
    assert set(_outline(render(hostile))) - allowed == set()
    scripts = [attrs for tag, attrs in elements.seen if tag == "script"]
    assert [s for s in scripts if s.get("type") == "module"] == [{"type": "module"}]
    assert all(s.get("type") in ("module", "application/json", "application/octet-stream") for s in scripts)
    for _, attrs in elements.seen:
        assert not [name for name in attrs if name.startswith("on")]
        assert "javascript:" not in (attrs.get("href") or "")


def test_S3_every_attack_is_carried_as_data():
    from foldwise.report.embed import decode
    from foldwise.report.payload import build_payload

    ids = next(decode(b) for b in build_payload(simulated(hostile=True)).blocks if b.name == "gene_id")
    for attack in ATTACKS:
        assert attack in ids


def test_S3_policy_allows_own_script_and_style_only(page):
    elements = Elements(page)
    policy = next(a["content"] for t, a in elements.seen if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for text, directive in ((script(), "script-src"), (style(), "style-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert ("script", script()) in elements.raw
    assert ("style", style()) in elements.raw
    assert not [tag for tag, attrs in elements.seen if "style" in attrs]


def test_S6_no_address_is_loaded(page):
    for tag, attrs in Elements(page).seen:
        assert tag not in ("link", "iframe", "object", "embed", "base", "img")
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")
    assert "url(" not in style()
    assert not re.search(
        r"https?:|fetch\(|XMLHttpRequest|WebSocket|import\(", script().replace("http://www.w3.org", "")
    )


def test_S7_no_absolute_path(page):
    assert "/home" not in page
    assert "some one" not in page
    assert "foldwise run counts.tsv s.tsv" in page


def test_M68_numbers_of_the_page_are_those_of_the_table(page):
    result = simulated().results[0]
    for number in (result.n_up, result.n_down, result.n_up + result.n_down):
        assert f"<dd>{number:,}</dd>" in page
    assert f"of {result.n_tested} tested genes" in page


def test_page_is_the_same_on_every_run(page):
    again = render_report(
        simulated(),
        command='foldwise run /home/someone/counts.tsv s.tsv -o "/home/some one/out"',
        files=["/x/results/a.tsv"],
    )
    assert again == page


def test_sections_are_there(page):
    ids = [attrs.get("id") for tag, attrs in Elements(page).seen if tag == "section"]
    assert ids == [
        "verdict",
        "words",
        "design",
        "warnings",
        "quality",
        "contrast-0",
        "heatmap",
        "gene-sets",
        "trust",
        "methods",
        "reproduce",
        "downloads",
    ]


def test_every_picture_has_a_sentence(page):
    for tag, attrs in Elements(page).seen:
        if tag == "svg" and attrs.get("aria-hidden") != "true":
            assert attrs["role"] == "img"
            assert attrs["aria-label"]


def test_written_file_is_complete(tmp_path):
    target = tmp_path / "report.html"
    size = write_report(simulated(), target)
    assert target.stat().st_size == size
    assert target.read_text(encoding="utf-8").endswith("</html>\n") or target.read_text().rstrip().endswith("</html>")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_failed_write_leaves_nothing(tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OSError, match=r".*"):
        write_report(simulated(), tmp_path / "report.html")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_scripts_are_one_module_without_imports():
    assert not re.search(r"^(import|export)\b", script(), re.MULTILINE)
    folder = package_files("foldwise.report") / "static"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    names = re.findall(r"^(?:export )?(?:const|function|async function|class) ([\w$]+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), "two files of one page may not use one name"
    assert len(SCRIPTS) == 12


def test_the_canvas_and_table_stay_light():
    assert len(joined(CORE).encode()) < 30_000


def test_many_samples_and_odd_designs():
    import dataclasses

    import numpy as np
    import pandas as pd

    analysis = simulated(60)
    n = 200
    codes = tuple(int(i % 2) for i in range(n))
    names = [f"sample_{i}" for i in range(n)]
    design = dataclasses.replace(
        analysis.design,
        matrix=np.column_stack([np.ones(n), codes]).astype(float),
        coefficient_names=("Intercept", "g"),
        formula=None,
        factors=(),
        terms=(),
        source="matrix",
    )
    contrast = dataclasses.replace(
        analysis.results[0].contrast,
        vector=np.array([0.0, 1.0]),
        variable=None,
        target=None,
        reference=None,
        kind="numeric",
    )
    counts = np.tile(analysis.experiment.counts[:, :1], (1, n))
    other = dataclasses.replace(
        analysis,
        design=design,
        experiment=dataclasses.replace(
            analysis.experiment, counts=counts, samples=pd.DataFrame(index=pd.Index(names, name="sample"))
        ),
        size_factors=dataclasses.replace(analysis.size_factors, values=np.ones(n)),
        results=(dataclasses.replace(analysis.results[0], contrast=contrast),),
        vst=None,
    )
    page = render(other)
    assert "given as a matrix" in page
    assert "go up and" in page


def test_the_page_can_be_read_by_whoever_may_read_the_folder(tmp_path):
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    write_report(simulated(50), first)
    second.write_text("")
    assert first.stat().st_mode == second.stat().st_mode
