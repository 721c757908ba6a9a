//! One root seed, and a named random stream for every use, so that a seed replays a run.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The root of all randomness of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// Returns the stream called `name`, for step `step`.
    ///
    /// A step's stream depends on nothing before it, so a resumed run draws what an unbroken one
    /// draws.
    pub fn stream(self, name: &str, step: u64) -> ChaCha8Rng {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0.to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(&step.to_le_bytes());
        ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
    }
}
