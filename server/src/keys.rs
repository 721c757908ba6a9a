//! API keys: what a configured line says, how one is made, and how a caller's is found. Only
//! hashes are kept, so that a configuration file that is read by others opens nothing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

/// The most keys of one server; each request is compared with all of them.
pub(crate) const KEYS_MAX: usize = 1_000;
/// The largest file of keys, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// The longest name of a key, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// The most collections that one key names.
const COLLECTIONS_MAX: usize = 1_000;
/// Random bytes in a key. With 256 bits there is nothing to guess, so a fast hash will do.
const SECRET_BYTES: usize = 32;
/// What a key begins with, so that scanners for leaked secrets can find it.
const SECRET_PREFIX: &str = "kukla_";
/// What a hash begins with.
const HASH_PREFIX: &str = "blake3:";

/// What a key allows; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Search, get, list, embed.
    Read,
    /// Change points, too.
    Write,
    /// Make, change and delete collections, too.
    Admin,
}

impl Role {
    /// The word in configurations and messages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Admin]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

/// The collections a key is for, by the names that requests use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    These(Vec<String>),
}

impl Scope {
    /// Whether the key is for this collection.
    pub(crate) fn covers(&self, collection: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.iter().any(|name| name == collection),
        }
    }
}

/// The hash of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
struct KeyHash([u8; blake3::OUT_LEN]);

impl KeyHash {
    fn of(secret: &str) -> Self {
        Self(*blake3::hash(secret.as_bytes()).as_bytes())
    }
}

/// Hidden: hashes have no place in logs.
impl fmt::Debug for KeyHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("hidden")
    }
}

/// One configured key, as a line: `NAME ROLE COLLECTIONS blake3:HASH`. Collections are names
/// with commas between, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) scope: Scope,
    hash: KeyHash,
}

impl KeyLine {
    /// Reads a line. A problem never repeats what was found, because that may be a key put
    /// there by mistake.
    pub fn parse(line: &str) -> Result<Self, String> {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let &[name, role, collections, hash] = parts.as_slice() else {
            return Err(format!(
                "has {} parts, expected four: NAME ROLE COLLECTIONS HASH, as `kukla key` prints \
                 them",
                parts.len()
            ));
        };
        if name.len() > NAME_BYTES_MAX || name.starts_with(SECRET_PREFIX) {
            return Err(format!(
                "begins with what is not a name, expected 1 to {NAME_BYTES_MAX} bytes that do not \
                 begin with `{SECRET_PREFIX}`"
            ));
        }
        let role = Role::parse(role)
            .ok_or("has a second part that is no role, expected admin, write or read")?;
        Ok(Self {
            name: name.to_owned(),
            role,
            scope: read_scope(collections)?,
            hash: read_hash(hash)?,
        })
    }

    /// The line again, without the hash.
    pub(crate) fn redacted(&self) -> String {
        let Self {
            name,
            role,
            scope,
            hash: _,
        } = self;
        format!(
            "{name} {} {} {HASH_PREFIX}hidden",
            role.word(),
            scope_text(scope)
        )
    }
}

fn read_scope(text: &str) -> Result<Scope, String> {
    if text == "*" {
        return Ok(Scope::All);
    }
    let names: Vec<String> = text.split(',').map(str::to_owned).collect();
    if names.len() > COLLECTIONS_MAX {
        return Err(format!(
            "names {} collections, at most {COLLECTIONS_MAX} are taken",
            names.len()
        ));
    }
    if names
        .iter()
        .any(|name| engine::CollectionName::new(name).is_err())
    {
        return Err(
            "has a third part that does not name collections, expected names with commas and \
             without spaces between, or *"
                .to_owned(),
        );
    }
    Ok(Scope::These(names))
}

fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::All => "*".to_owned(),
        Scope::These(names) => names.join(","),
    }
}

fn read_hash(text: &str) -> Result<KeyHash, String> {
    let hex = text.strip_prefix(HASH_PREFIX);
    let hash = hex.and_then(|hex| blake3::Hash::from_hex(hex).ok());
    hash.map(|hash| KeyHash(*hash.as_bytes())).ok_or_else(|| {
        format!(
            "does not end with a hash, expected `{HASH_PREFIX}` and 64 hexadecimal digits; the \
             key itself is not kept by the server"
        )
    })
}

