//! Parquet files written here, read back, and damaged.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;

const SCHEMA: &str = "message records { required int32 id; optional binary title (UTF8); \
                      required binary body (UTF8); }";

/// Writes groups of rows; a title may be null.
fn write(path: &Path, compression: Compression, groups: &[&[(Option<&str>, &[u8])]]) {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = WriterProperties::builder().set_compression(compression);
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties.build())).unwrap();
    for rows in groups {
        let mut group = writer.next_row_group().unwrap();
        while let Some(mut column) = group.next_column().unwrap() {
            match column.untyped() {
                ColumnWriter::Int32ColumnWriter(ids) => {
                    ids.write_batch(&vec![1; rows.len()], None, None).unwrap();
                }
                ColumnWriter::ByteArrayColumnWriter(texts)
                    if texts.get_descriptor().name() == "title" =>
                {
                    let levels: Vec<i16> =
                        rows.iter().map(|row| i16::from(row.0.is_some())).collect();
                    let there = rows.iter().filter_map(|row| row.0);
                    let values: Vec<ByteArray> = there.map(ByteArray::from).collect();
                    texts.write_batch(&values, Some(&levels), None).unwrap();
                }
                ColumnWriter::ByteArrayColumnWriter(texts) => {
                    let values = rows.iter().map(|row| ByteArray::from(row.1.to_vec()));
                    let values: Vec<ByteArray> = values.collect();
                    texts.write_batch(&values, None, None).unwrap();
                }
                _ => panic!("no such column is written"),
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn all(path: &Path, title: Option<&str>, body: &str) -> Result<Vec<(usize, String, String)>> {
    let mut rows = Vec::new();
    Columns::open(path)?.read(title, body, |number, title, body| {
        rows.push((number, title.to_owned(), body.to_owned()));
        Ok(())
    })?;
    Ok(rows)
}

#[test]
fn rows_of_all_groups_come_in_order_with_their_nulls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let many: Vec<String> = (0..3_000).map(|at| format!("body {at}")).collect();
    let rows: Vec<(Option<&str>, &[u8])> = many
        .iter()
        .enumerate()
        .map(|(at, body)| ((at % 3 > 0).then_some(body.as_str()), body.as_bytes()))
        .collect();
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(parquet::basic::ZstdLevel::default()),
    ];
    for codec in codecs {
        write(&path, codec, &[&rows[..2_000], &rows[2_000..]]);
        let found = all(&path, Some("title"), "body").unwrap();
        assert_eq!(found.len(), 3_000);
        for (at, (number, title, body)) in found.iter().enumerate() {
            assert_eq!((*number, body), (at + 1, &many[at]));
            let expected = if at % 3 > 0 { many[at].as_str() } else { "" };
            assert_eq!(title, expected, "row {number}");
        }
    }
    assert_eq!(all(&path, None, "body").unwrap()[1].1, "");
}

#[test]
fn a_column_that_is_not_there_or_no_text_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, Compression::UNCOMPRESSED, &[&[(None, b"b")]]);
    let message = all(&path, Some("head"), "body").unwrap_err().to_string();
    assert!(message.contains("no column `head` among"), "{message}");
    assert!(message.contains("\"title\""), "{message}");
    let message = all(&path, None, "id").unwrap_err().to_string();
    assert!(message.contains("`id` holds INT32"), "{message}");
}

#[test]
fn what_is_no_utf8_names_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let rows: &[(Option<&str>, &[u8])] = &[(None, b"good"), (None, b"\xff")];
    write(&path, Compression::UNCOMPRESSED, &[rows]);
    let message = all(&path, None, "body").unwrap_err().to_string();
    assert!(message.contains("a.parquet` line 2"), "{message}");
}

#[test]
fn a_file_that_is_cut_or_empty_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, Compression::UNCOMPRESSED, &[&[(None, b"b")]]);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(all(&path, None, "body").is_err());
    std::fs::write(&path, b"no parquet").unwrap();
    let message = all(&path, None, "body").unwrap_err().to_string();
    assert!(message.contains("a.parquet"), "{message}");
    write(&path, Compression::UNCOMPRESSED, &[]);
    let message = all(&path, None, "body").unwrap_err().to_string();
    assert!(message.contains("no rows"), "{message}");
}
