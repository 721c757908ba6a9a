//! `kukla import`, `kukla search` and `kukla serve` as programs, against a live server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kukla_client::{Client, Id, Include};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Service, TINY, until};

struct Output {
    is_fine: bool,
    printed: String,
    told: String,
}

fn kukla(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kukla"));
    command
        .args(arguments)
        .args(["--url", url])
        .stdin(Stdio::null());
    command
}

/// Runs to the end, aside, because the server of the test runs here.
async fn run(url: &str, arguments: &[&str]) -> Output {
    let mut command = kukla(url, arguments);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("no panic").expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Output {
        is_fine: output.status.success(),
        printed: text(output.stdout),
        told: text(output.stderr),
    }
}

fn file(folder: &TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("rows.jsonl");
    std::fs::write(&path, text).expect("written");
    path
}

fn word(path: &Path) -> &str {
    path.to_str().expect("ASCII")
}

fn bookmark(path: &Path) -> PathBuf {
    path.with_extension("jsonl.kukla-import")
}

#[tokio::test]
async fn an_import_can_be_searched() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let rows = "{\"id\":\"a\",\"text\":\"a cat sat\",\"lang\":\"en\"}\n\n{\"_id\":7,\"title\":\"dogs\",\"text\":\"bark\"}\n";
    let path = file(&folder, rows);
    let import = ["import", word(&path), "-c", "docs", "--create"];
    let output = run(&service.url, &import).await;
    assert!(output.is_fine, "{}", output.told);
    assert!(
        output.printed.contains("imported 2 points into `docs`"),
        "{}",
        output.printed
    );
    assert!(!bookmark(&path).exists());
    let include = Include {
        text: true,
        payload: true,
        ..Include::default()
    };
    let dogs = service
        .client
        .get_point("docs", Id::from(7_u64), include)
        .await;
    let dogs = dogs.expect("imported");
    assert_eq!(dogs.text.as_deref(), Some("dogs\nbark"));
    assert_eq!(dogs.payload.expect("included")["title"], "dogs");
    let filter = r#"{"must":[{"key":"lang","match":{"value":"en"}}]}"#;
    let search = [
        "search",
        "a cat sat",
        "-c",
        "docs",
        "--mode",
        "vector",
        "--recall",
        "1",
    ];
    let output = run(&service.url, &[&search[..], &["--filter", filter]].concat()).await;
    assert!(output.is_fine, "{}", output.told);
    assert!(
        output.printed.starts_with("  1. a  score "),
        "{}",
        output.printed
    );
    assert!(
        output.printed.contains("1 answers in "),
        "{}",
        output.printed
    );
    let output = run(&service.url, &["collections"]).await;
    assert!(
        output.printed.starts_with("docs  2 points  "),
        "{}",
        output.printed
    );
    for (arguments, problem) in [
        (&["search", "a", "-c", "absent"][..], "collection_not_found"),
        (
            &["search", "a", "-c", "docs", "--filter", "{"][..],
            "--filter is not JSON",
        ),
        (
            &["import", "/nowhere", "-c", "docs"][..],
            "cannot read `/nowhere`",
        ),
        (
            &["import", word(&path), "-c", "absent"][..],
            "collection_not_found",
        ),
    ] {
        let output = run(&service.url, arguments).await;
        assert!(
            !output.is_fine && output.told.contains(problem),
            "{}",
            output.told
        );
    }
}

#[tokio::test]
async fn an_export_is_made_in_both_formats_and_never_over_a_file() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let rows = "{\"id\":\"a\",\"text\":\"a cat sat\",\"lang\":\"en\"}\n{\"id\":7,\"text\":\"dogs bark\"}\n";
    let path = file(&folder, rows);
    let import = ["import", word(&path), "-c", "docs", "--create"];
    assert!(run(&service.url, &import).await.is_fine);
    let made = |name: &str| folder.path().join(name);
    for format in ["jsonl", "parquet"] {
        let path = made(&format!("out.{format}"));
        let export = ["export", word(&path), "-c", "docs", "--format", format];
        let output = run(&service.url, &export).await;
        assert!(output.is_fine, "{}", output.told);
        let expected = format!("exported 2 points of `docs` into `{}`\n", path.display());
        assert_eq!(output.printed, expected);
        let before = std::fs::read(&path).expect("made");
        let output = run(&service.url, &export).await;
        assert!(
            !output.is_fine && output.told.contains("cannot make"),
            "{}",
            output.told
        );
        assert_eq!(std::fs::read(&path).expect("kept"), before);
        let export = ["export", "-", "-c", "docs", "--format", format];
        let mut command = kukla(&service.url, &export);
        let output = tokio::task::spawn_blocking(move || command.output());
        let piped = output.await.expect("no panic").expect("it runs").stdout;
        assert_eq!(piped, before, "a pipe gets the same bytes");
    }
    let lines = std::fs::read_to_string(made("out.jsonl")).expect("made");
    assert_eq!(lines.lines().count(), 2);
    let table = std::fs::File::open(made("out.parquet")).expect("made");
    let table = SerializedFileReader::new(table).expect("a table");
    assert_eq!(table.metadata().file_metadata().num_rows(), 2);
    let path = made("none.parquet");
    let export = ["export", word(&path), "-c", "docs", "--include", "payload"];
    let output = run(&service.url, &export).await;
    assert!(output.told.contains("include_invalid"), "{}", output.told);
    assert!(!path.exists(), "what was not made whole is not left behind");
}

