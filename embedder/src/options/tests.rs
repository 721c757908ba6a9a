use super::{DeviceKind, EmbedderOptions};
use crate::error::Error;

#[test]
fn defaults_are_in_range() {
    EmbedderOptions::default().check().expect("defaults");
}

#[test]
fn each_bound_is_checked_by_name() {
    let defaults = EmbedderOptions::default;
    let bad = [
        (
            "batch_tokens_max",
            EmbedderOptions {
                batch_tokens_max: 0,
                ..defaults()
            },
        ),
        (
            "queue_tokens_max",
            EmbedderOptions {
                queue_tokens_max: 0,
                ..defaults()
            },
        ),
        (
            "text_bytes_max",
            EmbedderOptions {
                text_bytes_max: 0,
                ..defaults()
            },
        ),
        (
            "tokenize_threads",
            EmbedderOptions {
                tokenize_threads: 0,
                ..defaults()
            },
        ),
        (
            "tokenize_threads",
            EmbedderOptions {
                tokenize_threads: 1 << 20,
                ..defaults()
            },
        ),
        (
            "model_threads",
            EmbedderOptions {
                model_threads: Some(0),
                ..defaults()
            },
        ),
    ];
    for (name, options) in bad {
        let error = options.check().expect_err(name);
        assert!(matches!(error, Error::SettingInvalid { setting, .. } if setting == name));
    }
}

#[test]
fn devices_are_read() {
    assert_eq!(DeviceKind::parse("cpu").expect("cpu"), DeviceKind::Cpu);
    assert_eq!(
        DeviceKind::parse("cuda").expect("cuda"),
        DeviceKind::Cuda(0)
    );
    assert_eq!(
        DeviceKind::parse("cuda:3").expect("cuda:3"),
        DeviceKind::Cuda(3)
    );
    assert_eq!(
        DeviceKind::parse("metal").expect("metal"),
        DeviceKind::Metal
    );
    for bad in ["", "gpu", "cuda:", "cuda:x", "cuda:-1"] {
        DeviceKind::parse(bad).expect_err(bad);
    }
}
