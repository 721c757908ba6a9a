#!/usr/bin/env bash
# Starts the server with the built-in model, imports the sample and asks it three questions.
set -euo pipefail
cd "$(dirname "$0")/.."

listen=${KUKLA_DEMO_LISTEN:-127.0.0.1:6363}
url=http://$listen
run=run/demo
kukla=${CARGO_TARGET_DIR:-target}/release/kukla

is_ours() {
    local pid
    pid=$(cat "$run/pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null || return 1
    # The number may be another program's by now, or a killed server's that nobody has waited for.
    [ ! -d /proc/self ] || tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q 'kukla serve '
}

if [ "${1:-}" = stop ]; then
    if is_ours; then
        kill "$(cat "$run/pid")"
        echo "demo: stopped"
    else
        echo "demo: not running"
    fi
    rm -f "$run/pid"
    exit 0
fi

mkdir -p "$run"
if is_ours; then
    echo "demo: the server is running already"
elif curl -s -o /dev/null "$url/healthz"; then
    echo "demo: something else listens on $listen; stop it, or set KUKLA_DEMO_LISTEN to another address and port" >&2
    exit 1
else
    echo "demo: starting the server"
    nohup "$kukla" serve --data "$run/data" --listen "$listen" >"$run/log" 2>&1 </dev/null &
    echo $! >"$run/pid"
    for _ in $(seq 1 100); do
        curl -sf -o /dev/null "$url/readyz" && break
        is_ours || { echo "demo: the server did not start:" >&2; tail -5 "$run/log" >&2; exit 1; }
        sleep 0.1
    done
fi

echo "demo: importing demo/sample.jsonl"
"$kukla" import demo/sample.jsonl --collection demo --create --restart --url "$url"

# Vectors are searched at once; words follow within a second.
sleep 1
while IFS= read -r question; do
    echo
    echo "== $question"
    "$kukla" search "$question" --collection demo --limit 3 --url "$url"
done <demo/questions.txt

cat <<END

The server listens on $url (collection \`demo\`) and stays up. Ask it yourself:

  curl -s $url/v1/collections/demo/search -H 'content-type: application/json' \\
    -d '{"query": "Why do volcanoes erupt?", "limit": 3}'

The log is $run/log, the data is $run/data; \`make stop\` stops the server.
END
