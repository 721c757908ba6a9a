use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Value;

use super::{Sources, resolve};
use crate::config::Config;

fn sources(
    file: Option<PathBuf>,
    environment: &[(&str, &str)],
    arguments: &[(&'static str, &str)],
) -> Sources {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let arguments = arguments
        .iter()
        .map(|(name, value)| (*name, Value::String((*value).to_owned())));
    Sources {
        file,
        environment: environment.collect::<BTreeMap<_, _>>(),
        arguments: arguments.collect(),
    }
}

#[test]
fn later_sources_win() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kukla.toml");
    let text = "[server]\nlisten = \"127.0.0.1:1\"\n[limits]\nqueue_max = 1\nread_threads = 1\n";
    std::fs::write(&file, text).expect("written");
    let environment = [
        ("KUKLA__SERVER__LISTEN", "127.0.0.1:2"),
        ("KUKLA__LIMITS__QUEUE_MAX", "2"),
    ];
    let found = resolve(&sources(
        Some(file),
        &environment,
        &[("server.listen", "localhost:3")],
    ));
    let config = found.expect("all is fine");
    assert_eq!(config.listen.to_string(), "127.0.0.1:3");
    assert_eq!(
        (config.limits.queue_max, config.limits.read_threads),
        (2, 1)
    );
}

#[test]
fn the_printed_configuration_can_be_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kukla.toml");
    std::fs::write(&file, Config::default().to_toml()).expect("written");
    assert_eq!(
        resolve(&sources(Some(file), &[], &[])),
        Ok(Config::default())
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kukla.toml");
    std::fs::write(&file, "queue_max = 1\n[limits]\nqueue_max = \"many\"\n").expect("written");
    let environment = [
        ("KUKLA__LIMITS__READ_THREADS", "0"),
        ("KUKLA__LIMIT__QUEUE_MAX", "1"),
    ];
    let error = resolve(&sources(
        Some(file),
        &environment,
        &[("server.listen", "0.0.0.0:1")],
    ))
    .expect_err("all of it is wrong");
    let text = error.to_string();
    for part in [
        "setting `queue_max`",
        "did you mean `limits.queue_max`",
        "setting `limits.queue_max`",
        "setting `limits.read_threads` (KUKLA__LIMITS__READ_THREADS): 0 is not in 1 to 4096",
        "setting `limit.queue_max`",
        "--allow-remote-without-key",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert_eq!(error.problems.len(), 5, "{text}");
}

#[test]
fn a_file_that_is_absent_or_no_toml_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kukla.toml");
    let absent = resolve(&sources(Some(file.clone()), &[], &[])).expect_err("absent");
    assert!(absent.to_string().contains("kukla.toml"), "{absent}");
    std::fs::write(&file, "= 1").expect("written");
    let broken = resolve(&sources(Some(file), &[], &[])).expect_err("no TOML");
    assert!(broken.to_string().contains("is not TOML"), "{broken}");
}
