//! `kukla serve`.

use anyhow::Context as _;

use super::print;
use crate::app::Server;
use crate::args::ServeArgs;
use crate::settings::{self, Sources};
use crate::telemetry;

/// Resolves the settings, then runs the server until a signal.
pub(super) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let config = settings::resolve(&Sources {
        file: args.config.clone(),
        environment: settings::environment(),
        arguments: args.settings(),
    })?;
    if args.check {
        return print(&config.to_toml());
    }
    telemetry::start(&config);
    let data = config.data.display().to_string();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads of the server")?;
    runtime.block_on(async {
        let server = Server::start(config).await?;
        let model = server.model();
        print(&format!(
            "kukla listens on {url}\n  data   {data}\n  model  {name}, {dimensions} \
             dimensions, fingerprint {fingerprint}\n  try    curl {url}/v1/collections\n",
            url = server.url(),
            name = model.name,
            dimensions = model.dimensions,
            fingerprint = model.fingerprint,
        ))?;
        server.run().await?;
        Ok(())
    })
}
