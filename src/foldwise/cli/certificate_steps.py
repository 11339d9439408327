"""The certificate as the terminal shows it: progress, one line, its warning, and the exit code that it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foldwise.cli.progress import progress_bar
from foldwise.cli.session import Session
from foldwise.errors import FoldwiseWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.model.analysis import Analysis
    from foldwise.model.certificate import Certificate
    from foldwise.model.spec import AnalysisSpec

_REFUSED = ("FAIL", "NONE")


def certificate_step(session: Session, analysis: Analysis, keeper: Callable[..., Any] | None = None) -> Analysis:
    """Make the certificate that the settings ask for, say what it says, and return the analysis with it.

    Parameters
    ----------
    session : Session
    analysis : Analysis
    keeper : Checkpoints, optional
        Keeps null runs of a run that is stopped.
    """
    from foldwise.api.certify import certified, runs_asked

    n, why_not = runs_asked(analysis.spec, analysis.experiment)
    if not n:
        if why_not:
            again = "ask for it with --certificate 100"
            session.say("Trust", f"{why_not}; {again}", "note")
        require_step(session, analysis.spec, None)
        return analysis
    with progress_bar(session, "Certifying") as progress:
        analysis = certified(analysis, n, progress=progress, remember=keeper)
    seconds = analysis.provenance["stage_seconds"]["certificate"]
    session.detail("Trust", f"certificate: {seconds:.2f} s", {"stage": "certificate", "seconds": seconds})
    if analysis.certificate is not None:
        say_certificate(session, analysis.certificate, told(analysis))
        require_step(session, analysis.spec, {"verdict": analysis.certificate.verdict})
    return analysis


def told(analysis: Analysis) -> FoldwiseWarning | None:
    """Return the warning that the analysis keeps of its certificate."""
    from foldwise.io.messages import as_warning

    found = [message for message in analysis.messages if message.data.get("verdict")]
    return as_warning(found[-1]) if found else None


def say_certificate(session: Session, found: Certificate, warning: FoldwiseWarning | None) -> None:
    """Say the one line of the certificate, and its warning."""
    from foldwise.io.certificate_json import certificate_facts
    from foldwise.report.certificate_words import terminal_line

    level = "ok" if found.verdict == "PASS" else "plain"
    session.say("Trust", terminal_line(found), level, certificate_facts(found))
    if warning is not None:
        session.warn(warning, "Trust")


def require_step(session: Session, spec: AnalysisSpec, facts: dict[str, Any] | None) -> None:
    """Note that the run ends with 5 where a certificate is required and failed, or is not there."""
    if (session.requires or spec.learn.require_certificate) and (facts is None or facts["verdict"] in _REFUSED):
        session.uncertified = True
        if facts is None:
            session.say("Trust", "a certificate is required, and there is none", "note")
