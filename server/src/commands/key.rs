//! `kukla key`.

use anyhow::anyhow;

use super::print;
use crate::args::{KeyArgs, RoleArg};
use crate::keys::{self, Role};

/// Makes a key: the line for the server goes to standard output, the key itself to standard
/// error, so that `>> FILE` keeps the one and shows the other.
pub(super) fn run(args: &KeyArgs) -> anyhow::Result<()> {
    let role = match args.role {
        RoleArg::Read => Role::Read,
        RoleArg::Write => Role::Write,
        RoleArg::Admin => Role::Admin,
    };
    let made = keys::make(&args.name, role, &args.collections)
        .map_err(|problem| anyhow!("the line of this key {problem}"))?;
    show(&made.secret);
    print(&format!("{}\n", made.line))
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where a key is shown, to the one who made it"
)]
fn show(secret: &str) {
    eprintln!("the key, shown this once: {secret}");
    eprintln!("the line for the server's keys.file or keys.lines:");
}
