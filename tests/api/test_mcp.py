"""The server for agents, driven by the SDK's own client over stdin and stdout, as agents do."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mcp import Client, StdioServerParameters

import foldwise
from foldwise.api.simulate import simulate, write_simulation
from foldwise.cli.app import cli
from foldwise.errors import UsageError
from foldwise.mcp import server

PACKAGE = str(Path(foldwise.__file__).resolve().parents[1])
TOOLS = ["certify", "check_claims", "check_design", "explain", "gene", "interpretation", "methods", "run", "top_genes"]
MODEL = {"design": "~ group", "contrasts": ["group:treated:control"]}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("root")
    write_simulation(simulate(800, 8, seed=4), folder)
    return folder


def parameters(root: Path, out: Path, code: str | None = None) -> StdioServerParameters:
    start = ["-m", "foldwise"] if code is None else ["-c", code]
    env = {"PYTHONPATH": PACKAGE, "PATH": os.environ.get("PATH", "")}
    return StdioServerParameters(
        command=sys.executable, args=[*start, "mcp", "--root", str(root), "-o", str(out)], env=env
    )


def talk(where: StdioServerParameters, conversation: Any) -> Any:
    """Start the server, hold a conversation, and stop it."""

    async def whole() -> Any:
        async with Client(where) as client:

            async def ask(tool: str, **arguments: Any) -> dict[str, Any]:
                result = await client.call_tool(tool, arguments)
                text = result.content[0].text
                assert len(text.encode()) <= 8192, (tool, len(text))
                return json.loads(text)

            return await conversation(client, ask)

    return asyncio.run(whole())


def test_an_agent_drives_a_whole_analysis(root, tmp_path):
    async def conversation(client: Client, ask: Any) -> dict[str, Any]:
        tools = (await client.list_tools()).tools
        assert sorted(tool.name for tool in tools) == TOOLS
        assert all(tool.description for tool in tools)

        checked = await ask("check_design", samples="samples.tsv", **MODEL)
        assert checked["data"]["comparisons"][0]["direction"] == "up = higher in treated"
        wrong = await ask("check_design", samples="samples.tsv", design="~ gruop")
        assert wrong["error"]["code"] == "E-SHEET-004"
        assert "Did you mean 'group'?" in wrong["error"]["fix"]

        done = await ask("run", counts=["counts.tsv.gz"], samples="samples.tsv", run="first", **MODEL)
        assert done["ok"], done
        (contrast,) = done["data"]["contrasts"]
        assert contrast["n_up"] + contrast["n_down"] > 10
        assert done["data"]["certificate"]["verdict"] in ("WARN", "FAIL")  # 4 v 4 can at best warn
        assert done["data"]["certificate"]["n_runs"] == 18
        judged = await ask("certify", run="first", n=10)
        assert judged["data"]["certificates"][0]["n_runs"] == 10
        assert any("batch" in text for text in judged["data"]["certificates"][0]["limits"])
        assert (await ask("certify", run="first", n=0))["error"]["code"] == "E-USAGE-002"
        assert (await ask("certify", run="../first"))["error"]["code"] == "E-PATH-001"

        top = await ask("top_genes", run="first", direction="up")
        best = top["data"]["genes"][0]
        assert best["log2_fold_change"] > 0
        one = await ask("gene", run="first", gene=best["gene_id"])
        row = one["data"]["comparisons"]["group_treated_vs_control"]
        assert row["called"] is True
        assert row["padj"] == best["padj"]
        assert len(one["data"]["normalized_counts"]) == 8
        low = await ask("explain", code="low_count")
        assert "too few reads" in low["data"]["text"]
        written = await ask("methods", run="first")
        assert "# Methods" in written["data"]["text"]
        assert "edger-ql" in (await ask("methods"))["data"]["methods"]

        n_up, lfc = contrast["n_up"], row["log2_fold_change"]
        true = f"{n_up} genes are up. {best['gene_id']} is upregulated in treated (log2 fold change {lfc:.2f})."
        assert (await ask("check_claims", run="first", text=true))["accepted"] is True
        false = f"{n_up + 1} genes are up. {best['gene_id']} is downregulated. TP53 is induced."
        refused = await ask("check_claims", run="first", text=false)
        assert [item["kind"] for item in refused["data"]["problems"]] == ["number", "direction", "gene"]
        return done

    done = talk(parameters(root, tmp_path / "out"), conversation)
    assert (tmp_path / "out" / "first" / "report.html").is_file()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"first"}
    assert "results/group_treated_vs_control.tsv" in done["data"]["files"]


def test_m13_the_tables_are_those_of_the_command_line(root, tmp_path):
    async def conversation(client: Client, ask: Any) -> None:
        options = {"method": "edger-ql", "fdr": 0.1, "threads": 1}
        done = await ask("run", counts=["counts.tsv.gz"], samples="samples.tsv", options=options, **MODEL)
        assert done["ok"], done

    talk(parameters(root, tmp_path / "out"), conversation)
    files = ["run", str(root / "counts.tsv.gz"), str(root / "samples.tsv")]
    model = ["--design", "~ group", "--contrast", "group:treated:control", "--method", "edger-ql", "--fdr", "0.1"]
    done = CliRunner().invoke(cli, [*files, *model, "-o", str(tmp_path / "cli"), "-q"], prog_name="foldwise")
    assert done.exit_code == 0
    for path in [*(tmp_path / "cli" / "results").iterdir(), *(tmp_path / "cli" / "counts").iterdir()]:
        other = tmp_path / "out" / "run" / path.relative_to(tmp_path / "cli")
        assert path.read_bytes() == other.read_bytes(), path.name


# The server with every event noted that reaches out of it, and every file opened for writing.
WATCHED = """
import os, sys
notes = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def hook(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"):
        os.write(notes, f"{event}\\n".encode())
    if event == "open" and isinstance(arguments[0], str) and isinstance(arguments[2], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            os.write(notes, f"write {os.path.realpath(arguments[0])}\\n".encode())
sys.addaudithook(hook)
from foldwise.cli import main
main()
"""


def test_s6_the_server_opens_no_socket_starts_no_program_and_writes_below_o_only(root, tmp_path):
    where = parameters(root, tmp_path / "out", WATCHED)
    where.env = {**(where.env or {}), "NOTES": str(tmp_path / "notes"), "PYTHONDONTWRITEBYTECODE": "1"}

    async def conversation(client: Client, ask: Any) -> None:
        assert (await ask("run", counts=["counts.tsv.gz"], samples="samples.tsv", **MODEL))["ok"]
        assert (await ask("run", counts=["counts.tsv.gz"], samples="samples.tsv", force=True, **MODEL))["ok"]
        assert (await ask("top_genes"))["ok"]

    talk(where, conversation)
    lines = (tmp_path / "notes").read_text().splitlines()
    outside = [line for line in lines if not line.startswith((f"write {tmp_path / 'out'}/", "write /dev/null"))]
    assert outside == []
    assert len(lines) > 10


def test_the_command_asks_for_roots_and_output(tmp_path):
    for arguments, word in ((["mcp"], "--root"), (["mcp", "--root", str(tmp_path)], "--output")):
        done = CliRunner().invoke(cli, arguments, prog_name="foldwise")
        assert done.exit_code == 2
        assert word in done.stderr
    gone = CliRunner().invoke(cli, ["mcp", "--root", str(tmp_path / "no"), "-o", str(tmp_path)], prog_name="foldwise")
    assert gone.exit_code == 3
    assert "E-FILE-007" in gone.stderr


def test_b101_without_the_sdk_the_pip_line_is_said(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.setitem(sys.modules, "mcp.server.fastmcp", None)
    with pytest.raises(UsageError, match="E-EXTRA-001") as caught:
        server.make_server(None)
    assert caught.value.fix == "pip install 'foldwise[mcp]'"


def test_the_server_ends_when_its_client_is_gone(root, tmp_path):
    command = [sys.executable, "-m", "foldwise", "mcp", "--root", str(root), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
