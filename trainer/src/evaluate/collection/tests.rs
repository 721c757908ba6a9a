//! Folders in BEIR layout, good and bad.

use super::*;

fn folder(corpus: &str, queries: &str, judgements: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("corpus.jsonl", corpus),
        ("queries.jsonl", queries),
        ("qrels.tsv", judgements),
    ];
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

const CORPUS: &str = "{\"_id\": \"a\", \"title\": \"Head\", \"text\": \"body\"}\n\
                      {\"_id\": \"b\", \"text\": \"other\"}\n";
const QUERIES: &str =
    "{\"_id\": \"1\", \"text\": \"first\"}\n{\"_id\": \"2\", \"text\": \"second\"}\n";

#[test]
fn titles_come_first_and_queries_without_judgements_are_left_out() {
    let folder = folder(
        CORPUS,
        QUERIES,
        "query-id\tcorpus-id\tscore\n1\tb\t0\n2\ta\t3\n2\tb\t1\n",
    );
    let collection = Collection::read(folder.path()).unwrap();
    assert_eq!(collection.documents[0].text, "Head body");
    assert_eq!(collection.documents[1].text, "other");
    assert_eq!(collection.queries.len(), 1);
    assert_eq!(collection.queries[0].id, "2");
    assert_eq!(collection.relevant, [HashMap::from([(0, 3.0), (1, 1.0)])]);
}

#[test]
fn a_bad_line_names_file_and_line() {
    let cases = [
        (
            format!("{CORPUS}nothing\n"),
            "1\ta\t1\n",
            "corpus.jsonl",
            "line 3",
        ),
        (
            CORPUS.to_owned(),
            "query\tdocument\tscore\n1\ta\n",
            "qrels.tsv",
            "line 2",
        ),
        (
            CORPUS.to_owned(),
            "query\tdocument\tscore\n1\ta\tmuch\n",
            "qrels.tsv",
            "line 2",
        ),
        (
            CORPUS.to_owned(),
            "1\tz\t1\n",
            "qrels.tsv",
            "`z` is not in corpus.jsonl",
        ),
    ];
    for (corpus, judgements, file, line) in cases {
        let folder = folder(&corpus, QUERIES, judgements);
        let message = Collection::read(folder.path()).unwrap_err().to_string();
        assert!(
            message.contains(file) && message.contains(line),
            "{message}"
        );
    }
}

#[test]
fn a_folder_without_judgements_is_refused() {
    let folder = folder(CORPUS, QUERIES, "query-id\tcorpus-id\tscore\n");
    let message = Collection::read(folder.path()).unwrap_err().to_string();
    assert!(message.contains("no query has a judgement"), "{message}");
}
