"""What an agent can ask for. Plain functions that return JSON texts; the protocol is in `foldwise.mcp.server`."""

from __future__ import annotations

import dataclasses
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import FoldwiseError, FoldwiseWarning, InputError, InternalError, UsageError
from foldwise.mcp.answers import answer, failure, paged, paged_text
from foldwise.mcp.jail import Jail, Refused

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.api.stored import StoredRun
    from foldwise.model.spec import AnalysisSpec

# Options that the server decides itself.
_OWN = ("counts", "samples", "design", "contrast", "output", "style")
# Options that reach a network, which no tool may.
_NEVER = ("language_model", "language_model_name", "language_model_key")
_MOST_CONTRASTS = 50
_NEXT = "certify, interpretation, top_genes, gene, methods, check_claims"
_ROW = ("base_mean", "mean_log2_cpm", "log2_fold_change", "log2_fold_change_se", "statistic", "pvalue", "padj",
        "log2_fold_change_shrunk", "s_value", "status")  # fmt: skip


class Agent:
    """The tools, bound to the folders that they may use.

    Parameters
    ----------
    jail : Jail
    """

    def __init__(self, jail: Jail) -> None:
        self.jail = jail
        self._one_at_a_time = threading.Lock()

    def call(self, tool: Callable[..., str], /, *arguments: Any, **named: Any) -> str:
        """Return the answer of a tool; every error is an answer too, none a traceback."""
        with self._one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore", FoldwiseWarning)
            try:
                with self.jail.closed():
                    told = tool(*arguments, **named)
            except FoldwiseError as error:
                told = failure(error)
            except Refused as error:
                told = failure(InputError("E-PATH-001", str(error), "Nothing outside the folders is reached."))
            except Exception as error:
                told = failure(_bug(error))
        for folder in (*self.jail.roots, self.jail.output):  # where they lie is no matter of the agent's
            told = told.replace(f"{folder}/", "")
        return told

    # --- tools -------------------------------------------------------------------------------------------------------

    def check_design(
        self,
        samples: str | None,
        design: str | None,
        counts: list[str] | None,
        contrasts: list[str] | None,
        options: dict[str, Any] | None,
    ) -> str:
        """Return the design in words, its comparisons and what is questionable."""
        from foldwise.api.check import sample_frame
        from foldwise.api.coerce import read_experiment
        from foldwise.api.design import resolve_design

        spec = self._spec(counts or [], samples, design, contrasts, options)
        found: list[dict[str, Any]] = []
        shape: dict[str, Any] = {}
        if counts:
            experiment, messages = read_experiment(spec.input.counts, spec.input.samples, spec)
            frame = experiment.samples
            found += [{"code": item.id, "text": item.text} for item in messages if item.level == "warning"]
            shape = {"genes": experiment.n_genes, "samples": experiment.n_samples}
        elif spec.input.samples is not None:
            frame = sample_frame(spec.input.samples)
            shape = {"samples": len(frame)}
        else:
            raise UsageError("E-USAGE-002", "No sample sheet is given.", "Give samples, or counts and groups.")
        resolved = resolve_design(spec, frame)
        found += [{"code": w.id, "text": f"{w.found} {w.fix}"} for w in resolved.findings]
        made = resolved.design
        return answer({
            "design": made.formula, "source": made.source, "coefficients": list(made.coefficient_names),
            "residual_df": made.residual_df, **shape,
            "comparisons": [{"id": c.id, "label": c.label, "direction": c.direction} for c in resolved.contrasts],
            "in_words": list(resolved.sentences), "warnings": found,
        })  # fmt: skip

    def run(
        self,
        counts: list[str],
        samples: str | None,
        design: str | None,
        contrasts: list[str] | None,
        options: dict[str, Any] | None,
        run: str,
        force: bool,
    ) -> str:
        """Run an analysis, write its directory, and return what was found."""
        from foldwise.api.analyze import run as analyze
        from foldwise.api.certify import certified, runs_asked
        from foldwise.api.coerce import read_experiment
        from foldwise.api.write import check_output, write

        directory = self.jail.run_directory(run)
        spec = self._spec(counts, samples, design, contrasts, options)
        spec = dataclasses.replace(spec, output=dataclasses.replace(spec.output, directory=str(directory)))
        check_output(directory, spec, force=force)
        experiment, messages = read_experiment(spec.input.counts, spec.input.samples, spec)
        analysis = analyze(spec, experiment, messages=messages)
        n, _ = runs_asked(analysis.spec, experiment)
        if n and analysis.certificate is None:  # as the command line does by itself
            analysis = certified(analysis, n)
        write(analysis, directory, force=force)
        return self._summary(run)

    def certify(self, run: str, n: int) -> str:
        """Judge the false discovery rate of a finished run by null runs of all of it; write and return the verdict."""
        from foldwise.api.certify_directory import certify_directory
        from foldwise.io.certificate_json import certificate_facts
        from foldwise.model.spec_options import OPTIONS, check_value

        check_value(OPTIONS["certificate"], str(n))
        if n < 1:
            raise UsageError("E-USAGE-002", f"n must be a number of null runs, at least 1; it is {n}.", "200 is usual.")
        done = certify_directory(self.jail.run_directory(run), n)
        found = [each.analysis.certificate for each in done if each.analysis.certificate is not None]
        judged = [{**(certificate_facts(each) or {}), "limits": list(each.limits)} for each in found]
        return answer({"certificates": judged}, run=run, never="a PASS is no proof, a WARN is not wrong")

    def top_genes(self, run: str, contrast: str | None, direction: str, called_only: bool, start: int) -> str:
        """Return the genes of a comparison, best first, a page at a time."""
        from foldwise.io.write_outputs import best_first

        if direction not in ("up", "down", "both"):
            raise UsageError("E-USAGE-001", "direction is none of up, down, both.", "Possible: up, down, both.")
        stored = self._stored(run)
        facts = stored.contrast(contrast)
        table = stored.table(contrast)
        if called_only:
            table = table[(table["padj"] < float(facts["fdr"])).to_numpy()]
        if direction != "both":
            wanted = table["log2_fold_change"] > 0 if direction == "up" else table["log2_fold_change"] < 0
            table = table[wanted.to_numpy()]
        table = best_first(table)

        def page(rows: list[int]) -> dict[str, Any]:
            return {"contrast": facts["id"], "direction": facts["direction"],
                    "genes": [_gene_row(table, row) for row in rows]}  # fmt: skip

        return paged(range(len(table)), start, "genes", page)

    def gene(self, run: str, gene: str, contrast: str | None) -> str:
        """Return what a run says of one gene: its numbers and normalized counts, and why it is called or not."""
        from foldwise.api.describe import statuses

        stored = self._stored(run)
        ids = [str(item["id"]) for item in stored.facts["contrasts"]] if contrast is None else [contrast]
        found, identity = {}, ""
        for each in ids[:_MOST_CONTRASTS]:
            facts, table = stored.contrast(each), stored.table(each)
            row = _find(table, gene)
            identity = str(table.index[row])
            values = _gene_row(table, row)
            padj = values["padj"]
            values["called"] = bool(padj is not None and padj == padj and padj < float(facts["fdr"]))
            values["why"] = statuses()[str(values["status"])].split("\n  ")[1]
            found[each] = {**values, "direction": facts["direction"], "fdr": facts["fdr"]}
        return answer({"comparisons": found, "normalized_counts": _normalized(stored.directory, identity)})

    def explain(self, code: str) -> str:
        """Return what a message id, a status or a column means."""
        from foldwise.api.describe import describe

        return paged_text(describe(code[:200]), 0)

    def methods(self, run: str | None, start: int) -> str:
        """Return the methods paragraph and citations of a run, or the methods there are and when to use which."""
        if run is not None:
            stored = self._stored(run)
            return paged_text(stored.text("methods.md") + "\n" + stored.text("citations.bib"), start, run=run)
        from foldwise.api.describe import method_uses

        return answer({"methods": method_uses()})

    def check_claims(self, run: str, text: str, contrast: str | None) -> str:
        """Return, sentence by sentence, which claims of a text the tables of a run do not hold."""
        from foldwise.api.stored_evidence import stored_evidence
        from foldwise.report.interpretation.check import MAX_TEXT, check_text, checker

        if len(text) > MAX_TEXT:
            found = f"The text has {len(text):,} characters; {MAX_TEXT:,} are read at a time."
            raise UsageError("E-USAGE-002", found, "Send it in parts, each of whole sentences.")
        evidence = stored_evidence(self._stored(run), contrast)
        judgments = check_text(text, checker(evidence))
        problems = [dataclasses.asdict(problem) for judgment in judgments for problem in judgment.problems]
        accepted = [judgment.sentence for judgment in judgments if judgment.accepted]
        data = {"contrast": evidence.contrast, "problems": problems, "accepted_sentences": accepted}
        counts = {"n_problems": len(problems), "n_sentences": len(judgments)}
        return answer(data, accepted=not problems, **counts)

    def interpretation(self, run: str, start: int) -> str:
        """Return what a run found, in words."""
        return paged_text(self._stored(run).text("interpretation.md"), start, run=run)

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _spec(
        self,
        counts: list[str],
        samples: str | None,
        design: str | None,
        contrasts: list[str] | None,
        options: dict[str, Any] | None,
    ) -> AnalysisSpec:
        """Return the settings, every path in them made real and found inside the roots."""
        from foldwise.io.sources import expanded
        from foldwise.model.spec import AnalysisSpec
        from foldwise.model.spec_options import with_options
        from foldwise.model.spec_paths import map_paths

        given = dict(options or {})
        for name in _OWN:
            if name in given:
                raise UsageError("E-USAGE-001", f"options has no '{name}' here.", "It is an argument of the tool.")
        for name in _NEVER:
            if name in given:
                raise UsageError("E-USAGE-001", f"options has no '{name}' here.", "A tool reaches no network.")
        if contrasts is not None and len(contrasts) > _MOST_CONTRASTS:
            raise UsageError("E-USAGE-002", f"{len(contrasts)} contrasts are given.", f"At most {_MOST_CONTRASTS}.")
        given |= {"counts": list(counts), "samples": samples, "design": design, "contrast": list(contrasts or [])}
        spec = with_options(AnalysisSpec(), {name: value for name, value in given.items() if value is not None})
        inside = map_paths(spec, self._readable)
        files = [self.jail.readable(str(path)) for path in expanded(inside.input.counts)]
        return dataclasses.replace(inside, input=dataclasses.replace(inside.input, counts=tuple(files)))

    def _readable(self, path: str) -> str:
        return self.jail.readable(path)

    def _stored(self, run: str) -> StoredRun:
        from foldwise.api.stored import stored_run

        return stored_run(self.jail.run_directory(run))

    def _summary(self, run: str) -> str:
        facts = self._stored(run).facts
        told = [{"level": item["level"], "code": item["code"], "text": item["msg"]} for item in facts["messages"]
                if item["level"] == "warning"]  # fmt: skip
        return answer({
            "run": run, "design": facts["design"]["formula"], "source": facts["design"]["design_source"],
            "shape": facts["shape"], "contrasts": facts["contrasts"], "warnings": told,
            "files": [entry["name"] for entry in facts["files"]],
            "certificate": facts.get("certificate"),  # names comparisons, hence levels of the sheet
        }, next=_NEXT)  # fmt: skip


