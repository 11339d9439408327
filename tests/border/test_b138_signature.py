"""B138: too few persons for a signature, or an outcome that is the batch; and outcomes that are no two classes."""

import numpy as np
import pandas as pd
import pytest

from foldwise.api.outcome import persons_of, resolve_outcome
from foldwise.errors import FoldwiseError
from foldwise.model.experiment import Experiment


def experiment(**columns):
    n = len(next(iter(columns.values())))
    names = pd.Index([f"s{i}" for i in range(n)], dtype=object, name="sample")
    counts = np.full((5, n), 20, dtype=np.int32)
    genes = pd.DataFrame(index=pd.Index([f"g{i}" for i in range(5)], dtype=object, name="gene_id"))
    return Experiment(counts, pd.DataFrame(columns, index=names), genes)


def resolve(data, outcome="group", group=None, batch=None, drop=False):
    return resolve_outcome(data, outcome, group, batch, drop)


def error(data, *rest, **more):
    with pytest.raises(FoldwiseError) as caught:
        resolve(data, *rest, **more)
    return caught.value


TWO = ["a"] * 30 + ["b"] * 30


def test_b138_fewer_than_ten_persons_of_a_class_are_refused():
    found = error(experiment(group=["a"] * 9 + ["b"] * 30))
    assert found.id == "E-LEARN-003" and "9 of 'a' and 30 of 'b'" in found.found and found.exit_code == 3
    assert len(resolve(experiment(group=["a"] * 10 + ["b"] * 30)).y) == 40


def test_b138_persons_are_counted_and_not_samples():
    """Thirty samples of five persons are five."""
    persons = [f"p{i % 5}" for i in range(30)] + [f"q{i}" for i in range(30)]
    found = error(experiment(group=TWO, donor=persons), group="donor")
    assert found.id == "E-LEARN-003" and "5 of 'a'" in found.found


def test_b138_fewer_than_twenty_are_warned_of():
    messages = resolve(experiment(group=["a"] * 19 + ["b"] * 30)).messages
    assert [m.id for m in messages] == ["W-LEARN-006"] and "19 of 'a'" in messages[0].text
    assert not resolve(experiment(group=["a"] * 20 + ["b"] * 30)).messages


@pytest.mark.parametrize("name", ["batch", "Sequencing_Run", "center", "studySite"])
def test_b138_an_outcome_that_the_batch_tells_is_refused(name):
    batch = ["r1", "r2", "r3"] * 10 + ["r4", "r5", "r6"] * 10
    found = error(experiment(group=TWO, **{name: batch}))
    assert found.id == "E-LEARN-003" and name in found.found
    mixed = [*batch]
    mixed[0], mixed[59] = mixed[59], mixed[0]
    assert resolve(experiment(group=TWO, **{name: mixed}))


def test_b138_any_column_can_be_named_as_the_batch_and_ids_of_libraries_are_none():
    odd = ["x"] * 30 + ["y"] * 30
    assert resolve(experiment(group=TWO, colour=odd))
    assert error(experiment(group=TWO, colour=odd), batch="colour").id == "E-LEARN-003"
    assert resolve(experiment(group=TWO, run=[f"SRR{i}" for i in range(60)]))
    assert error(experiment(group=TWO), batch="colour").id == "E-SHEET-004"


def test_classes_are_named_in_the_direction_of_a_control():
    assert resolve(experiment(group=["treated"] * 20 + ["control"] * 20)).classes == ("control", "treated")
    assert resolve(experiment(group=TWO)).classes == ("a", "b")
    found = resolve(experiment(group=TWO), "group:a:b")
    assert found.classes == ("b", "a") and found.y[:30].all()


def test_outcomes_that_are_no_two_classes():
    three = experiment(group=TWO + ["c"] * 10)
    assert error(three).id == "E-USAGE-002" and "--outcome group:b:a" in error(three).fix
    found = resolve(three, "group:b:a")
    assert len(found.y) == 60 and "10 samples" in found.messages[0].text
    assert error(three, "group:b:z").id == "E-CONTRAST-001"
    assert error(three, "group:b:b").id == "E-CONTRAST-003"
    assert error(three, "group:b").id == "E-USAGE-002"
    assert error(three, "nothing").id == "E-SHEET-004"
    assert error(experiment(group=["a"] * 30)).id == "E-DESIGN-001"


def test_missing_outcomes_and_persons():
    holes = experiment(group=[None, *TWO[1:]], donor=[f"p{i}" for i in range(60)])
    assert error(holes).id == "E-SHEET-005"
    assert len(resolve(holes, drop=True).y) == 59
    assert error(experiment(group=TWO, donor=["p", None] * 30), group="donor").id == "E-SHEET-005"


def test_a_column_of_persons_that_nobody_named_is_told():
    data = experiment(group=TWO, patient=[f"p{i // 2}" for i in range(60)])
    assert [m.id for m in resolve(data).messages] == ["W-DESIGN-005"]
    named = resolve(data, group="patient")
    assert not [m for m in named.messages if m.id == "W-DESIGN-005"] and persons_of(named) == (15, 15)
