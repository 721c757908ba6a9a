//! Configuration to a running server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use embedder::{DeviceKind, Embedder, EmbedderOptions, ModelInfo, ModelSource};
use engine::{Engine, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::keys::Keys;
use crate::listener::Listener;
use crate::model::LoadedModel;
use crate::state::{AppState, Parts};
use crate::tls::Encryption;
use crate::{router, serve, shutdown};

/// Why a server did not start, or did not stop in order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A setting breaks a rule.
    #[error("setting `{name}`: {problem}")]
    Config {
        /// The setting.
        name: &'static str,
        /// What was found and what to do.
        problem: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; pass another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The operating system's word.
        source: std::io::Error,
    },
    /// The model cannot be loaded.
    #[error("cannot load model `{name}`: {source}")]
    Model {
        /// What was asked for.
        name: String,
        /// Why.
        source: embedder::Error,
    },
    /// The data folder cannot be opened or closed.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// A part of the server panicked.
    #[error("a part of the server panicked: {0}")]
    Panic(String),
}

/// A server that listens. Dropping it stops it, without waiting.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    is_encrypted: bool,
    model: ModelInfo,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), ServerError>>,
}

impl Server {
    /// Opens the data folder and the model, and listens. Port 0 takes a free one.
    pub async fn start(config: Config) -> Result<Self, ServerError> {
        if let Some((name, problem)) = config.problems().into_iter().next() {
            return Err(ServerError::Config { name, problem });
        }
        let fault = |(name, problem)| ServerError::Config { name, problem };
        let encryption = Encryption::load(&config.tls).map_err(fault)?;
        let keys = Keys::load(&config.keys).map_err(fault)?;
        // First, so that a second server on the port fails before it touches anything.
        let listener = bind(config.listen).await?;
        let address = listener.local_addr().unwrap_or(config.listen);
        let (engine, model) = open(&config).await?;
        let info = model.info().clone();
        warn_of_plain_keys(&config);
        let is_encrypted = encryption.is_some();
        let listener = Listener::new(listener, encryption, config.limits.connections_max);
        let header_max = Duration::from_millis(config.limits.header_ms_max);
        let (stop, stopping) = watch::channel(false);
        let drain = Duration::from_millis(config.drain_ms);
        let state = AppState::new(Parts::new(
            config,
            keys,
            Arc::clone(&engine),
            model,
            stopping.clone(),
        ));
        let router = router::router(state);
        let task = tokio::spawn(async move {
            let serve = serve::serve(listener, router, header_max, stopping.clone());
            shutdown::drain(serve, stopping, drain).await;
            shutdown::close(engine).await?;
            tracing::info!("stopped");
            Ok(())
        });
        Ok(Self {
            address,
            is_encrypted,
            model: info,
            stop,
            task,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for clients.
    pub fn url(&self) -> String {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The model it loaded.
    pub fn model(&self) -> &ModelInfo {
        &self.model
    }

    /// Stops it in order: see [`crate::shutdown`].
    pub async fn stop(self) -> Result<(), ServerError> {
        self.stop.send_replace(true);
        ended(self.task.await)
    }

    /// Runs until a signal, then stops in order; a second signal ends the wait for requests.
    pub async fn run(mut self) -> Result<(), ServerError> {
        tokio::select! {
            done = &mut self.task => return ended(done),
            signal = shutdown::signal() => {
                if let Err(error) = signal {
                    tracing::error!(%error, "signals cannot be received; stopping");
                }
            }
        }
        self.stop.send_replace(true);
        tokio::select! {
            done = &mut self.task => ended(done),
            _ = shutdown::signal() => {
                tracing::warn!("a second signal: leaving at once; nothing acknowledged is lost");
                Ok(())
            }
        }
    }
}

fn ended(done: Result<Result<(), ServerError>, tokio::task::JoinError>) -> Result<(), ServerError> {
    done.unwrap_or_else(|error| Err(ServerError::Panic(error.to_string())))
}

/// Keys that cross a network in plain can be read on the way.
fn warn_of_plain_keys(config: &Config) {
    if !config.listen.ip().is_loopback() && !config.keys.is_empty() && !config.tls.is_on() {
        tracing::warn!(
            listen = %config.listen,
            "keys will cross the network unencrypted; set tls.certificate_file and tls.key_file, \
             or let something in front encrypt"
        );
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServerError::Listen { address, source })
}

/// Opens data folder and model on a thread of their own: both read a lot.
async fn open(config: &Config) -> Result<(Arc<Engine>, LoadedModel), ServerError> {
    let config = config.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let model = open_model(&config)?;
        let started = Instant::now();
        let data = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
        let engine = Engine::open(&data, config.engine, Arc::new(SystemClock))?;
        tracing::info!(
            data = %data.display(),
            collections = engine.collections().len(),
            took_ms = started.elapsed().as_millis() as u64,
            "opened the data folder"
        );
        Ok((Arc::new(engine), model))
    });
    opened
        .await
        .unwrap_or_else(|error| Err(ServerError::Panic(error.to_string())))
}

fn open_model(config: &Config) -> Result<LoadedModel, ServerError> {
    let model = &config.model;
    let fault = |source| ServerError::Model {
        name: model.source.clone(),
        source,
    };
    let device = DeviceKind::parse(&model.device).map_err(fault)?;
    let options = EmbedderOptions {
        device,
        batch_tokens_max: model.batch_tokens_max,
        queue_tokens_max: model.queue_tokens_max,
        text_bytes_max: model.text_bytes_max,
        model_threads: (model.threads > 0).then_some(model.threads),
        offline: model.offline,
        ..EmbedderOptions::default()
    };
    let started = Instant::now();
    let source = ModelSource::parse(&model.source).map_err(fault)?;
    let embedder = Embedder::open(&source, &options).map_err(fault)?;
    let info = embedder.info();
    tracing::info!(
        name = %info.name,
        fingerprint = %info.fingerprint,
        dimensions = info.dimensions,
        parameters = info.parameters,
        took_ms = started.elapsed().as_millis() as u64,
        "loaded the model"
    );
    Ok(LoadedModel::new(embedder))
}
