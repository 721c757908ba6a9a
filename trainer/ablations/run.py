#!/usr/bin/env python3
"""Trains the arms of the ablations with several seeds and prints their tables in Markdown.

    trainer/ablations/run.py --trainer target/release/kukla-trainer \
        --inputs FOLDER --work FOLDER --seeds 1,2,3 SETS...

FOLDERs with the inputs that base.toml names may be given several times. SETS are folders in BEIR
layout. Arms that are done in the work folder are not trained again.
"""

import argparse
import json
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).parent

# What each arm changes in base.toml, line by line.
ARMS = {
    "whole": {},
    "without distillation": {"distillation = 1.0": "distillation = 0.0"},
    "without matryoshka": {"lengths = [128, 64, 32, 16, 8]": "lengths = [128]"},
}
LENGTHS = [128, 64, 32, 16]


def recipe(arm, seed):
    """The recipe of an arm; a change that finds nothing to change is an error."""
    text = (HERE / "base.toml").read_text()
    for old, new in {**ARMS[arm], "seed = 1": f"seed = {seed}"}.items():
        if f"\n{old}\n" not in text:
            raise SystemExit(f"base.toml has no line `{old}`")
        text = text.replace(f"\n{old}\n", f"\n{new}\n")
    return text


def train(options, arm, seed):
    """Trains and measures one arm; returns {length: nDCG@10}."""
    work = options.work / f"{arm.replace(' ', '-')}-{seed}"
    work.mkdir(parents=True, exist_ok=True)
    scores = work / "scores.json"
    if not scores.exists():
        (work / "recipe.toml").write_text(recipe(arm, seed))
        (work / "card.md").write_text((HERE / "card.md").read_text())
        inputs = [word for folder in options.inputs for word in ("--inputs", folder)]
        model = work / "model"
        run(options, "run", work / "recipe.toml", *inputs, "--work", work, "--output", model)
        lengths = ",".join(map(str, LENGTHS))
        run(options, "evaluate", "--model", model, "--lengths", lengths, "--resamples", "1000",
            "--json", scores, *options.sets)
    # The last of several sets is their mean.
    rows = json.loads(scores.read_text())["sets"][-1]["lengths"]
    return {
        row["length"]: next(f["value"] for f in row["figures"] if f["figure"] == "nDCG@10")
        for row in rows
    }


def run(options, *words):
    subprocess.run([options.trainer, *map(str, words)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainer", required=True)
    parser.add_argument("--inputs", action="append", default=[])
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", default="1,2,3", help="separated by commas")
    parser.add_argument("sets", nargs="+")
    options = parser.parse_args()
    options.seeds = [int(seed) for seed in options.seeds.split(",")]
    found = {(arm, seed): train(options, arm, seed) for seed in options.seeds for arm in ARMS}
    print("nDCG@10, mean over sets; the mean over seeds and, in brackets, every seed\n")
    print("| arm | " + " | ".join(f"{length} values" for length in LENGTHS) + " |")
    print("|---|" + "---|" * len(LENGTHS))
    for arm in ARMS:
        cells = []
        for length in LENGTHS:
            values = [found[arm, seed][length] for seed in options.seeds]
            each = ", ".join(f"{value:.3f}" for value in values)
            cells.append(f"{statistics.mean(values):.3f} ({each})")
        print(f"| {arm} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
