"""Sex learned in one laboratory and told in two others (reduced form of ``verification/sg_signature.py``)."""

import numpy as np
import pytest
from verification.reference import available, table
from verification.sg_signature import TEST_STUDIES, experiment_of
from verification.t6_sex_genes import MISLABELED

from foldwise.api.score import scored
from foldwise.api.signature import Wanted, learn_signature
from foldwise.learn.scores import plain_area

pytestmark = [pytest.mark.reference, pytest.mark.skipif(not available(), reason="no reference data")]
pytest.importorskip("sklearn")


def test_sex_is_told_in_other_laboratories_by_genes_of_x_and_y():
    sheet = table("hapmap", "samples.tsv")
    train = sheet[sheet["study"] == "Pickrell"]
    found = learn_signature(experiment_of("hapmap", train), Wanted("gender", "individual", None, 0, 1))
    truth = table("hapmap", "truth.tsv.gz").reindex(found.stable.index)
    assert found.score.auc > 0.99 and len(truth) >= 3 and (truth["msY"] | truth["XiE"]).all()
    assert max(score.auc for score in found.baselines) < 0.8
    test = sheet[sheet["study"].isin(TEST_STUDIES) & (sheet.index != MISLABELED)]
    result, _ = scored(found.model, experiment_of("hapmap", test))
    male = (test["gender"] == "male").to_numpy().astype(int)
    assert plain_area(result["probability"].to_numpy(), male) >= 0.99
    # The planted fault: a sheet whose rows are shifted by one.
    assert plain_area(result["probability"].to_numpy(), np.roll(male, 1)) < 0.8
