//! The client of the commands that talk to a running server.

use std::path::Path;

use anyhow::Context as _;
use kukla_client::{ApiKey, Client, ClientOptions};

use crate::args::ServerArgs;
use crate::settings;

/// A client of the server that the arguments name, with the key of the file or the environment.
pub(super) fn connect(args: &ServerArgs) -> anyhow::Result<Client> {
    let api_key = match &args.key_file {
        Some(path) => Some(ApiKey::new(&read(path)?)),
        None => settings::client_key().map(|key| ApiKey::new(&key)),
    };
    let certificates = args.certificates.as_deref().map(read).transpose()?;
    let options = ClientOptions {
        api_key,
        certificates: certificates.map(String::into_bytes),
        ..ClientOptions::default()
    };
    Ok(Client::with_options(&args.url, options)?)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}
