//! Against a scripted server on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;
use crate::error::ErrorKind;
use crate::fixture;

/// Answers one connection after another and returns what was asked: header lines and body.
fn serve(answers: Vec<(u16, String)>) -> (String, JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/embeddings", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let answer_one = |(status, body): (u16, String)| {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                if let Some(count) = line.to_lowercase().strip_prefix("content-length:") {
                    length = count.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut asked = vec![0; length];
            reader.read_exact(&mut asked).unwrap();
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nretry-after: 3600\r\n\
                 connection: close\r\n\r\n{body}",
                body.len()
            );
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            (head, String::from_utf8(asked).unwrap())
        };
        answers.into_iter().map(answer_one).collect()
    });
    (url, thread)
}

fn vectors(vectors: &[&[f32]]) -> String {
    // From the last to the first: the index says whose each is.
    let data: Vec<serde_json::Value> = vectors
        .iter()
        .enumerate()
        .rev()
        .map(|(index, vector)| json!({"index": index, "embedding": vector}))
        .collect();
    json!({"data": data}).to_string()
}

fn endpoint(url: &str, key: Option<&str>) -> Endpoint {
    let options = EndpointOptions {
        url: url.to_owned(),
        model: "m".to_owned(),
        prompts: RolePrompts {
            query: "q: ".to_owned(),
            passage: String::new(),
        },
        batch_texts: 3,
        characters_max: 16,
    };
    let patience = Patience {
        tries_max: 3,
        pause_first: Duration::from_millis(1),
        // The server asks for an hour.
        pause_max: Duration::from_millis(2),
        timeout: Duration::from_mins(1),
    };
    Endpoint::new(options, key.map(Key::new).as_ref(), patience).unwrap()
}

fn refusal(answers: Vec<(u16, String)>) -> Error {
    let (url, thread) = serve(answers);
    let texts = fixture::texts(1);
    let error = endpoint(&url, None).embed(&texts[..2], &ProgressBar::hidden());
    thread.join().unwrap();
    error.unwrap_err()
}

#[test]
fn batches_are_asked_in_order_again_after_errors_that_pass() {
    let (url, thread) = serve(vec![
        (503, "busy".to_owned()),
        (429, String::new()),
        (200, vectors(&[&[3.0, 4.0], &[0.0, 2.0], &[1.0, 0.0]])),
        (200, vectors(&[&[0.0, -1.0]])),
    ]);
    let texts = fixture::texts(1);
    let bar = ProgressBar::hidden();
    let found = endpoint(&url, Some(" secret\n"))
        .embed(&texts, &bar)
        .unwrap();
    assert_eq!(found.values, [0.6, 0.8, 0.0, 1.0, 1.0, 0.0, 0.0, -1.0]);
    assert_eq!(bar.position(), 4);
    let asked = thread.join().unwrap();
    assert!(
        asked
            .iter()
            .all(|(head, _)| head.contains("authorization: Bearer secret\r\n"))
    );
    let input = |at: usize| {
        let body: serde_json::Value = serde_json::from_str(&asked[at].1).unwrap();
        assert_eq!(body["model"], "m");
        body["input"].clone()
    };
    assert_eq!(input(0), input(2));
    let expected: Vec<String> = ["q: ", "", "q: "]
        .iter()
        .zip(&texts)
        .map(|(prompt, text)| format!("{prompt}{}", text.text).chars().take(16).collect())
        .collect();
    assert_eq!(input(2), json!(expected));
    assert_eq!(input(3).as_array().unwrap().len(), 1);
}

#[test]
fn patience_ends_and_says_so() {
    let error = refusal(vec![(503, "busy".to_owned()); 3]);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let message = error.to_string();
    assert!(
        message.contains("503") && message.contains("busy"),
        "{message}"
    );
    assert!(message.contains("tried 3 times"), "{message}");
    // Nobody listens: a port that was bound and let go.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{port}/v1/embeddings");
    let error = endpoint(&url, None).embed(&fixture::texts(1), &ProgressBar::hidden());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains(&url), "{error}");
}

#[test]
fn a_refusal_is_final_and_says_what_to_do() {
    for (status, advice) in [
        (401, "--teacher-key-variable"),
        (404, "whole address"),
        (413, "teacher.batch_texts"),
        (400, "no such model"),
        (307, "answered 307"),
    ] {
        let error = refusal(vec![(status, "no such model".to_owned())]);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(advice), "{error}");
    }
    let error = refusal(vec![(400, "x".repeat(100_000))]);
    assert!(error.to_string().len() < 600, "{error}");
}

#[test]
fn answers_that_do_not_fit_the_question_are_refused() {
    let twice = json!({"data": [
        {"index": 1, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]},
    ]});
    let long = vec![1.0; DIMENSIONS_MAX + 1];
    for (answer, problem) in [
        ("<html>".to_owned(), "not that of OpenAI's embeddings"),
        (vectors(&[&[1.0]]), "answered 1 vectors for 2 texts"),
        (vectors(&[&[1.0], &[]]), "a vector of 0 values"),
        (vectors(&[&[1.0], &long]), "a vector of 65537 values"),
        (
            vectors(&[&[1.0], &[1.0, 2.0]]),
            "vectors of 1 and of 2 values",
        ),
        (twice.to_string(), "the index 1 twice"),
        (vectors(&[&[1.0], &[0.0]]), "norm 0"),
    ] {
        let error = refusal(vec![(200, answer)]);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(problem), "{error}: {problem}");
    }
}

#[test]
fn a_key_is_never_shown() {
    let key = Key::new("secret");
    assert_eq!(format!("{key:?}"), "Key(hidden)");
    let endpoint = endpoint("http://127.0.0.1:9/", Some("secret"));
    assert!(!format!("{endpoint:?}").contains("secret"));
}
