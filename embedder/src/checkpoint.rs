//! A model folder, opened and checked: config, weights, tokenizer and prompts.
//!
//! The trainer reads teachers and starting points through this; the embedder reads its model.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use parking_lot::Mutex;

use crate::built_in;
use crate::codes::Packing;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::hub;
use crate::model::Config;
use crate::prompts::Prompts;
use crate::source::ModelSource;
use crate::tokenizer::Tokenizer;
use crate::weights::{StoredTensor, Weights, check_shape};

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const PROMPTS: &str = "config_sentence_transformers.json";
const POOLING: &str = "1_Pooling/config.json";

/// Behind the name of a matrix: the scales of its codes, and its diagonal where it is nothing else.
const SCALE: &str = "_scale";
const DIAGONAL: &str = "_diagonal";

/// The token table without `model.`, and what is behind its name where it is factorised.
const TABLE: &str = "embed_tokens.weight";
const BASIS: &str = "_basis";

/// Values of all matrices that are made from diagonals, a gigabyte: a small file must not ask for
/// all memory. The built-in model has four of 1,024 by 1,024.
const DIAGONAL_VALUES_MAX: u64 = 1 << 28;

/// Config files are a few hundred bytes; a tokenizer of 250,000 tokens has 17 MB.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
const TOKENIZER_BYTES_MAX: u64 = 256 << 20;

/// Names the way text becomes a vector. Changed when that changes, so that fingerprints do too.
const FINGERPRINT_SCHEME: &str = "kukla embedder 1, last token, unit length";

/// Characters of a fingerprint: 128 bits, which no two models share by accident.
const FINGERPRINT_CHARACTERS: usize = 32;

/// A model folder whose config, tokenizer and weight headers have been read and checked.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    config: Config,
    prompts: Prompts,
    tokenizer: Arc<Tokenizer>,
    tokenizer_hash: [u8; 32],
    weights: Arc<HashedWeights>,
}

/// Weights that remember the hash of every tensor read, for the fingerprint.
#[derive(Debug)]
struct HashedWeights {
    weights: Weights,
    hashes: Mutex<BTreeMap<String, [u8; 32]>>,
}

/// What candle asks for tensors: the weights, shared with the checkpoint for the hashes.
struct Backend(Arc<HashedWeights>);

impl Checkpoint {
    /// Opens the folder that `source` names; a name is fetched unless `offline`.
    ///
    /// Errors: `NotFound` for a missing folder or file, `Invalid` for a model that is not
    /// supported, `Corrupt` for files that cannot be what they claim, `Unavailable` for a name
    /// that is not in the cache and was not fetched.
    pub fn open(source: &ModelSource, offline: bool) -> Result<Self> {
        let folder = match source {
            ModelSource::BuiltIn => Folder::Embedded(built_in::FILES),
            ModelSource::Folder(path) => Folder::Disk(path.clone()),
            ModelSource::Name(name) => Folder::Disk(hub::fetch(name, offline)?),
        };
        Self::from_folder(&folder)
    }

    fn from_folder(folder: &Folder) -> Result<Self> {
        let config = folder.read_text(CONFIG, CONFIG_BYTES_MAX)?;
        let config = Config::from_json(&config.ok_or_else(|| folder.missing(CONFIG))?)?;
        if let Some(pooling) = folder.read_text(POOLING, CONFIG_BYTES_MAX)? {
            check_pooling(&pooling)?;
        }
        let prompts = folder.read_text(PROMPTS, CONFIG_BYTES_MAX)?;
        let prompts = Prompts::from_json(prompts.as_deref())?;
        let tokenizer = folder.read(TOKENIZER, TOKENIZER_BYTES_MAX)?;
        let tokenizer = tokenizer.ok_or_else(|| folder.missing(TOKENIZER))?;
        let weights = Weights::open(folder)?;
        let values = weights.squared_values(DIAGONAL);
        if values > DIAGONAL_VALUES_MAX {
            return Err(Error::ModelUnsupported {
                field: format!("tensors named `*{DIAGONAL}`"),
                found: format!("matrices of {values} values together"),
                expected: format!("at most {DIAGONAL_VALUES_MAX}"),
            });
        }
        Ok(Self {
            tokenizer_hash: *blake3::hash(&tokenizer).as_bytes(),
            tokenizer: Arc::new(Tokenizer::from_bytes(&tokenizer, config.vocab_size)?),
            config,
            prompts,
            weights: Arc::new(HashedWeights {
                weights,
                hashes: Mutex::default(),
            }),
        })
    }