/// Where keys are configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeysConfig {
    /// A file with one line a key; empty lines and lines that begin with `#` are left out.
    pub file: Option<PathBuf>,
    /// Lines given as a setting.
    pub lines: Vec<KeyLine>,
}

impl KeysConfig {
    /// Whether callers need a key.
    pub fn is_empty(&self) -> bool {
        self.file.is_none() && self.lines.is_empty()
    }
}

/// All keys of a running server, in the order of their lines.
#[derive(Debug, Default)]
pub(crate) struct Keys(Vec<Arc<KeyLine>>);

impl Keys {
    /// Reads the file and checks that names and hashes are told apart. The error is (setting,
    /// problem).
    pub(crate) fn load(config: &KeysConfig) -> Result<Self, (&'static str, String)> {
        let mut lines = config.lines.clone();
        if let Some(path) = &config.file {
            let found = read_file(path)
                .map_err(|problem| ("keys.file", format!("`{}` {problem}", path.display())))?;
            lines.extend(found);
        }
        check_all(&lines).map_err(|problem| ("keys.lines", problem))?;
        Ok(Self(lines.into_iter().map(Arc::new).collect()))
    }

    /// Whether callers need no key.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The key and its place. All keys are compared in full, so that the time says nothing about
    /// how much of a guess was right.
    pub(crate) fn find(&self, secret: &str) -> Option<(usize, &Arc<KeyLine>)> {
        let hash = KeyHash::of(secret);
        let mut place = u64::MAX;
        for (index, line) in self.0.iter().enumerate() {
            place.conditional_assign(&(index as u64), line.hash.0.ct_eq(&hash.0));
        }
        let place = usize::try_from(place).ok()?;
        Some((place, self.0.get(place)?))
    }
}

fn check_all(lines: &[KeyLine]) -> Result<(), String> {
    if lines.len() > KEYS_MAX {
        return Err(format!(
            "{} keys are configured, at most {KEYS_MAX} are taken",
            lines.len()
        ));
    }
    for (index, line) in lines.iter().enumerate() {
        let before = lines.get(..index).unwrap_or_default();
        if before.iter().any(|other| other.name == line.name) {
            return Err(format!("two keys are named `{}`", line.name));
        }
        if let Some(other) = before.iter().find(|other| other.hash == line.hash) {
            return Err(format!(
                "`{}` and `{}` have the same hash; make a key for each",
                other.name, line.name
            ));
        }
    }
    Ok(())
}

/// Reads a file of lines.
fn read_file(path: &Path) -> Result<Vec<KeyLine>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    let bytes = std::fs::metadata(path).map_err(cannot)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(format!(
            "has {bytes} bytes, at most {FILE_BYTES_MAX} are taken"
        ));
    }
    let text = std::fs::read_to_string(path).map_err(cannot)?;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            let read = KeyLine::parse(line);
            lines.push(read.map_err(|problem| format!("line {} {problem}", index + 1))?);
        }
    }
    if lines.is_empty() {
        return Err(
            "has no keys, so anyone could come in; add one, or leave the setting out".to_owned(),
        );
    }
    Ok(lines)
}

/// A new key and the line to configure it with.
pub(crate) struct NewKey {
    /// What the caller sends. It is shown once and kept nowhere.
    pub(crate) secret: String,
    /// What the server is told.
    pub(crate) line: String,
}

/// Makes a key out of the operating system's randomness.
pub(crate) fn make(name: &str, role: Role, collections: &str) -> Result<NewKey, String> {
    let mut bytes = [0_u8; SECRET_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    let secret = format!("{SECRET_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = blake3::Hash::from_bytes(KeyHash::of(&secret).0).to_hex();
    let line = format!("{name} {} {collections} {HASH_PREFIX}{hash}", role.word());
    // What was made must be readable, whatever the name and the collections are.
    KeyLine::parse(&line)?;
    Ok(NewKey { secret, line })
}

#[cfg(test)]
mod tests;
