//! Compiles the built-in model in where its files are there.

use std::path::Path;

fn main() {
    let folder = Path::new("models/built-in");
    let files = [
        "config.json",
        "config_sentence_transformers.json",
        "model.safetensors",
        "tokenizer.json",
    ];
    println!("cargo::rustc-check-cfg=cfg(built_in_model)");
    println!("cargo::rerun-if-changed={}", folder.display());
    if files.iter().all(|file| folder.join(file).is_file()) {
        println!("cargo::rustc-cfg=built_in_model");
    }
}
