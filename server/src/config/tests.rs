use std::collections::HashSet;

use super::{Config, SETTINGS};

#[test]
fn the_example_file_has_every_setting_with_its_default() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../config.example.toml");
    let found = std::fs::read_to_string(path).expect("config.example.toml");
    let expected = Config::default().to_toml();
    assert!(
        found == expected,
        "write it with: kukla serve --check > config.example.toml"
    );
}

#[test]
fn every_setting_takes_what_it_gives() {
    let mut names = HashSet::new();
    for setting in SETTINGS {
        assert!(
            names.insert(setting.name),
            "`{}` is there twice",
            setting.name
        );
        let mut config = Config::default();
        let value = (setting.get)(&config);
        assert_eq!(
            (setting.set)(&mut config, &value),
            Ok(()),
            "{}",
            setting.name
        );
        assert_eq!(config, Config::default(), "{}", setting.name);
    }
}

#[test]
fn only_loopback_is_listened_on_without_being_asked_by_name() {
    let cases = [
        ("127.0.0.1:1", true),
        ("[::1]:1", true),
        ("0.0.0.0:1", false),
        ("192.168.1.2:1", false),
    ];
    for (listen, is_fine) in cases {
        let mut config = Config {
            listen: listen.parse().expect("an address"),
            ..Config::default()
        };
        let names: Vec<_> = config
            .problems()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names.is_empty(), is_fine, "{listen}: {names:?}");
        config.allow_remote_without_key = true;
        assert!(config.problems().is_empty(), "{listen}");
    }
}
