//! Lines, files and the search for a key.

use super::*;

fn line(name: &str, role: Role, collections: &str) -> (String, KeyLine) {
    let made = make(name, role, collections).expect("a key");
    let line = KeyLine::parse(&made.line).expect("a line");
    (made.secret, line)
}

#[test]
fn a_made_key_is_found_and_no_other() {
    let (first, a) = line("a", Role::Read, "docs,faq");
    let (second, b) = line("b", Role::Admin, "*");
    let keys = Keys(vec![Arc::new(a), Arc::new(b)]);
    let (place, found) = keys.find(&first).expect("found");
    assert_eq!(
        (place, found.name.as_str(), found.role),
        (0, "a", Role::Read)
    );
    assert!(found.scope.covers("docs") && found.scope.covers("faq"));
    assert!(!found.scope.covers("other"));
    let (place, found) = keys.find(&second).expect("found");
    assert_eq!((place, found.role), (1, Role::Admin));
    assert!(found.scope.covers("anything"));
    let almost = &first[..first.len() - 1];
    for wrong in ["", almost, "kukla_", &found.redacted()] {
        assert!(keys.find(wrong).is_none(), "{wrong}");
    }
    assert_ne!(first, second);
    assert_eq!(first.len(), SECRET_PREFIX.len() + 43);
}

#[test]
fn a_hash_is_not_a_key() {
    let made = make("a", Role::Read, "*").expect("a key");
    let keys = Keys(vec![Arc::new(KeyLine::parse(&made.line).expect("a line"))]);
    let hash = made.line.rsplit(' ').next().expect("a hash");
    assert!(keys.find(hash).is_none());
    assert!(keys.find(hash.trim_start_matches(HASH_PREFIX)).is_none());
}

#[test]
fn roles_include_the_ones_before() {
    assert!(Role::Admin > Role::Write && Role::Write > Role::Read);
}

#[test]
fn a_bad_line_is_refused_without_being_repeated() {
    let secret = "kukla_SECRETSECRETSECRETSECRETSECRETSECRETSECRET";
    let hash = format!("blake3:{}", "0".repeat(64));
    let lines = [
        (secret.to_owned(), "1 parts"),
        (format!("web read * {secret}"), "does not end with a hash"),
        (format!("web read {secret} x {hash}"), "5 parts"),
        (format!("web {secret} * {hash}"), "no role"),
        (
            format!("web read a,,{secret} {hash}"),
            "does not name collections",
        ),
        (format!("{secret} read * {hash}"), "not a name"),
        (format!("{} read * {hash}", "n".repeat(65)), "not a name"),
        (format!("web read * {hash}0"), "does not end with a hash"),
    ];
    for (line, expected) in lines {
        let problem = KeyLine::parse(&line).expect_err(expected);
        assert!(problem.contains(expected), "{problem}");
        assert!(!problem.contains("SECRET"), "{problem}");
    }
}

#[test]
fn as_many_collections_and_keys_as_allowed_and_no_more() {
    let names = |count: usize| {
        (0..count)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    make("a", Role::Read, &names(COLLECTIONS_MAX)).expect("as many as allowed");
    let problem = make("a", Role::Read, &names(COLLECTIONS_MAX + 1));
    assert!(problem.is_err_and(|problem| problem.contains("at most 1000")));
    let key = |place: usize| {
        let hash = blake3::hash(&place.to_le_bytes()).to_hex();
        KeyLine::parse(&format!("key-{place} read * blake3:{hash}")).expect("a line")
    };
    let mut lines: Vec<_> = (0..KEYS_MAX).map(key).collect();
    check_all(&lines).expect("as many as allowed");
    lines.push(key(KEYS_MAX));
    assert!(check_all(&lines).is_err_and(|problem| problem.contains("at most 1000")));
}

#[test]
fn names_and_hashes_are_told_apart() {
    let (_, a) = line("a", Role::Read, "*");
    let (_, b) = line("b", Role::Read, "*");
    let mut twin = b.clone();
    twin.name = "a".to_owned();
    assert!(check_all(&[a.clone(), twin]).is_err_and(|problem| problem.contains("named `a`")));
    let mut copy = a.clone();
    copy.name = "c".to_owned();
    assert!(check_all(&[a, copy]).is_err_and(|problem| problem.contains("the same hash")));
}

#[test]
fn a_file_of_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys");
    let config = KeysConfig {
        file: Some(path.clone()),
        lines: Vec::new(),
    };
    let load = |text: &str| {
        std::fs::write(&path, text).expect("written");
        Keys::load(&config)
    };
    let problem = Keys::load(&config).expect_err("no file").1;
    assert!(problem.contains("cannot be read"), "{problem}");
    let made = make("web", Role::Write, "docs").expect("a key");
    let keys = load(&format!("# who\n\n  {}\n", made.line)).expect("read");
    assert_eq!((keys.len(), keys.is_empty()), (1, false));
    assert!(keys.find(&made.secret).is_some());
    let problem = load(&format!("# who\n{}\n", made.secret))
        .expect_err("a bad line")
        .1;
    assert!(problem.contains("line 2 has 1 parts"), "{problem}");
    assert!(!problem.contains(&made.secret), "{problem}");
    let problem = load("# nobody\n").expect_err("empty").1;
    assert!(problem.contains("no keys"), "{problem}");
    let problem = load(&" ".repeat(FILE_BYTES_MAX as usize + 1))
        .expect_err("too large")
        .1;
    assert!(problem.contains("at most 1048576"), "{problem}");
}

#[test]
fn what_is_printed_holds_neither_key_nor_hash() {
    let made = make("web", Role::Write, "docs,faq").expect("a key");
    let parsed = KeyLine::parse(&made.line).expect("a line");
    assert_eq!(parsed.redacted(), "web write docs,faq blake3:hidden");
    let hash = made.line.rsplit(':').next().expect("a hash");
    assert!(!format!("{parsed:?}").contains(hash));
}
