#!/usr/bin/env bash
# A training step of ours and of PyTorch (step.rs and step.py), in turns, with the same threads.
#
#     PYTHON=venv/bin/python THREADS=2 TURNS=3 trainer/benches/step.sh
#
# PYTHON needs torch and transformers. Prints every turn and the ratio of the medians of the turns,
# ours by PyTorch's: below 1 ours is faster. Other work on the machine hurts the clock, and the
# processor time less.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=${PYTHON:-python3} turns=${TURNS:-3}
export RAYON_NUM_THREADS=${THREADS:-2} OMP_NUM_THREADS=${THREADS:-2}

bench=$(${CARGO:-cargo} bench -p trainer --bench step --no-run 2>&1 |
  sed -n 's/.*Executable.*(\(.*\))/\1/p')
[ -n "$bench" ] || { echo "the bench was not built" >&2; exit 1; }

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for turn in $(seq "$turns"); do
  for side in ours pytorch; do
    if [ "$side" = ours ]; then "$bench" --bench; else "$python" trainer/benches/step.py; fi |
      sed "s/^/$side /" | tee -a "$results" | sed "s/^/turn $turn: /"
  done
done
for what in clock processor; do
  middle() {
    sed -n "s/^$1 $what: median \([0-9.]*\) ms.*/\1/p" "$results" | sort -n |
      awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
  }
  ours=$(middle ours) theirs=$(middle pytorch)
  awk -v what=$what -v ours="$ours" -v theirs="$theirs" \
    'BEGIN { printf "%s: ours %s ms, PyTorch %s ms, ratio %.2f\n", what, ours, theirs, ours / theirs }'
done
