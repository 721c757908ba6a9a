//! Pairs and negatives of a collection on a running server, with its own model and search. The
//! only file of the trainer that names `kukla_client`.
//!
//! A point's title is a field of its payload, its passages are its chunks. Negatives are the chunks
//! that a vector search brings for the query; the positive's score is computed from the point's
//! stored vectors, which are the ones the search compares.

use std::collections::HashSet;
use std::path::PathBuf;

use kukla_client::{
    ApiKey, Client, ClientOptions, Distance, EmbedOptions, Id, Include, InputType, Point, Scroll,
    Search, SearchMode,
};
use tokio::runtime::{Builder, Runtime};

use crate::embed::bar;
use crate::error::{Error, Result};
use crate::files;
use crate::matrix::dot;
use crate::mine::negatives::{Closest, ceiling, draw};
use crate::mine::output::{Line, Output};
use crate::mine::records::TITLE_BYTES_MAX;
use crate::mine::{MineOptions, MineSummary, Mined, PairKind, ServedCollection};

/// Points read at once.
const PAGE_POINTS: usize = 64;

/// Queries embedded at once.
const EMBEDDED_MAX: usize = 64;

/// A key has a line, a list of certificates some hundred kilobytes.
const SECRET_BYTES_MAX: u64 = 1 << 20;

/// The server's own bound on hits.
pub const DEPTH_MAX: usize = 10_000;

/// A server with the collection's facts.
struct Server<'a> {
    runtime: Runtime,
    client: Client,
    collection: &'a str,
    dimensions: usize,
    depth: usize,
}

/// A chunk of a point: its text and its vector.
struct Chunk {
    text: String,
    vector: Vec<f32>,
}

/// A query of a point with the chunk it should find; none is the closest of the point's.
struct Asked {
    query: String,
    positive: Option<usize>,
}

