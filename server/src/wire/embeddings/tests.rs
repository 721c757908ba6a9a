use super::{EmbeddingNumbers, EncodingFormat};

#[test]
fn base64_is_little_endian_floats() {
    let numbers = EmbeddingNumbers::new(vec![1.0, -2.5], EncodingFormat::Base64);
    // struct.pack("<2f", 1.0, -2.5) in base64.
    assert_eq!(serde_json::to_value(numbers).expect("JSON"), "AACAPwAAIMA=");
    let numbers = EmbeddingNumbers::new(vec![1.0, -2.5], EncodingFormat::Float);
    assert_eq!(serde_json::to_string(&numbers).expect("JSON"), "[1.0,-2.5]");
}