    /// The model's config.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What is put before a text.
    pub fn prompts(&self) -> &Prompts {
        &self.prompts
    }

    /// Text to token ids.
    pub fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    /// Size of the weight files.
    pub fn weight_bytes(&self) -> u64 {
        self.weights.weights.bytes()
    }

    /// The weights for [`crate::model::Qwen3::load`]: f32 on `device`, a token table of codes as int8.
    pub fn var_builder(&self, device: &Device) -> VarBuilder<'static> {
        let backend = Box::new(Backend(Arc::clone(&self.weights)));
        VarBuilder::from_backend(backend, DType::F32, device.clone())
    }

    /// Reads all weights in f32, named without `model.`: a starting point for training.
    ///
    /// Scales are applied and left out, a factorised token table is multiplied out, and a language
    /// head is left out.
    pub fn tensors(&self, device: &Device) -> Result<HashMap<String, Tensor>> {
        let mut tensors = HashMap::new();
        for name in self.weights.weights.names() {
            if name.ends_with(SCALE) || name.starts_with("lm_head.") {
                continue;
            }
            let name = name.strip_suffix(DIAGONAL).unwrap_or(name);
            let (values, shape) = self.weights.floats(name)?;
            let plain = name.strip_prefix("model.").unwrap_or(name).to_owned();
            tensors.insert(plain, Tensor::from_vec(values, shape, device)?);
        }
        let basis = tensors.remove(&format!("{TABLE}{BASIS}"));
        // As the model reads it: the config says whether there is a basis.
        if self.config.embedding_size.is_some()
            && let Some(rows) = tensors.remove(TABLE)
        {
            let basis = basis.ok_or_else(|| Error::TensorMissing {
                name: format!("{TABLE}{BASIS}"),
            })?;
            tensors.insert(TABLE.to_owned(), rows.matmul(&basis)?);
        }
        Ok(tensors)
    }

    /// The fingerprint of everything that decides a vector. Call it after the model was loaded:
    /// it covers the tensors that were read, so a language head or a shard layout changes nothing.
    pub(crate) fn fingerprint(&self) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        let config = serde_json::to_vec(&self.config).map_err(|error| Error::FileCorrupt {
            file: CONFIG.to_owned(),
            reason: error.to_string(),
        })?;
        let mut part = |bytes: &[u8]| {
            // Each part begins with its length, so that no two lists of parts read the same.
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(FINGERPRINT_SCHEME.as_bytes());
        part(&config);
        part(&self.tokenizer_hash);
        part(&self.tokenizer.end_token().to_le_bytes());
        part(self.prompts.query.as_bytes());
        part(self.prompts.document.as_bytes());
        for (name, hash) in self.weights.hashes.lock().iter() {
            part(name.as_bytes());
            part(hash);
        }
        let mut fingerprint = hasher.finalize().to_hex().to_string();
        fingerprint.truncate(FINGERPRINT_CHARACTERS);
        Ok(fingerprint)
    }
}

impl HashedWeights {
    /// Reads a tensor and keeps its hash under its name without `model.`.
    fn read(&self, name: &str) -> Result<StoredTensor> {
        let stored = self.weights.read(name)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(stored.type_name().as_bytes());
        hasher.update(format!("{:?}", stored.shape).as_bytes());
        // Bytes of several parts mean what their note says; one part says it by type and shape.
        if let Some(packing) = stored.packing().ok().filter(|packing| packing.parts() > 1) {
            hasher.update(format!("{packing:?}").as_bytes());
        }
        hasher.update(&stored.bytes);
        let plain = name.strip_prefix("model.").unwrap_or(name).to_owned();
        self.hashes
            .lock()
            .insert(plain, *hasher.finalize().as_bytes());
        Ok(stored)
    }