/// Hands every pair of the collection to the summary and the output.
pub(crate) fn mine(
    collection: &ServedCollection,
    options: &MineOptions,
    summary: &mut MineSummary,
    output: &mut Output,
) -> Result<()> {
    if collection.depth < options.mined || collection.depth > DEPTH_MAX {
        let (found, mined) = (collection.depth, options.mined);
        let problem =
            format!("`depth` is {found}, expected {mined} (what is mined) to {DEPTH_MAX}");
        return Err(Error::argument(problem));
    }
    let (server, points) = Server::open(collection)?;
    let progress = bar(points as usize, "points");
    let mut cursor = None;
    let mut number = 0;
    loop {
        let request = Scroll {
            limit: Some(PAGE_POINTS),
            cursor,
            include: Include {
                text: true,
                payload: true,
                vectors: true,
            },
            ..Scroll::default()
        };
        let page = server
            .runtime
            .block_on(server.client.scroll(server.collection, &request))?;
        for point in &page.points {
            let mined = server.point(point, options, &mut number)?;
            summary.unpaired += usize::from(mined.is_empty());
            for one in &mined {
                summary.take(one, output)?;
            }
            progress.inc(1);
        }
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    progress.finish_and_clear();
    Ok(())
}

impl<'a> Server<'a> {
    /// Reaches the server and checks that the collection can be mined; also how many points it has.
    fn open(collection: &'a ServedCollection) -> Result<(Self, u64)> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Error::argument(format!("no runtime was started: {error}")))?;
        let client = Client::with_options(&collection.url, client_options(collection)?)?;
        let facts = runtime.block_on(client.collection(&collection.name))?;
        let wrong = |problem: &str| {
            let name = &collection.name;
            Err(Error::argument(format!("collection `{name}` {problem}")))
        };
        if !facts.model.as_ref().is_some_and(|model| model.loaded) {
            return wrong("has no model that the server has loaded, so queries cannot be embedded");
        }
        if facts.distance == Distance::Euclid {
            return wrong("compares by euclid, and a margin is a share of a cosine");
        }
        let server = Self {
            runtime,
            client,
            collection: &collection.name,
            dimensions: facts.dimensions as usize,
            depth: collection.depth,
        };
        Ok((server, facts.points))
    }

    /// Mines the pairs of a point; `number` counts pairs over all points.
    fn point(&self, point: &Point, options: &MineOptions, number: &mut u64) -> Result<Vec<Mined>> {
        let chunks = chunks(point);
        let asked = asked(point, &chunks, options)?;
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let mut mined = Vec::new();
        for part in asked.chunks(EMBEDDED_MAX) {
            let queries: Vec<String> = part.iter().map(|one| one.query.clone()).collect();
            let embed = EmbedOptions {
                dimensions: Some(self.dimensions),
                input_type: InputType::Query,
            };
            let answer = self.runtime.block_on(self.client.embed(&queries, &embed))?;
            for embedding in answer.data {
                let Some(one) = part.get(embedding.index) else {
                    continue;
                };
                let vector = embedding.embedding;
                mined.push(self.pair(point, &chunks, one, vector, (options, *number))?);
                *number += 1;
            }
        }
        Ok(mined)
    }

    fn pair(
        &self,
        point: &Point,
        chunks: &[Chunk],
        asked: &Asked,
        vector: Vec<f32>,
        (options, number): (&MineOptions, u64),
    ) -> Result<Mined> {
        let score = |chunk: &Chunk| dot(&chunk.vector, &vector);
        let closest = chunks.iter().max_by(|a, b| score(a).total_cmp(&score(b)));
        let positive = asked.positive.and_then(|at| chunks.get(at)).or(closest);
        let Some(positive) = positive else {
            return Ok(Mined::Lacking);
        };
        let Some(ceiling) = ceiling(score(positive), options.margin) else {
            return Ok(Mined::Unlike);
        };
        let mut texts = self.search(&point.id, vector, ceiling, options.mined)?;
        let own: HashSet<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        texts.retain(|text| !own.contains(text.as_str()) && *text != asked.query);
        let mut random = options.seed.stream("negatives", number);
        let Some(negatives) = draw(&texts, options.drawn, &mut random) else {
            return Ok(Mined::Lacking);
        };
        Ok(Mined::Written(Line {
            query: asked.query.clone(),
            positive: positive.text.clone(),
            negatives,
        }))
    }

    /// The closest chunks of other points below a ceiling, each text once.
    fn search(
        &self,
        own: &Id,
        vector: Vec<f32>,
        ceiling: f32,
        count: usize,
    ) -> Result<Vec<String>> {
        let search = Search {
            mode: Some(SearchMode::Vector),
            limit: Some(self.depth),
            include: Some(vec!["chunk".to_owned()]),
            ..Search::vector(vector)
        };
        let answer = self.client.search(self.collection, &search);
        let hits = self.runtime.block_on(answer)?.hits;
        let mut closest = Closest::new(ceiling, count);
        let mut seen = HashSet::new();
        for (at, hit) in hits.iter().enumerate() {
            let Some(chunk) = &hit.chunk else {
                continue;
            };
            // Ids may come back as a number or as text; both name one point.
            let is_other = hit.id.to_string() != own.to_string();
            if is_other && closest.wants(hit.score) && seen.insert(chunk.text.trim()) {
                closest.add(hit.score, at as u32);
            }
        }
        let text = |at: u32| {
            hits[at as usize]
                .chunk
                .as_ref()
                .map(|chunk| chunk.text.trim())
        };
        let found = closest.finish().into_iter().filter_map(text);
        Ok(found.map(str::to_owned).collect())
    }
}

fn client_options(collection: &ServedCollection) -> Result<ClientOptions> {
    let read = |path: &Option<PathBuf>| {
        let bytes = path
            .as_ref()
            .map(|path| files::read(path, SECRET_BYTES_MAX));
        bytes.transpose()
    };
    let key = read(&collection.key_file)?;
    Ok(ClientOptions {
        api_key: key.map(|key| ApiKey::new(&String::from_utf8_lossy(&key))),
        certificates: read(&collection.certificates)?,
        ..ClientOptions::default()
    })
}

/// A point's chunks that are not blank; spans are in Unicode code points.
fn chunks(point: &Point) -> Vec<Chunk> {
    let characters: Vec<char> = point.text.as_deref().unwrap_or_default().chars().collect();
    let stored = point.chunks.iter().flatten();
    let chunk = |chunk: &kukla_client::PointChunk| {
        let text: String = characters.get(chunk.start..chunk.end)?.iter().collect();
        let text = text.trim().to_owned();
        (!text.is_empty()).then(|| Chunk {
            text,
            vector: chunk.vector.clone(),
        })
    };
    stored.filter_map(chunk).collect()
}

/// What is asked of a point.
fn asked(point: &Point, chunks: &[Chunk], options: &MineOptions) -> Result<Vec<Asked>> {
    let mut asked = Vec::new();
    if options.kinds.contains(&PairKind::Titles) && !chunks.is_empty() {
        let field = &options.fields.title;
        let title = point
            .payload
            .as_ref()
            .and_then(|payload| payload.get(field));
        let title = title.and_then(|title| title.as_str()).map(str::trim);
        if let Some(title) = title.filter(|title| !title.is_empty()) {
            if title.len() > TITLE_BYTES_MAX {
                let (id, bytes) = (&point.id, title.len());
                let problem =
                    format!("point `{id}`: `{field}` has {bytes} bytes, at most {TITLE_BYTES_MAX}");
                return Err(Error::argument(problem));
            }
            asked.push(Asked {
                query: title.to_owned(),
                positive: None,
            });
        }
    }
    if options.kinds.contains(&PairKind::Neighbours) {
        let two = chunks.windows(2).enumerate();
        let other = two.filter(|(_, two)| two[0].text != two[1].text);
        asked.extend(other.map(|(at, two)| Asked {
            query: two[0].text.clone(),
            positive: Some(at + 1),
        }));
    }
    Ok(asked)
}
