use super::*;
use crate::fixture;

#[test]
fn a_row_without_a_direction_names_its_text() {
    let texts = fixture::texts(1);
    let mut rows = Matrix::zeros(2, 3);
    rows.row_mut(0).copy_from_slice(&[3.0, 0.0, 4.0]);
    let message = to_unit(&mut rows, &texts).unwrap_err().to_string();
    assert!(message.contains("norm 0"), "{message}");
    assert!(message.contains(&texts[1].text[..10]), "{message}");
    rows.row_mut(1)[2] = f32::NAN;
    assert!(to_unit(&mut rows, &texts).is_err());
    rows.row_mut(1)[2] = 1e-30;
    to_unit(&mut rows, &texts).unwrap();
    assert_eq!(rows.row(0), [0.6, 0.0, 0.8]);
    assert_eq!(rows.row(1), [0.0, 0.0, 1.0]);
}

#[test]
fn a_folders_hash_changes_with_its_weights_and_not_with_its_card() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
    };
    write("config.json", "{}");
    write("model.safetensors", "weights");
    let before = folder_hash(folder.path()).unwrap();
    write("README.md", "A card.");
    assert_eq!(folder_hash(folder.path()).unwrap(), before);
    write("model.safetensors", "others!");
    assert_ne!(folder_hash(folder.path()).unwrap(), before);
}
