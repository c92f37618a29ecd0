"""The real Protégé on a virtual screen: its windows, keys, mouse, log and pictures."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.java import jars

HERE = Path(__file__).parent / "protege"
PACKAGES = {"java": "openjdk-17-jre", "mvn": "maven", "Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick"}
PATIENCE = 60.0  # seconds for one answer of the program, on a busy machine
WIDTH, HEIGHT = 1400, 900


def require_desktop() -> None:
    """Skip the test that asks when the machine has no Java with windows or no virtual screen; say what to install."""
    absent = {package for program, package in PACKAGES.items() if shutil.which(program) is None}
    if "openjdk-17-jre" not in absent and not _has_windows():
        absent.add("openjdk-17-jre")
    if absent:
        pytest.skip(f"no desktop for Protégé: apt-get install --no-install-recommends {' '.join(sorted(absent))}")


def _has_windows() -> bool:
    said = subprocess.run(["java", "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=True)
    home = re.search(r"java\.home = (.+)", said.stderr)
    return home is not None and (Path(home[1]) / "lib" / "libawt_xawt.so").is_file()


class Desktop:
    """Protégé as an editor meets it. Each act is tried anew until its effect is seen, and fails after a minute."""

    def __init__(self, display: str, log: Path, process: "subprocess.Popen[bytes]") -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self._log = log
        self._process = process

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def windows(self, title: str) -> list[str]:
        """The visible windows whose title has this text."""
        return self._xdotool("search", "--onlyvisible", "--name", re.escape(title)).split()

    @property
    def main_window(self) -> str:
        return self.windows(": [")[0]

    def settle(self) -> None:
        """Wait for the opened file and give its window the whole screen, so that places on it are known."""
        self.wait(lambda: "successfully completed" in self.log(), "the file is open")
        self.wait(lambda: self.windows(": ["), "the main window")
        window, size = self.main_window, (str(WIDTH), str(HEIGHT))
        self._xdotool("windowmove", window, "0", "0", "windowsize", window, *size)
        self.wait(lambda: "x".join(size) in self._xdotool("getwindowgeometry", window), "the whole screen")

    def press(self, *keys: str) -> None:
        self._xdotool("key", "--delay", "150", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "10", text)

    def click(self, x: int, y: int, *, window: str | None = None) -> None:
        """Click a place of a window, or of the screen, and give that window the keyboard."""
        if window:
            self._xdotool("windowfocus", window)
        place = ["--window", window] if window else []
        self._xdotool("mousemove", *place, str(x), str(y), "click", "1")
        time.sleep(0.5)

    def scroll(self, x: int, y: int, notches: int) -> None:
        """Turn the wheel downwards over a place of the main window."""
        self._xdotool("mousemove", "--window", self.main_window, str(x), str(y))
        self._xdotool("click", "--repeat", str(notches), "--delay", "30", "5")
        time.sleep(0.5)

    def take_picture(self, path: Path) -> None:
        subprocess.run(["import", "-window", "root", path], env=self._environment, check=True)

    def wait(self, seen: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait until `seen`; fails when the time is up or the program has ended."""
        if not self._watch(seen, seconds):
            pytest.fail(f"Protégé: {what}: not seen in {seconds:.0f} s\n{self.log()[-3000:]}")

    def attempt(self, act: Callable[[], None], seen: Callable[[], object], what: str) -> None:
        """Act until `seen`: a key pressed while a window is still being painted is lost."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            act()
            if self._watch(seen, 8):
                return
        pytest.fail(f"Protégé: {what}: not seen in {PATIENCE:.0f} s\n{self.log()[-3000:]}")

    def _watch(self, seen: Callable[[], object], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            if seen():
                return True
            time.sleep(0.2)
        return False

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], capture_output=True, text=True, env=self._environment, check=False)
        return done.stdout


@contextmanager
def open_in_protege(file: Path, folder: Path, user: str) -> Iterator[Desktop]:
    """Protégé with `file` open, on a screen of its own and with a home in `folder`; both end with the context.

    `user` is the name by which it finds the editor's range of identifiers.
    """
    require_desktop()
    _install(folder)
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    ) as screen:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                display = f":{told.readline().strip()}"
            with (folder / "log").open("wb") as log, _launch(file, folder, user, display, log.fileno()) as protege:
                try:
                    desktop = Desktop(display, folder / "log", protege)
                    desktop.settle()
                    yield desktop
                finally:
                    protege.kill()
        finally:
            screen.terminate()


def _install(folder: Path) -> None:
    for name in ("bundles", "plugins", "conf", "home"):
        (folder / name).mkdir(parents=True)
    shutil.copy(HERE / "config.xml", folder / "conf")
    for jar in jars.resolve(HERE).glob("*.jar"):
        (folder / ("plugins" if "hermit" in jar.name else "bundles") / jar.name).symlink_to(jar)


def _launch(file: Path, folder: Path, user: str, display: str, log: int) -> "subprocess.Popen[bytes]":
    nowhere = [f"-D{scheme}.proxy{key}" for scheme in ("http", "https") for key in ("Host=127.0.0.1", "Port=9")]
    return subprocess.Popen(
        [
            "java",
            f"-Duser.home={folder / 'home'}",
            f"-Duser.name={user}",
            *nowhere,  # its searches for news end at once
            "-DentityExpansionLimit=100000000",
            "-Dfile.encoding=UTF-8",
            "--add-opens=java.desktop/sun.swing=ALL-UNNAMED",
            "--add-exports=java.xml/com.sun.org.apache.xml.internal.serialize=ALL-UNNAMED",
            *("-cp", "bundles/*", "org.protege.osgi.framework.Launcher", str(file)),
        ],
        cwd=folder,
        env={**os.environ, "DISPLAY": display},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
