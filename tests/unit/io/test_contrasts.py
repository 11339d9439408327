"""Contrasts files of nf-core/differentialabundance: what they say, and what they may not say."""

from __future__ import annotations

import pandas as pd
import pytest

from foldwise.errors import DesignError, FoldwiseError, InputError
from foldwise.io.contrasts import read_contrasts
from foldwise.model.contrast import make_contrasts
from foldwise.model.contrast_rows import models_of
from foldwise.model.design import make_design

CSV = """id,variable,reference,target,blocking
condition_control_treated,condition,control,treated,
condition_control_treated_blockrep,condition,control,treated,replicate;batch
"""
YAML = """contrasts:
  - id: treatment_effect
    comparison: ["condition", "control", "treated"]
  - id: with_block
    comparison: [condition, control, treated]
    blocking_factors: [batch]
  - id: by_formula
    formula: "~ batch + condition"
    make_contrasts_str: "conditiontreated"
  - id: without_batch_b
    comparison: [condition, control, treated]
    exclude_samples_col: batch
    exclude_samples_values: [B]
"""
SAMPLES = pd.DataFrame(
    {
        "condition": ["control", "treated"] * 4,
        "batch": list("AABBAABB"),
        "replicate": [1, 1, 2, 2, 3, 3, 4, 4],
        "no": ["yes", "no"] * 4,
    },
    index=pd.Index([f"s{i}" for i in range(8)], name="sample"),
)


@pytest.fixture
def write(tmp_path):
    def put(text, name="contrasts.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return put


def models(path):
    return models_of(read_contrasts(path), SAMPLES)


@pytest.mark.parametrize("name", ["contrasts.csv", "contrasts.tsv", "contrasts.txt"])
def test_tables_put_the_reference_first(write, name):
    text = CSV.replace(",", "\t") if name != "contrasts.csv" else CSV
    one, two = models(write(text, name))
    assert one.formula == "~ condition"
    assert one.contrasts == ("condition_control_treated := condition:treated:control",)
    # A numeric blocking column is a factor in these files
    assert two.formula == "~ C(replicate) + batch + condition"
    assert one.rows[0].place == f"{name}:2"


def test_yaml_kinds_may_mix_and_equal_models_are_one(write):
    found = models(write(YAML, "contrasts.yaml"))
    assert [model.formula for model in found] == ["~ condition", "~ batch + condition", "~ condition"]
    assert found[1].contrasts == ("with_block := condition:treated:control", "by_formula := conditiontreated")
    assert found[2].excluded == ("s2", "s3", "s6", "s7")
    assert found[0].rows[0].place == "contrasts.yaml:2"
    design = make_design(found[1].formula, SAMPLES)
    made = make_contrasts(design, found[1].contrasts)
    assert [contrast.id for contrast in made] == ["with_block", "by_formula"]
    assert made[0].vector.tolist() == made[1].vector.tolist()
    assert "higher in treated" in made[0].direction


def test_values_stay_what_was_written(write):
    """``no`` is not false and ``001`` is not 1."""
    text = "contrasts:\n  - {id: 001, comparison: [no, yes, no]}\n"
    (row,) = read_contrasts(write(text, "c.yml"))
    assert (row.id, row.variable, row.reference, row.target) == ("001", "no", "yes", "no")
    (model,) = models(write(text, "c.yml"))
    assert model.contrasts == ("001 := no:no:yes",)


@pytest.mark.parametrize("text", ['"B"', "B", "[B]", '["B"]', '"B;"'])
def test_values_to_exclude_are_a_list_or_separated_by_semicolons(write, text):
    yaml = YAML.replace("[B]", text)
    assert models(write(yaml, "c.yaml"))[2].excluded == ("s2", "s3", "s6", "s7")


def test_r_style_names_of_coefficients(write):
    """What model.matrix and make.names call them, interactions with a dot or a colon."""
    text = """contrasts:
  - {id: a, formula: "~ batch * condition", make_contrasts_str: "batchB.conditiontreated"}
  - {id: b, formula: "~ batch * condition", make_contrasts_str: "batchB:conditiontreated"}
  - {id: c, formula: "~ 0 + condition", make_contrasts_str: "conditiontreated - conditioncontrol"}
  - {id: d, formula: "~ batch * condition", make_contrasts_str: "conditiontreated + 0.5*batchB.conditiontreated"}
"""
    one, two = models(write(text, "c.yaml"))
    a, b, d = make_contrasts(make_design(one.formula, SAMPLES), one.contrasts)
    assert a.vector.tolist() == b.vector.tolist() == [0, 0, 0, 1]
    assert d.vector.tolist() == [0, 0, 1, 0.5]
    (c,) = make_contrasts(make_design(two.formula, SAMPLES), two.contrasts)
    assert c.vector.tolist() == [-1, 1]


def test_levels_that_are_no_r_names(write):
    samples = SAMPLES.assign(condition=["ctrl-1", "drug x"] * 4)
    text = 'contrasts:\n  - {id: a, formula: "~ condition", make_contrasts_str: "conditiondrug.x"}\n'
    (model,) = models_of(read_contrasts(write(text, "c.yaml")), samples)
    (contrast,) = make_contrasts(make_design(model.formula, samples), model.contrasts)
    assert contrast.vector.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("id", "name"),
    [("a_b_", "a_b_"), ("1-x.2+y", "1-x.2+y"), ("con", "_con"), ("a/../b", "a_.._b"), ("é x", "é_x"), ("a.", "a")],
)
def test_ids_stay_as_they_are_where_a_file_can_be_called_so(write, id, name):
    (model,) = models(write(f"id,variable,reference,target\n{id},condition,control,treated\n"))
    (contrast,) = make_contrasts(make_design(model.formula, SAMPLES), model.contrasts)
    assert contrast.id == name


