//! Calls by name, with arguments and answers in JSON.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use kukla_client::{
    AliasAction, ChangeCollection, ChangePayloads, Client, CreateCollection, EmbedOptions, Facet,
    Id, ImportEvent, ImportFault, ImportOptions, Include, InputType, OnError, Payload, Result,
    Scroll, Search, UpsertPoint, Wait,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a call returned.
pub(crate) struct Made {
    pub(crate) answer: Value,
    /// Bad lines of an import, in their order.
    pub(crate) faults: Value,
}

/// Makes a call by its name.
pub(crate) async fn make(client: &Client, call: &str, arguments: &Value) -> Result<Made> {
    let arguments = Arguments(arguments);
    let answer = match call {
        "import_points" => return import(client, &arguments).await,
        "health" => json(client.health().await?),
        "ready" => json(client.ready().await?),
        "metrics" => json(client.metrics().await?),
        "openapi" => client.openapi().await?,
        "models" => json(client.models().await?),
        "embed" => embed(client, &arguments).await?,
        "collections" => json(client.collections().await?),
        "collection" => json(client.collection(arguments.collection()).await?),
        "delete_collection" => json(client.delete_collection(arguments.collection()).await?),
        "create_collection" => {
            let schema = arguments.schema();
            let created = client.create_collection(arguments.collection(), &schema);
            json(created.await?)
        }
        "change_collection" => {
            let change: ChangeCollection = arguments.whole(&["collection"]);
            let changed = client.change_collection(arguments.collection(), &change);
            json(changed.await?)
        }
        "export" => export(client, &arguments).await?,
        "export_parquet" => export_parquet(client, &arguments).await?,
        "search" => {
            let search: Search = arguments.whole(&["collection"]);
            json(client.search(arguments.collection(), &search).await?)
        }
        call if call.contains("alias") => aliases(client, call, &arguments).await?,
        call => points(client, call, &arguments).await?,
    };
    Ok(Made {
        answer,
        faults: Value::Null,
    })
}

async fn aliases(client: &Client, call: &str, arguments: &Arguments<'_>) -> Result<Value> {
    let alias = || arguments.read::<String>("alias");
    Ok(match call {
        "aliases" => json(client.aliases().await?),
        "alias" => json(client.alias(&alias()).await?),
        "set_alias" => json(client.set_alias(&alias(), arguments.collection()).await?),
        "delete_alias" => json(client.delete_alias(&alias()).await?),
        "change_aliases" => {
            let actions: Vec<AliasAction> = arguments.read("actions");
            json(client.change_aliases(&actions).await?)
        }
        call => panic!("`{call}` is not a call of this runner; add it"),
    })
}

/// The lines of an export, each as the value that it is.
async fn export(client: &Client, arguments: &Arguments<'_>) -> Result<Value> {
    let include = arguments.include_or(Include {
        text: true,
        payload: true,
        vectors: true,
    });
    let pieces = client.export(arguments.collection(), include).await?;
    let pieces: Vec<_> = pieces.collect().await;
    let mut text = Vec::new();
    for piece in pieces {
        text.extend_from_slice(&piece?);
    }
    let text = String::from_utf8(text).expect("an export is UTF-8");
    let read = |line| serde_json::from_str::<Value>(line).expect("lines of JSON");
    Ok(text.lines().map(read).collect())
}

/// The first and the last four bytes of a table.
async fn export_parquet(client: &Client, arguments: &Arguments<'_>) -> Result<Value> {
    let include = arguments.include_or(Include {
        text: true,
        payload: true,
        vectors: true,
    });
    let pieces = client
        .export_parquet(arguments.collection(), include)
        .await?;
    let pieces: Vec<_> = pieces.collect().await;
    let mut file = Vec::new();
    for piece in pieces {
        file.extend_from_slice(&piece?);
    }
    let ends = [&file[..4], &file[file.len() - 4..]].concat();
    Ok(String::from_utf8(ends).expect("ascii").into())
}

