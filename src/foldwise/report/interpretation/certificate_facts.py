"""The certificate as a verdict, named numbers, and sentences that may be repeated."""

from __future__ import annotations

from foldwise.model.certificate import Certificate


def certificate_facts(certificate: Certificate | None, contrast: str) -> tuple[str, dict[str, float], tuple[str, ...]]:
    """Return verdict, numbers and sentences of a certificate; empty where there is none.

    Parameters
    ----------
    certificate : Certificate or None
    contrast : str
        Id of the comparison.
    """
    if certificate is None:
        return "", {}, ()
    numbers: dict[str, float] = {}
    if len(certificate.discoveries):
        numbers = {"n_null_runs": len(certificate.discoveries), "n_null_runs_called": certificate.n_any}
    own = next((each for each in certificate.contrasts if each.id == contrast), None)
    if own is not None:
        numbers |= {"expected_false": own.false, "expected_false_upper": own.false_upper}
        if own.bound_false is not None:
            numbers["bound_false"] = own.bound_false
    safe = (certificate.safe.sentence,) if certificate.safe is not None else ()
    return certificate.verdict, numbers, (*certificate.reasons, *certificate.limits, *safe)
