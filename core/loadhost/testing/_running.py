"""RunningLoadhost: a `loadhost run` in a child process, from its start to its outcome."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from loadhost.testing._outcome import RunOutcome

_TAIL = 4000


class RunningLoadhost:
    """A run under way in a child process; `loadhost_run.start` makes it. Its output goes to files, never a pipe."""

    def __init__(self, command: Sequence[str], *, folder: Path, name: str, env: Mapping[str, str]) -> None:
        self._folder, self._name = folder, name
        self._stdout, self._stderr = folder / f"{name}.out", folder / f"{name}.err"
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self._process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,  # so that kill() reaches all of its processes
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it wrote so far, stdout, then stderr."""
        return self._read(self._stdout) + self._read(self._stderr)

    def send_signal(self, number: int) -> None:
        """Send a signal to the process, unless it has ended."""
        self._process.send_signal(number)

    def interrupt(self) -> None:
        """SIGINT, as Ctrl-C would."""
        self.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to it and to all processes it started. Harmless when they have ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Wait until `text` is in the output. Raises TimeoutError with the output if it does not come."""
        deadline = time.monotonic() + timeout
        while text not in self.output:
            if time.monotonic() > deadline or self._process.poll() is not None:
                if text in self.output:
                    return
                raise TimeoutError(f"{text!r} did not appear in the output:\n{self.output[-_TAIL:]}")
            time.sleep(0.02)

    def finish(self, timeout: float = 60) -> RunOutcome:
        """Wait for its end. Past `timeout` seconds it is killed, and TimeoutError shows what it wrote."""
        try:
            exit_code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(
                f"the run did not end within {timeout:g} s (give it -t?) and was killed; it wrote:\n"
                f"{self.output[-_TAIL:]}"
            ) from None
        return RunOutcome(
            exit_code,
            stdout=self._read(self._stdout),
            stderr=self._read(self._stderr),
            report=self._report(),
            folder=self._folder,
            name=self._name,
        )

    def _report(self) -> Mapping[str, object] | None:
        path = self._folder / f"{self._name}.json"
        if not path.exists() or not path.stat().st_size:
            return None
        report: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return report

    @staticmethod
    def _read(path: Path) -> str:
        return path.read_text(encoding="utf-8", errors="replace")
