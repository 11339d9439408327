"""Types of the public names; the names themselves are loaded when first used (``__init__.py``)."""

from foldwise.accessor import get as get
from foldwise.accessor import pl as pl
from foldwise.accessor import pp as pp
from foldwise.accessor import tl as tl
from foldwise.api.analyze import de as de
from foldwise.api.analyze import fit as fit
from foldwise.api.analyze import run as run
from foldwise.api.certify import certify as certify
from foldwise.api.check import check as check
from foldwise.api.choose import choose_method as choose_method
from foldwise.api.coerce import read as read
from foldwise.api.compare import Comparison as Comparison
from foldwise.api.compare import compare as compare
from foldwise.api.demo import demo as demo
from foldwise.api.enrich import enrich as enrich
from foldwise.api.fitted import FittedModel as FittedModel
from foldwise.api.power import PowerCurve as PowerCurve
from foldwise.api.power import power as power
from foldwise.api.results import Results as Results
from foldwise.api.sample_checks import qc_flags as qc_flags
from foldwise.api.signature import Signature as Signature
from foldwise.api.signature import read_signature as read_signature
from foldwise.api.signature import signature as signature
from foldwise.api.simulate import simulate as simulate
from foldwise.api.write import write as write
from foldwise.errors import (
    DesignError as DesignError,
)
from foldwise.errors import (
    FoldwiseError as FoldwiseError,
)
from foldwise.errors import (
    FoldwiseWarning as FoldwiseWarning,
)
from foldwise.errors import (
    InputError as InputError,
)
from foldwise.errors import (
    UsageError as UsageError,
)
from foldwise.model.analysis import Analysis as Analysis
from foldwise.model.certificate import Certificate as Certificate
from foldwise.model.choice import MethodChoice as MethodChoice
from foldwise.model.contrast import Contrast as Contrast
from foldwise.model.design import Design as Design
from foldwise.model.experiment import Experiment as Experiment
from foldwise.model.fit import Status as Status
from foldwise.model.results import ResultTable as ResultTable
from foldwise.model.spec import AnalysisSpec as AnalysisSpec

__version__: str