def test_columns_with_blanks_are_quoted(write):
    samples = SAMPLES.rename(columns={"condition": "my condition"})
    text = "id,variable,reference,target\na,my condition,control,treated\n"
    (model,) = models_of(read_contrasts(write(text)), samples)
    assert model.formula == "~ `my condition`"


def test_a_byte_order_mark_windows_lines_and_semicolons_are_fine(write):
    text = b"\xef\xbb\xbf" + CSV.replace(",", ";").replace("replicate;batch", "batch").replace("\n", "\r\n").encode()
    assert [model.formula for model in models(write(text))] == ["~ condition", "~ batch + condition"]


# --- bad input -------------------------------------------------------------------------------------------------------


def refused(write, text, name="contrasts.csv") -> FoldwiseError:
    with pytest.raises(FoldwiseError) as caught:
        models(write(text, name))
    assert name in str(caught.value)
    return caught.value


HEAD = "id,variable,reference,target\n"
HALF = "id,variable,reference,target,exclude_samples_col\n"
LIST = "contrasts:\n  - "


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,variable,reference\na,condition,control\n", ["lacks the column target"]),
        (CSV.replace("blocking", "blocks"), ["'blocks'", "Did you mean 'blocking'?"]),
        ("id,variable,reference,target,formula\na,condition,control,treated,~ x\n", ["YAML form"]),
        ("id,id,variable,reference,target\na,a,condition,control,treated\n", ["more than once"]),
        (HEAD + ",condition,control,treated\n", [":2 has no id"]),
        (HEAD + "a,condition,control,\n", [":2 has no target"]),
        (HEAD + "a,condition,control,treated\na,condition,control,treated\n", [":3", "id of contrasts.csv:2"]),
        (HEAD + "a b,condition,control,treated\na?b,condition,control,treated\n", ["names the same files"]),
        (HALF + "a,condition,control,treated,batch\n", ["exclude_samples_values is empty"]),
    ],
)  # fmt: skip
def test_tables_that_say_too_little_or_too_much(write, text, words):
    error = refused(write, text)
    assert error.id == "E-CONTRAST-004"
    assert isinstance(error, DesignError)
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- id: a\n", ["'contrasts'"]),
        ("contrasts: {}\n", ["'contrasts'"]),
        ("contrasts: []\n", ["no contrast"]),
        ("", ["empty"]),
        ("contrasts: []\nmodels: []\n", ["'contrasts'"]),
        (LIST + "{id: a, comparison: [condition, control, treated], note: x}\n", ["unknown keys: 'note'", ":2"]),
        (LIST + "{id: a, comparison: [condition, control]}\n", ["2 parts in place of 3"]),
        (LIST + "{id: a}\n", ["either 'comparison'"]),
        (LIST + "{id: a, formula: ~ x}\n", ["either 'comparison'"]),
        (LIST + "{id: a, formula: ~ x, make_contrasts_str: x, comparison: [a, b, c]}\n", ["either 'comparison'"]),
        (LIST + "{id: a, formula: ~ x, make_contrasts_str: x, blocking_factors: [b]}\n", ["no 'blocking_factors'"]),
        (LIST + "{comparison: [condition, control, treated]}\n", ["has no id"]),
        (LIST + "{id: [a], comparison: [condition, control, treated]}\n", ["'id' must be one text"]),
        (LIST + "{id: a, comparison: [condition, [control], treated]}\n", ["list of texts"]),
        (LIST + "{id: a, id: b, comparison: [condition, control, treated]}\n", ["stands twice"]),
        (LIST + "just text\n", ["not a mapping"]),
        (LIST + "{id: a, comparison: [condition, control, treated\n", ["is not YAML"]),
        ("contrasts:\n\t- id: a\n", ["is not YAML"]),
    ],
)  # fmt: skip
def test_yaml_that_says_too_little_or_too_much(write, text, words):
    error = refused(write, text, "contrasts.yaml")
    assert error.id == ("E-FILE-006" if not text else "E-CONTRAST-004")
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "a,conditoin,control,treated\n", ["no column 'conditoin'", "Did you mean 'condition'?", ":2"]),
        (HEAD + "a,condition,contrl,treated\n", ["reference 'contrl'", "Did you mean 'control'?", "treated"]),
        (HEAD + "a,condition,control,drug\n", ["target 'drug'"]),
        (HEAD.strip() + ",blocking\na,condition,control,treated,site\n", ["no column 'site'"]),
        (HEAD.strip() + ",blocking\na,condition,control,treated,condition\n", ["stands twice"]),
        (
            HEAD.strip() + ",exclude_samples_col,exclude_samples_values\na,condition,control,treated,batch,C\n",
            ["batch = 'C'", "Its values: A, B"],
        ),
        (
            HALF.strip() + ",exclude_samples_values\na,condition,control,treated,condition,control\n",
            ["once samples are excluded"],
        ),
    ],
)  # fmt: skip
def test_b57_names_that_the_sheet_lacks_are_refused_with_row_and_valid_names(write, text, words):
    error = refused(write, text)
    assert error.id == "E-CONTRAST-001"
    for word in words:
        assert word in str(error)