#[tokio::test]
async fn bad_lines_are_told_by_their_numbers_and_left_out() {
    let service = Service::start().await.with_collections().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(
        &folder,
        "{\"id\":1,\"text\":\"one\"}\nbroken\n{\"text\":\"no id\"}\n{\"id\":4,\"text\":\" \"}\n{\"id\":5,\"text\":\"five\"}\n",
    );
    let output = run(&service.url, &["import", word(&path), "-c", "docs"]).await;
    assert!(output.is_fine, "{}", output.told);
    assert!(
        output.printed.contains("imported 2 points"),
        "{}",
        output.printed
    );
    for told in [
        "line 2: left out: ",
        "line 3: left out: neither `id`",
        "line 4: ",
        "(text_empty)",
    ] {
        assert!(output.told.contains(told), "{told}: {}", output.told);
    }
}

#[tokio::test]
async fn an_import_that_stopped_goes_on_where_it_was() {
    let service = Service::start().await.with_collections().await;
    let folder = tempfile::tempdir().expect("a folder");
    let rows = |second: &str| {
        format!("{{\"id\":1,\"text\":\"one\"}}\n{second}\n{{\"id\":3,\"text\":\"three\"}}\n")
    };
    let path = file(&folder, &rows("{\"id\":2,\"text\":\"\"}"));
    let import = ["import", word(&path), "-c", "docs", "--stop-on-error"];
    let output = run(&service.url, &import).await;
    assert!(
        !output.is_fine && output.told.contains("line 2: "),
        "{}",
        output.told
    );
    assert!(bookmark(&path).exists());
    assert_eq!(
        service.client.count("docs", None).await.expect("counted"),
        1
    );
    // Another collection has another place.
    let output = run(&service.url, &["import", word(&path), "-c", "other"]).await;
    assert!(
        !output.is_fine && output.told.contains("--restart"),
        "{}",
        output.told
    );
    service
        .client
        .delete_point("docs", 1_u64, kukla_client::Wait::Durable)
        .await
        .expect("deleted");
    file(&folder, &rows("{\"id\":2,\"text\":\"two, corrected\"}"));
    let output = run(&service.url, &import).await;
    assert!(output.is_fine, "{}", output.told);
    let count = service.client.count("docs", None).await.expect("counted");
    assert_eq!(
        count, 2,
        "line 1 was acknowledged, so it was not sent again"
    );
    assert!(!bookmark(&path).exists());
}

#[tokio::test]
async fn a_server_that_is_gone() {
    let service = Service::start().await.with_collections().await;
    let mut child = kukla(&service.url, &["import", "-", "-c", "docs"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("a pipe");
    // A block is sent when it is full.
    let line = |id: usize| format!("{{\"id\":{id},\"text\":\"{}\"}}\n", "word ".repeat(200));
    let rows: String = (0..200).map(line).collect();
    input.write_all(rows.as_bytes()).expect("taken");
    until(|| async {
        service
            .client
            .count("docs", None)
            .await
            .is_ok_and(|count| count > 0)
    })
    .await;
    service.server.stop().await.expect("stops");
    let ended = tokio::task::spawn_blocking(move || {
        // The command is at its end whether or not it reads on.
        let _ignored = input.write_all(rows.as_bytes());
        drop(input);
        child.wait_with_output().expect("it ends")
    });
    let ended = ended.await.expect("no panic");
    let told = String::from_utf8(ended.stderr).expect("UTF-8");
    assert!(!ended.status.success());
    assert!(
        told.contains("cut off after ") && told.contains("a pipe cannot be resumed"),
        "{told}"
    );
    let output = run(&service.url, &["search", "a", "-c", "docs"]).await;
    assert!(
        !output.is_fine && output.told.contains("cannot reach http://127.0.0.1:"),
        "{}",
        output.told
    );
}

/// A server of its own, as a program.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kukla"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--model",
                TINY,
                "--data",
            ])
            .arg(data)
            .env("KUKLA__LIMITS__REQUESTS_MAX", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut first = String::new();
        let mut printed = BufReader::new(child.stdout.take().expect("a pipe"));
        printed.read_line(&mut first).expect("a line");
        let url = first.trim().rsplit(' ').next().expect("an address");
        assert!(url.starts_with("http://"), "{first}");
        Self {
            url: url.to_owned(),
            child,
        }
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

#[tokio::test]
async fn a_terminated_server_finishes_the_write_in_flight() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mut program = Program::start(&data);
    let client = Client::new(&program.url).expect("an address");
    client
        .create_collection("docs", &kukla_client::CreateCollection::default())
        .await
        .expect("created");
    let body = r#"{"points":[{"id":1,"text":"in flight"}]}"#;
    let (begun, rest) = body.split_at(20);
    let address = program.url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("connected");
    let head = format!(
        "PUT /v1/collections/docs/points HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{begun}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    // It has the only place for requests.
    let http = reqwest::Client::new();
    let status = |path: &'static str| {
        let request = http.get(format!("{}{path}", program.url));
        async move {
            request
                .send()
                .await
                .map_or(0, |answer| answer.status().as_u16())
        }
    };
    until(|| async { status("/v1/models").await == 429 }).await;
    program.terminate();
    until(|| async { status("/readyz").await != 200 }).await;
    stream.write_all(rest.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let ended = tokio::task::spawn_blocking(move || {
        let mut log = String::new();
        let mut told = program.child.stderr.take().expect("a pipe");
        told.read_to_string(&mut log).expect("UTF-8");
        (program.child.wait().expect("it ends"), log)
    });
    let (status, log) = ended.await.expect("no panic");
    assert!(status.success(), "{status} {log}");
    assert!(log.contains("stopped"), "{log}");
    let again = Program::start(&data);
    let client = Client::new(&again.url).expect("an address");
    assert_eq!(client.count("docs", None).await.expect("counted"), 1);
}