def _gene_row(table: pd.DataFrame, row: int) -> dict[str, Any]:
    values = {name: _short(table[name].iloc[row]) for name in _ROW if name in table}
    name = table["gene_name"].iloc[row] if "gene_name" in table else ""
    named = {"gene_name": name} if isinstance(name, str) and name else {}
    return {"gene_id": str(table.index[row]), **named, **values}


def _short(value: Any) -> Any:
    """Return a number with six significant digits, so that a page holds more genes."""
    return value if isinstance(value, str) else float(f"{float(value):.6g}")


def _find(table: pd.DataFrame, gene: str) -> int:
    from foldwise.api.gene import position

    return position(table, gene)


def _normalized(directory: Path, gene: str) -> dict[str, float]:
    """Return the normalized counts of a gene by sample, at most 200 of them."""
    import pandas as pd

    frame = _normalized_frame(directory)
    rows = frame.index.to_numpy() == gene
    if not rows.any():
        return {}
    values = pd.to_numeric(frame[rows].iloc[0], errors="coerce")
    return {str(name): round(float(value), 3) for name, value in values.head(200).items()}


def _normalized_frame(directory: Path) -> pd.DataFrame:
    import io

    import pandas as pd

    from foldwise.io.raw_bytes import read_bytes

    data = read_bytes(directory / "counts" / "normalized.tsv.gz")
    return pd.read_csv(io.BytesIO(data), sep="\t", dtype=str, keep_default_na=False, index_col=0)


def _bug(error: Exception) -> FoldwiseError:
    from foldwise.provenance import redacted

    if isinstance(error, MemoryError):
        from foldwise.errors import ResourceError

        return ResourceError("E-MEM-002", "The memory ran out.", "Use fewer samples or genes, or a larger machine.")
    told = f"foldwise met a bug of its own: {type(error).__name__}: {redacted(str(error))[:300]}"
    return InternalError("E-INTERNAL-001", told, "Please send it to the authors.")