def test_b60_a_level_against_itself(write):
    assert refused(write, HEAD + "a,condition,control,control\n").id == "E-CONTRAST-003"


ATTACKS = [
    LIST + "!!python/object/apply:os.system ['touch pwned']\n",
    LIST + "{id: !!python/name:os.system , comparison: [a, b, c]}\n",
    LIST + "{id: !local a, comparison: [a, b, c]}\n",
    "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\ncontrasts: [*b, *b, *b]\n",
    "contrasts: &x\n  - *x\n",
    "&anchor contrasts: []\n",
    "contrasts: " + "[" * 20_000 + "]" * 20_000 + "\n",
]


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_b116_yaml_that_asks_for_more_than_texts_is_not_loaded(write, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    error = refused(write, text, "contrasts.yaml")
    assert isinstance(error, InputError)
    assert error.id == "E-SAFE-001"
    assert not (tmp_path / "pwned").exists()


def test_b117_a_yaml_of_megabytes_is_not_loaded(write):
    text = LIST + "{id: a, comparison: [a, b, c]}\n" + "#" * (1 << 21)
    assert refused(write, text, "contrasts.yaml").id == "E-SAFE-002"


def test_names_of_the_file_are_text_only(write):
    hostile = "<img src=x onerror=alert(1)>"
    samples = SAMPLES.assign(condition=[hostile, "=cmd()"] * 4)
    text = f"id,variable,reference,target\n../../etc/{hostile},condition,{hostile},=cmd()\n"
    (model,) = models_of(read_contrasts(write(text)), samples)
    (contrast,) = make_contrasts(make_design(model.formula, samples), model.contrasts)
    assert "/" not in contrast.id
    assert contrast.target == "=cmd()"


def test_b101_a_missing_extra_is_named_with_its_command(write, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(FoldwiseError) as caught:
        models(write(YAML, "c.yaml"))
    assert caught.value.id == "E-EXTRA-001"
    assert "foldwise[yaml]" in caught.value.fix
