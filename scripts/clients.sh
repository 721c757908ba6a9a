#!/usr/bin/env bash
# Sets up the clients in other languages and runs their tests against a real server.
#
#   scripts/clients.sh            everything; what cannot run here says why in a line of its own
#   scripts/clients.sh setup      only the set-up
#   scripts/clients.sh lock       resolve requirements.in anew into requirements.txt
#
# The server's program is KUKLA_BINARY, or the release build's.
set -euo pipefail
cd "$(dirname "$0")/.."

task=${1:-all}
python=clients/python
typescript=clients/typescript
venv=${KUKLA_CLIENTS_VENV:-$python/.venv}
compatibility=tests/compatibility
foreign=${KUKLA_COMPATIBILITY_VENV:-$compatibility/.venv}
binary=${KUKLA_BINARY:-${CARGO_TARGET_DIR:-target}/release/kukla}
case $binary in /*) ;; *) binary=$PWD/$binary ;; esac
export KUKLA_BINARY=$binary

has_python() {
    if ! command -v python3 >/dev/null; then
        echo "skipped: clients in Python: python3 is not here; run scripts/setup.sh"
    elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        echo "skipped: clients in Python: python3 is older than 3.11"
    elif ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
        echo "skipped: clients in Python: python3 has no venv; run scripts/setup.sh"
    else
        return 0
    fi
    return 1
}

has_node() {
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        echo "skipped: clients in TypeScript: node or npm is not here; run scripts/setup.sh"
    elif [ "$(node -p 'parseInt(process.versions.node)')" -lt 18 ]; then
        echo "skipped: clients in TypeScript: node is older than 18"
    else
        return 0
    fi
    return 1
}

# Says whether what a folder was set up from is still the same, and remembers it.
is_set_up() {
    local stamp=$1 wanted
    shift
    wanted=$(cat "$@" | cksum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
    mkdir -p "$(dirname "$stamp")"
    echo "$wanted" >"$stamp.new"
    return 1
}

set_up_python() {
    local stamp=$venv/set-up
    is_set_up "$stamp" "$python/requirements.txt" "$python/pyproject.toml" && return
    echo "clients: setting up Python in $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$python/requirements.txt"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --editable "$python"
    mv "$stamp.new" "$stamp"
}

set_up_compatibility() {
    local stamp=$foreign/set-up
    is_set_up "$stamp" "$compatibility/requirements.txt" && return
    echo "clients: setting up other people's clients in $foreign"
    python3 -m venv "$foreign"
    "$foreign/bin/pip" install --quiet --disable-pip-version-check \
        --requirement "$compatibility/requirements.txt"
    mv "$stamp.new" "$stamp"
}

set_up_typescript() {
    local stamp=$typescript/node_modules/.set-up
    is_set_up "$stamp" "$typescript/package-lock.json" && return
    echo "clients: setting up TypeScript in $typescript/node_modules"
    # `npm ci` empties the folder, the stamp that waits in it included.
    mv "$stamp.new" "$typescript/.set-up.new"
    (cd "$typescript" && npm ci --silent --no-audit --no-fund)
    mv "$typescript/.set-up.new" "$stamp"
}

test_python() {
    echo "clients: Python"
    (
        cd "$python"
        bin=$(cd "$OLDPWD" && cd "$venv/bin" && pwd)
        "$bin/ruff" check --quiet . ../generate
        "$bin/ruff" format --quiet --check . ../generate
        "$bin/mypy" --no-error-summary
        "$bin/pytest" --quiet
    )
}

test_compatibility() {
    echo "clients: other people's, against the facades"
    "$foreign/bin/pytest" --quiet -p no:cacheprovider "$compatibility"
}

test_typescript() {
    echo "clients: TypeScript"
    (cd "$typescript" && npm test --silent)
}

if [ "$task" = lock ]; then
    "$venv/bin/pip" install --quiet pip-tools==7.6.2
    {
        echo "# Made from requirements.in by \`scripts/clients.sh lock\`; not to be edited."
        cd "$python"
        "$OLDPWD/$venv/bin/pip-compile" --quiet --upgrade --strip-extras --allow-unsafe --no-header \
            --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
            --output-file - requirements.in
    } >"$python/requirements.new"
    mv "$python/requirements.new" "$python/requirements.txt"
    exit
fi

if [ "$task" = all ] && [ ! -x "$binary" ]; then
    echo "clients: $binary is missing; run \`make build\`, or set KUKLA_BINARY" >&2
    exit 1
fi
if has_python; then
    set_up_python
    [ "$task" = setup ] || test_python
    set_up_compatibility
    [ "$task" = setup ] || test_compatibility
fi
if has_node; then
    set_up_typescript
    [ "$task" = setup ] || test_typescript
fi
