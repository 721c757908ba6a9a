//! Starts a real `kukla serve` process on a free port, and kills it.

pub(crate) mod judged;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kukla_client::Client;

/// A running server process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    address: String,
    pub(crate) client: Client,
}

impl Process {
    /// Starts a server and waits until it is ready.
    pub(crate) async fn start(data: &Path) -> Self {
        let address = free_address();
        let child = Command::new(binary())
            .args(["serve", "--listen", &address, "--data"])
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server's binary starts");
        let address = format!("http://{address}");
        let client = Client::new(&address).expect("the address is a URL");
        let mut process = Self {
            child,
            address,
            client,
        };
        let deadline = Instant::now() + Duration::from_mins(1);
        while process.client.ready().await.is_err() {
            let exit = process.child.try_wait().expect("the process can be asked");
            assert!(exit.is_none(), "the server ended while starting: {exit:?}");
            assert!(
                Instant::now() < deadline,
                "the server was not ready after 60 seconds"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        process
    }

    /// Where it listens, as a URL.
    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// Ends the process as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process can be waited for");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The server's binary, beside this test's own.
pub(crate) fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("this test has a path");
    let release = own
        .parent()
        .and_then(Path::parent)
        .expect("tests lie in `release/deps`");
    let binary = release.join("kukla");
    assert!(
        binary.exists(),
        "{} is missing; run the tests with --workspace",
        binary.display()
    );
    binary
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").to_string()
}