async fn points(client: &Client, call: &str, arguments: &Arguments<'_>) -> Result<Value> {
    let collection = arguments.collection();
    let wait = arguments.wait();
    let id = || arguments.read::<Id>("id");
    Ok(match call {
        "upsert" => {
            let points: Vec<UpsertPoint> = arguments.read("points");
            json(client.upsert(collection, &points, wait).await?)
        }
        "get_point" => json(
            client
                .get_point(collection, id(), arguments.include())
                .await?,
        ),
        "get_points" => {
            let ids: Vec<Id> = arguments.read("ids");
            let include = arguments.include();
            json(client.get_points(collection, &ids, include).await?)
        }
        "delete_point" => json(client.delete_point(collection, id(), wait).await?),
        "delete_points" => {
            let ids: Vec<Id> = arguments.read("ids");
            json(client.delete_points(collection, &ids, wait).await?)
        }
        "delete_matching" => {
            let filter: Value = arguments.read("filter");
            json(client.delete_matching(collection, &filter, wait).await?)
        }
        "change_payload" => {
            let patch: Payload = arguments.read("patch");
            let changed = client.change_payload(collection, id(), &patch, wait);
            json(changed.await?)
        }
        "change_payloads" => {
            let change: ChangePayloads = arguments.whole(&["collection", "wait"]);
            let changed = client.change_payloads(collection, &change, wait);
            json(changed.await?)
        }
        "facet" => {
            let facet: Facet = arguments.whole(&["collection"]);
            json(client.facet(collection, &facet).await?)
        }
        "count" => {
            let filter: Option<Value> = arguments.optional("filter");
            json(client.count(collection, filter.as_ref()).await?)
        }
        "scroll" => {
            let request = Scroll {
                filter: arguments.optional("filter"),
                order_by: arguments.optional("order_by"),
                limit: arguments.optional("limit"),
                cursor: arguments.optional("cursor"),
                include: arguments.include(),
            };
            json(client.scroll(collection, &request).await?)
        }
        call => panic!("`{call}` is not a call of this runner; add it"),
    })
}

async fn embed(client: &Client, arguments: &Arguments<'_>) -> Result<Value> {
    let input_type: Option<String> = arguments.optional("input_type");
    let options = EmbedOptions {
        dimensions: arguments.optional("dimensions"),
        input_type: match input_type.as_deref() {
            Some("query") => InputType::Query,
            _ => InputType::Document,
        },
    };
    let texts: Vec<String> = arguments.read("input");
    Ok(json(client.embed(&texts, &options).await?))
}

async fn import(client: &Client, arguments: &Arguments<'_>) -> Result<Made> {
    let lines: Vec<Value> = arguments.read("lines");
    let lines = lines.into_iter().map(|line| {
        let mut text = line
            .as_str()
            .map_or_else(|| line.to_string(), str::to_owned);
        text.push('\n');
        Ok(Bytes::from(text))
    });
    let on_error: Option<String> = arguments.optional("on_error");
    let options = ImportOptions {
        wait: arguments.wait(),
        on_error: match on_error.as_deref() {
            Some("stop") => OnError::Stop,
            _ => OnError::Skip,
        },
    };
    let mut faults: Vec<ImportFault> = Vec::new();
    let lines = stream::iter(lines.collect::<Vec<_>>());
    let imported = client.import(arguments.collection(), lines, &options, |event| {
        if let ImportEvent::Fault(fault) = event {
            faults.push(fault);
        }
    });
    let summary = imported.await?;
    faults.sort_by_key(|fault| fault.line);
    let mut answer = json(summary.progress);
    answer["is_done"] = summary.is_done.into();
    Ok(Made {
        answer,
        faults: json(faults),
    })
}

/// An answer in JSON.
fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).expect("answers are JSON")
}

/// The arguments of a call.
struct Arguments<'a>(&'a Value);

impl Arguments<'_> {
    fn collection(&self) -> &str {
        self.0["collection"].as_str().expect("a name")
    }

    fn optional<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let found = self.0.get(name)?.clone();
        Some(serde_json::from_value(found).unwrap_or_else(|error| panic!("`{name}`: {error}")))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> T {
        self.optional(name)
            .unwrap_or_else(|| panic!("`{name}` is not given"))
    }

    /// All arguments but some, as one request.
    fn whole<T: DeserializeOwned>(&self, others: &[&str]) -> T {
        let mut parts = self.0.clone();
        let object = parts.as_object_mut().expect("arguments by name");
        object.retain(|name, _| !others.contains(&name.as_str()));
        serde_json::from_value(parts).expect("a request of the client's")
    }

    /// A schema; a model that is null is not the same as one that is left out.
    fn schema(&self) -> CreateCollection {
        CreateCollection {
            model: self
                .0
                .get("model")
                .map(|name| name.as_str().map(str::to_owned)),
            ..self.whole(&["collection", "model"])
        }
    }

    fn wait(&self) -> Wait {
        match self.0["wait"].as_str() {
            Some("searchable") => Wait::Searchable,
            _ => Wait::Durable,
        }
    }

    fn include(&self) -> Include {
        self.include_or(Include::default())
    }

    fn include_or(&self, otherwise: Include) -> Include {
        let Some(words) = self.optional::<Vec<String>>("include") else {
            return otherwise;
        };
        let has = |word: &str| words.iter().any(|found| found == word);
        Include {
            text: has("text"),
            payload: has("payload"),
            vectors: has("vectors"),
        }
    }
}
