use std::path::Path;

use tempfile::tempdir;

use super::*;
use crate::clock::ManualClock;
use crate::options::EngineOptions;
use crate::schema::{CollectionChange, CollectionSchema, Distance};

fn open(folder: &Path) -> Engine {
    let clock = Arc::new(ManualClock::default());
    Engine::open(folder, EngineOptions::default(), clock).expect("it opens")
}

fn schema(dimensions: u32) -> CollectionSchema {
    CollectionSchema {
        model: None,
        dimensions,
        distance: Distance::Cosine,
        recall: 0.9,
    }
}

fn create(engine: &Engine, name: &str, dimensions: u32) -> Result<()> {
    let name = CollectionName::new(name)?;
    engine
        .create_collection(&name, &schema(dimensions))
        .map(|_| ())
}

fn set(alias: &str, collection: &str) -> AliasAction {
    AliasAction::Set {
        alias: alias.to_owned(),
        collection: collection.to_owned(),
    }
}

fn delete(alias: &str) -> AliasAction {
    AliasAction::Delete {
        alias: alias.to_owned(),
    }
}

fn named(engine: &Engine, name: &str) -> Option<String> {
    let collection = engine.collection(name).ok()?;
    Some(collection.name().to_string())
}

#[test]
fn an_alias_finds_its_collection_after_a_restart_and_a_switch() {
    let folder = tempdir().expect("a folder");
    let engine = open(folder.path());
    create(&engine, "blue", 2).expect("made");
    create(&engine, "green", 3).expect("made");
    engine
        .change_aliases(&[set("live", "blue"), set("next", "green")])
        .expect("set");
    drop(engine);

    let engine = open(folder.path());
    assert_eq!(named(&engine, "live").as_deref(), Some("blue"));
    engine
        .change_aliases(&[set("live", "green"), set("next", "blue")])
        .expect("switched");
    assert_eq!(named(&engine, "live").as_deref(), Some("green"));
    assert_eq!(named(&engine, "next").as_deref(), Some("blue"));
    create(&engine, "live", 3).expect("finds the collection behind the alias");
    assert_eq!(engine.collections().len(), 2);
    let error = create(&engine, "live", 2).expect_err("of another schema");
    assert_eq!(error.code(), "schema_conflict");

    for name in ["green", "live"] {
        let error = engine.drop_collection(name).expect_err("in use");
        assert_eq!(error.code(), "collection_in_use");
    }
    engine.change_aliases(&[delete("live")]).expect("deleted");
    engine.drop_collection("green").expect("dropped");
    drop(engine);
    let engine = open(folder.path());
    let aliases = BTreeMap::from([("next".to_owned(), "blue".to_owned())]);
    assert_eq!(engine.aliases(), aliases);
}

#[test]
fn a_bad_change_does_nothing() {
    let folder = tempdir().expect("a folder");
    let engine = open(folder.path());
    create(&engine, "blue", 2).expect("made");
    engine.change_aliases(&[set("live", "blue")]).expect("set");
    let many = vec![set("live", "blue"); ALIASES_MAX + 1];
    let over: Vec<_> = (0..ALIASES_MAX)
        .map(|number| set(&format!("a{number}"), "blue"))
        .collect();
    let refused = [
        (vec![], "empty"),
        (many, "too_many"),
        (over, "too_many"),
        (vec![delete("live"), delete("live")], "alias_not_found"),
        (vec![delete("live"), set("blue", "blue")], "name_taken"),
        (
            vec![delete("live"), set("a b", "blue")],
            "collection_name_invalid",
        ),
        (
            vec![delete("live"), set("new", "red")],
            "collection_not_found",
        ),
        // An alias is not a collection that another alias could name.
        (vec![set("new", "live")], "collection_not_found"),
    ];
    for (actions, code) in refused {
        let error = engine.change_aliases(&actions).expect_err(code);
        assert_eq!(error.code(), code);
        let aliases = BTreeMap::from([("live".to_owned(), "blue".to_owned())]);
        assert_eq!(engine.aliases(), aliases, "{code}");
    }
}

#[test]
fn a_changed_recall_is_kept() {
    let folder = tempdir().expect("a folder");
    let engine = open(folder.path());
    create(&engine, "blue", 2).expect("made");
    engine.change_aliases(&[set("live", "blue")]).expect("set");
    let change = |recall| CollectionChange {
        recall: Some(recall),
    };
    engine
        .change_collection("live", change(0.5))
        .expect("changed");
    let error = engine.change_collection("blue", change(0.0));
    assert_eq!(error.expect_err("refused").code(), "recall_out_of_range");
    drop(engine);
    let engine = open(folder.path());
    let recall = engine.collection("blue").expect("there").schema().recall;
    assert_eq!(recall.to_bits(), 0.5_f32.to_bits());
}
