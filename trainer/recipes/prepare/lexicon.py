"""Writes lexicon.jsonl.gz, an input of built-in.toml: single words that the teacher is asked about.

    python words.py words.tsv.gz
    python lexicon.py words.tsv.gz lexicon.jsonl.gz

All words of the languages the texts have little of or that most people search in, and the most
used ones of the others. The teacher reads a word as it reads a query.
"""

import gzip
import json
import sys

WHOLE = {"ar", "de", "en", "hi", "zh-CN"}
WORDS_MAX = 7_000


def main(words, output):
    found = {}
    with gzip.open(words, "rt", encoding="utf-8") as lines:
        for line in lines:
            language, word, count = line.rstrip("\n").split("\t")
            found.setdefault(language, []).append((float(count), word))
    with open(output, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as stream:
        for language, counted in found.items():
            counted.sort(reverse=True)
            for _, word in counted[: None if language in WHOLE else WORDS_MAX]:
                text = {"text": word, "lang": language, "role": "query", "pair": None}
                stream.write((json.dumps(text, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
