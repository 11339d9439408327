"""The report in headless Chromium. Where a machine has none the tests are skipped with a reason."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from foldwise.model.analysis import Analysis
from foldwise.report import write_report

from ..unit.report.fixture import simulated

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Page:
    """One open report."""

    driver: Any

    def run(self, code: str, *arguments: Any) -> Any:
        """Run JavaScript (a function body; ``await`` allowed) and return its value."""
        wrapped = (
            "const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);"
            f"(async (...args) => {{ {code} }})(...args)"
            ".then((value) => done([value ?? null, null]), (error) => done([null, String(error)]));"
        )
        value, error = self.driver.execute_async_script(wrapped, *arguments)
        assert error is None, error
        return value

    def open(self, path: Path, fragment: str = "") -> Page:
        """Load a page and wait until it is drawn."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        state = self.load(path, fragment)
        assert state == "ready", (state, self.driver.get_log("browser"))
        return self

    def load(self, path: Path, fragment: str = "") -> str:
        """Load a page and return how it ended: ready, static (without unpacking) or failed."""
        self.driver.get(path.as_uri() + fragment)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            state = self.driver.execute_script("return document.documentElement.dataset.state || ''")
            if state:
                return state
            time.sleep(0.02)
        raise AssertionError(f"not drawn after 60 s: {self.driver.get_log('browser')}")

    def console(self) -> list[str]:
        """Return what the browser complained about since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return every address asked for since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def cpu_seconds(self) -> float:
        """Return the processor time of the page's main thread since it was opened."""
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "ThreadTime")

    def media(self, **features: str) -> None:
        """Pretend what the reader prefers, such as ``prefers_color_scheme="dark"``; nothing: as usual."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def width(self, width: int | None, height: int = 900) -> None:
        """Take a window of that width; None: as usual."""
        if width is None:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            return
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def settle(self) -> None:
        """Wait until pending drawings are done."""
        self.run("await new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)));")


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    chromedriver = shutil.which("chromedriver")
    if browser is None or chromedriver is None:
        pytest.skip("no Chromium with chromedriver on this machine (Debian: apt install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    downloads = tmp_path_factory.mktemp("downloads")
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1400,1000",
    ):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    found.set_script_timeout(120)
    found.downloads = downloads
    yield found
    found.quit()


@pytest.fixture(scope="session")
def page(driver):
    return Page(driver)


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """An analysis of two comparisons."""
    return simulated(3000, contrasts=2)


@pytest.fixture(scope="session")
def file(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report, which tests open and never change."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(analysis, path, command="foldwise run counts.tsv samples.tsv")
    return path
