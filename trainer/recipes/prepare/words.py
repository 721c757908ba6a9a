"""Writes words.tsv.gz, an input of built-in.toml: how often words are used, language by language.

    pip install wordfreq==3.1.1
    python words.py words.tsv.gz

A line is a language, a word and its occurrences in a million words, with tabs between. The numbers
are wordfreq's (its data are CC BY-SA 4.0). The same version gives the same bytes.
"""

import gzip
import sys

import wordfreq

# Names in the texts, and in wordfreq.
LANGUAGES = {
    "ar": "ar", "cs": "cs", "de": "de", "el": "el", "en": "en", "es": "es", "fr": "fr", "hi": "hi",
    "it": "it", "ja": "ja", "ko": "ko", "nl": "nl", "pl": "pl", "pt-BR": "pt", "ru": "ru",
    "sv": "sv", "tr": "tr", "vi": "vi", "zh-CN": "zh",
}
WORDS_MAX = 30_000


def main(output):
    with open(output, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as stream:
        for language, name in LANGUAGES.items():
            words = wordfreq.get_frequency_dict(name, "small")
            ordered = sorted(words.items(), key=lambda item: (-item[1], item[0]))
            for word, frequency in ordered[:WORDS_MAX]:
                stream.write(f"{language}\t{word}\t{frequency * 1e6:.3f}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
