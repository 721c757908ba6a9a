#!/usr/bin/env python3
"""Fine-tunes a model on the documents of a judged set and measures it on all of the set's queries.

    trainer/ablations/domain.py --trainer target/release/kukla-trainer \
        --model FOLDER --work FOLDER ../shared/eval/cranfield

Only documents are trained on: what stands before the first ` .. ` of a Cranfield abstract is its
title and finds the rest. Neither a query nor a judgement of the set is seen in training. WORK gets
scores.json, which compares the model before and after, and report.html, which shows it.
"""

import argparse
import json
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).parent


def records(corpus, output):
    """Writes title and body of every document that has both; returns how many."""
    count = 0
    with open(corpus) as lines, open(output, "w") as file:
        for line in lines:
            title, found, body = json.loads(line)["text"].partition(" .. ")
            # Abstracts repeat their title, which would make the task a comparison of strings.
            body = body.strip().removeprefix(title.strip()).lstrip(" .")
            if found and title.strip() and body:
                file.write(json.dumps({"title": title.strip(), "body": body}) + "\n")
                count += 1
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainer", required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("set", type=pathlib.Path)
    options = parser.parse_args()
    work, tuned, scores = options.work, options.work / "tuned", options.work / "scores.json"
    work.mkdir(parents=True, exist_ok=True)

    def run(*words):
        subprocess.run([options.trainer, *map(str, words)], check=True)

    print(records(options.set / "corpus.jsonl", work / "records.jsonl"), "records")
    if not (work / "model").exists():
        shutil.copytree(options.model, work / "model")
    for name in ["domain.toml", "card.md"]:
        shutil.copy(HERE / name, work / name)
    run("mine", work / "records.jsonl", "--output", work / "pairs.jsonl")
    run("finetune", work / "domain.toml", "--inputs", work, "--work", work, "--output", tuned)
    run("evaluate", "--model", tuned, "--against", work / "model", "--json", scores, options.set)
    run("report", "--metrics", work / "finetune.jsonl", "--after", scores, "--title",
        f"Fine-tuning on {options.set.name}", "--output", work / "report.html")


if __name__ == "__main__":
    main()