    /// The numbers of a tensor in f32, with the scale of codes applied, and its shape.
    fn floats(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>)> {
        let diagonal = format!("{name}{DIAGONAL}");
        if !self.weights.contains(name) && self.weights.contains(&diagonal) {
            return self.square(&diagonal);
        }
        let stored = self.read(name)?;
        if !stored.has_codes() {
            return Ok((stored.to_floats()?, stored.shape));
        }
        let [rows, _] = stored.shape[..] else {
            return Err(Error::TensorType {
                name: name.to_owned(),
                found: format!("{} of shape {:?}", stored.type_name(), stored.shape),
                expected: "a matrix, for I8 or U8",
            });
        };
        let packing = stored.packing()?;
        let scales = self.scales(name, rows, packing)?;
        Ok((packing.dequantize(&stored.bytes, &scales), stored.shape))
    }

    /// The scales of a matrix of codes: one a row, or one for each part of it.
    fn scales(&self, name: &str, rows: usize, packing: &Packing) -> Result<Vec<f32>> {
        let scales = self.read(&format!("{name}{SCALE}"))?;
        match packing.parts() {
            1 => scales.check_shape(&[rows])?,
            parts => scales.check_shape(&[rows, parts])?,
        }
        scales.to_floats()
    }

    /// The scales of the bytes that a request for u8 is answered with, one a row; none for a
    /// tensor that is no scale of codes.
    fn row_scales(&self, name: &str) -> Result<Option<Vec<f32>>> {
        let Some(matrix) = name.strip_suffix(SCALE) else {
            return Ok(None);
        };
        let Some((packing, rows)) = self.weights.packing(matrix) else {
            return Ok(None);
        };
        Ok(Some(
            packing.row_scales(&self.scales(matrix, rows, packing)?),
        ))
    }

    /// The square matrix of which a file has the diagonal alone.
    fn square(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>)> {
        let stored = self.read(name)?;
        let values = stored.to_floats()?;
        let size = values.len();
        stored.check_shape(&[size])?;
        let mut square = vec![0.0; size * size];
        for (row, value) in values.into_iter().enumerate() {
            square[row * size + row] = value;
        }
        Ok((square, vec![size, size]))
    }

    fn tensor(&self, shape: &Shape, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        if dtype == DType::U8 {
            let stored = self.read(name)?;
            stored.check_shape(shape.dims())?;
            let packing = stored.packing()?;
            let rows = shape.dims().first().copied().unwrap_or(0);
            let scales = self.scales(name, rows, packing)?;
            let bytes = packing.bytes_of(&stored.bytes, &scales);
            return Ok(Tensor::from_vec(bytes, shape, device)?);
        }
        let (values, found) = match self.row_scales(name)? {
            Some(scales) => {
                let rows = scales.len();
                (scales, vec![rows])
            }
            None => self.floats(name)?,
        };
        check_shape(name, &found, shape.dims())?;
        Ok(Tensor::from_vec(values, shape, device)?.to_dtype(dtype)?)
    }
}

/// candle asks for tensors through this. A request for u8 means a matrix of codes moved up by 128,
/// because candle has no int8; its scale is asked for by its own name.
impl SimpleBackend for Backend {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _initial: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        self.0
            .tensor(&shape, name, dtype, device)
            .map_err(Error::into_candle)
    }

    fn get_unchecked(
        &self,
        name: &str,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let (values, shape) = self.0.floats(name).map_err(Error::into_candle)?;
        Tensor::from_vec(values, shape, device)?.to_dtype(dtype)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.0.weights.contains(name)
    }
}

/// Refuses a folder that says it pools otherwise than by the last token.
fn check_pooling(json: &str) -> Result<()> {
    let corrupt = |error: serde_json::Error| Error::FileCorrupt {
        file: POOLING.to_owned(),
        reason: error.to_string(),
    };
    let pooling: serde_json::Value = serde_json::from_str(json).map_err(corrupt)?;
    let by_last_token = pooling.get("pooling_mode_lasttoken");
    let by_name = pooling.get("pooling_mode");
    let is_last = by_last_token.is_none_or(|value| value == true)
        && by_name.is_none_or(|value| value == "lasttoken");
    if is_last {
        return Ok(());
    }
    Err(Error::ModelUnsupported {
        field: POOLING.to_owned(),
        found: pooling.to_string(),
        expected: "pooling_mode_lasttoken".to_owned(),
    })
}
