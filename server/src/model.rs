//! The loaded model: its facts, and texts to vectors for asynchronous callers.

use embedder::{
    Chunk, Chunking, Embedder, EmbedderStatistics, Embedding, InputKind, ModelInfo, Pending,
};

use crate::problem::{ApiError, RETRY_AFTER_MS, Result};

/// The model that the server has loaded.
#[derive(Clone)]
pub(crate) struct LoadedModel {
    embedder: Embedder,
}

impl LoadedModel {
    /// Wraps an open embedder.
    pub(crate) fn new(embedder: Embedder) -> Self {
        Self { embedder }
    }

    /// Name, fingerprint, lengths and limits.
    pub(crate) fn info(&self) -> &ModelInfo {
        self.embedder.info()
    }

    /// Hands texts to the model; a full queue is an error at once. Dropping what is returned
    /// lets work that has not started be skipped.
    pub(crate) fn submit(&self, texts: Vec<String>, kind: InputKind) -> Result<Pending> {
        self.embedder.submit(texts, kind).map_err(ApiError::from)
    }

    /// As [`Self::submit`], for chunks that [`Self::split`] made.
    pub(crate) fn submit_chunks(&self, chunks: &[Chunk]) -> Result<Pending> {
        self.embedder.submit_chunks(chunks).map_err(ApiError::from)
    }

    /// Embeds one query and cuts it to `dimensions`.
    pub(crate) async fn embed_query(&self, text: String, dimensions: usize) -> Result<Vec<f32>> {
        let embeddings = self.submit(vec![text], InputKind::Query)?.await?;
        let embedding = embeddings
            .into_iter()
            .next()
            .ok_or_else(|| ApiError::fault("internal", &"the model answered nothing"))?;
        prefix(embedding, dimensions)
    }

    /// Cuts a text; blocks for as long as tokenising it takes.
    pub(crate) fn split(&self, text: &str, chunking: &Chunking) -> Result<Vec<Chunk>> {
        Ok(self.embedder.split(text, chunking)?)
    }

    /// The model's counters.
    pub(crate) fn statistics(&self) -> EmbedderStatistics {
        self.embedder.statistics()
    }
}

/// An embedding's first `dimensions`, normalised again; the whole of it as it is.
pub(crate) fn prefix(embedding: Embedding, dimensions: usize) -> Result<Vec<f32>> {
    if embedding.vector.len() == dimensions {
        return Ok(embedding.vector);
    }
    Ok(embedder::prefix(&embedding.vector, dimensions)?)
}

impl From<embedder::Error> for ApiError {
    fn from(error: embedder::Error) -> Self {
        use embedder::{Error, ErrorKind};
        match &error {
            Error::QueueFull { retry_after_ms, .. } => {
                return Self::overloaded(error.to_string(), *retry_after_ms);
            }
            Error::TextTooLong { .. } | Error::TextTooLarge { .. } => {
                return Self::new("text_too_long", error.to_string());
            }
            Error::RequestTooLarge { .. } => {
                return Self::new("request_too_large", error.to_string());
            }
            _ => {}
        }
        match error.kind() {
            ErrorKind::Invalid => Self::new("invalid_value", error.to_string()),
            ErrorKind::Overloaded => Self::overloaded(error.to_string(), RETRY_AFTER_MS),
            ErrorKind::Unavailable => Self::new("model_unavailable", error.to_string()),
            ErrorKind::NotFound | ErrorKind::Corrupt | ErrorKind::Internal => {
                Self::fault("internal", &error)
            }
        }
    }
}
