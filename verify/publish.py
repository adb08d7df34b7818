"""The JSON that is published: one object with the environment and the certificates.

A file is written under another name and then renamed, so that nobody ever reads half of
it; whether it can be written is found out before any work is done.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from verify.certificate import SCHEMA, VERDICTS, Certificate
from verify.environment import environment
from verify.errors import Problem


def document(certificates: Iterable[Certificate], about: dict | None = None) -> dict:
    """The JSON object of the schema "optproof/1"."""
    return {
        "schema": SCHEMA,
        "environment": environment() if about is None else about,
        "certificates": [c.to_json() for c in certificates],
    }


def text(data: dict) -> str:
    """JSON as it is written: indented, in one order, without NaN, with a newline at its end."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


class Output:
    """Where JSON goes: "-" for standard output, else a file.

    Problem where the file cannot be written.
    """

    def __init__(self, path: str):
        self.path = path
        self._temporary: str | None = None
        if path != "-":
            self._prepare(Path(os.path.realpath(path)))

    def _prepare(self, file: Path) -> None:
        self._file = file
        try:
            if file.is_dir():
                raise IsADirectoryError(21, "Is a directory")
            if file.exists() and not os.access(file, os.W_OK):
                raise PermissionError(13, "Permission denied")
            if not file.exists() or file.is_file():
                handle, self._temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
                os.close(handle)
        except OSError as error:
            raise Problem(
                f"{self.path} cannot be written: {error.strerror}",
                expected="a file in a folder that exists and can be written to",
                where=f"--json {self.path}",
            ) from error

    def write(self, data: dict) -> None:
        """The whole object at once."""
        if self.path == "-":
            sys.stdout.write(text(data))
        elif self._temporary is None:  # a pipe or a device: there is nothing to rename
            self._file.write_text(text(data), "utf-8")
        else:
            self._replace(self._temporary, text(data))

    def _replace(self, temporary: str, content: str) -> None:
        Path(temporary).write_text(content, "utf-8")
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, self._file.stat().st_mode & 0o777 if self._file.exists() else 0o666 & ~mask)
        os.replace(temporary, self._file)
        self._temporary = None

    def close(self) -> None:
        """Leave nothing behind where nothing was written."""
        if self._temporary:
            Path(self._temporary).unlink(missing_ok=True)
            self._temporary = None


def read(path: str) -> dict[tuple[str, str], dict]:
    """The certificates of a file by target and rule.  Problem where it is none of ours."""
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise _unreadable(
            path, f"has the schema {data.get('schema')!r}" if isinstance(data, dict) else "holds no object"
        )
    certificates = data.get("certificates")
    if not isinstance(certificates, list):
        raise _unreadable(path, "has no list of certificates")
    found = {_key(path, c): c for c in certificates}
    if len(found) < len(certificates):
        raise _unreadable(path, "has two certificates of one target and rule")
    return found


def _key(path: str, certificate) -> tuple[str, str]:
    shape = {"target": str, "rule": str, "verdict": str, "exact": dict, "deviations": list}
    for name, kind in shape.items():
        if not isinstance(certificate, dict) or not isinstance(certificate.get(name), kind):
            raise _unreadable(path, f"has a certificate without {name!r}")
    if certificate["verdict"] not in VERDICTS:
        raise _unreadable(path, f"has the verdict {certificate['verdict']!r}")
    return certificate["target"], certificate["rule"]


def _unreadable(path: str, what: str) -> Problem:
    return Problem(
        f"{path} {what}", f"JSON of the schema {SCHEMA!r}, as `optproof certify --json` writes it", str(path)
    )
