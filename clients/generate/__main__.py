"""Writes the generated files of the clients from openapi.json.

python3 clients/generate            writes them
python3 clients/generate --check    says which are not current, and fails if one is not
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import contract
import python
import typescript

CLIENTS = Path(__file__).resolve().parent.parent


def texts() -> dict[Path, str]:
    """Every generated file with what it must hold."""
    found = contract.read(CLIENTS.parent / "openapi.json")
    return {
        CLIENTS / "python/src/kukla/models.py": python.models(found),
        CLIENTS / "python/src/kukla/calls.py": python.calls(found),
        CLIENTS / "typescript/src/models.ts": typescript.models(found),
        CLIENTS / "typescript/src/calls.ts": typescript.calls(found),
    }


def main() -> int:
    """Writes or checks; 0 when everything is current."""
    parser = argparse.ArgumentParser(description="Writes the generated files of the clients.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    is_check = parser.parse_args().check
    stale = []
    for path, text in texts().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(CLIENTS.parent))
        if not is_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path}: not current" if is_check else f"{path}: written")
    if is_check and stale:
        print("write them with: python3 clients/generate")
    return 1 if is_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
