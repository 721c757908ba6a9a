//! OpenAI's facade.

use kukla_client::{EmbedOptions, InputType};

use crate::support::Service;

const PATH: &str = "/v1/embeddings";

#[tokio::test]
async fn strings_and_lists_in_both_formats() {
    let service = Service::start().await;
    let one = service
        .json("POST", PATH, r#"{"input":"a text"}"#)
        .await
        .json();
    assert_eq!(
        (
            one["object"].as_str(),
            one["data"][0]["embedding"].as_array().map(Vec::len)
        ),
        (Some("list"), Some(48))
    );
    assert!(one["usage"]["prompt_tokens"].as_u64() > Some(0), "{one}");
    let body = r#"{"input":["a text","b"],"encoding_format":"base64","model":"tiny"}"#;
    let two = service.json("POST", PATH, body).await.json();
    assert_eq!(
        two["data"][0]["embedding"].as_str().map(str::len),
        Some(256)
    );
    assert_eq!(two["data"][1]["index"], 1);
    let texts = ["a text".to_owned()];
    let options = EmbedOptions {
        dimensions: Some(16),
        input_type: InputType::Query,
    };
    let query = service
        .client
        .embed(&texts, &options)
        .await
        .expect("embedded");
    let vector = &query.data[0].embedding;
    let norm: f32 = vector.iter().map(|number| number * number).sum();
    assert!(vector.len() == 16 && (norm - 1.0).abs() < 1e-4, "{norm}");
    let models = service.client.models().await.expect("models");
    assert_eq!((models[0].id.as_str(), models[0].dimensions), ("tiny", 48));
}

#[tokio::test]
async fn errors_are_in_openais_shape() {
    let service = Service::start_with(|config| config.limits.embeddings_texts_max = 2).await;
    let cases = [
        (r#"{"input":[1,2]}"#, 400, "token_ids", "input[0]"),
        (r#"{"input":[[1,2]]}"#, 400, "token_ids", "input[0]"),
        (r#"{"input":7}"#, 400, "invalid_value", "input"),
        (r#"{"input":[]}"#, 400, "empty", "input"),
        (r#"{"input":["a","b","c"]}"#, 400, "too_many", "input"),
        (r#"{"input":["a",""]}"#, 400, "text_empty", "input[1]"),
        (
            r#"{"input":"a","dimensions":47}"#,
            400,
            "dimensions_not_offered",
            "dimensions",
        ),
        (
            r#"{"input":"a","model":"text-embedding-3-small"}"#,
            400,
            "model_not_loaded",
            "model",
        ),
        (
            r#"{"input":"a","inputs":"b"}"#,
            400,
            "unknown_field",
            "inputs",
        ),
        ("{", 400, "invalid_json", "body"),
    ];
    for (body, status, code, param) in cases {
        let reply = service.json("POST", PATH, body).await;
        let error = reply.json()["error"].clone();
        assert_eq!(
            (reply.status, error["code"].as_str()),
            (status, Some(code)),
            "{body}: {error}"
        );
        assert_eq!(error["param"].as_str(), Some(param), "{body}: {error}");
        assert_eq!(error["type"], "invalid_request_error");
    }
    let long = format!(r#"{{"input":"{}"}}"#, "word ".repeat(3_000));
    let error = service.json("POST", PATH, &long).await.json()["error"].clone();
    assert_eq!(error["code"], "text_too_long", "{error}");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("2048")),
        "{error}"
    );
    let hint = service.json("POST", PATH, r#"{"input":[1]}"#).await.text;
    assert!(hint.contains("check_embedding_ctx_length"), "{hint}");
}
