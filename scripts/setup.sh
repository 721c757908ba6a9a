#!/usr/bin/env bash
# Installs what the build and the clients' tests need, on Debian and its relatives; elsewhere says
# what is missing.
set -euo pipefail

missing=()
compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || [ -n "${LIBCLANG_PATH:-}" ] \
    || missing+=(libclang-dev)
command -v c++ >/dev/null || missing+=(g++)
command -v curl >/dev/null || missing+=(curl)
# The clients in other languages: their tests are skipped without these.
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if ! command -v cargo >/dev/null; then
    echo "setup: cargo is not found; install Rust (rustup), then run this again" >&2
    exit 1
fi
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: installing ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "setup: no apt-get here; install by hand what provides: ${missing[*]}" >&2
    exit 1
fi
privileged=()
[ "$(id -u)" -eq 0 ] || privileged=(sudo)
"${privileged[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${privileged[@]}" apt-get install -y -qq "${missing[@]}" >/dev/null
