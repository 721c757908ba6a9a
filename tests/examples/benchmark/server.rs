//! A real server process, watched from outside.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use kukla_client::{Client, Search, SearchMode};

/// A process that used less than this share of a core for a second has nothing left to do.
const IDLE_SHARE: f64 = 0.03;

/// Clock ticks a second, as Linux counts a process's time on all machines we build for.
const TICKS: f64 = 100.0;

/// How long to wait for a start, and for background work to end.
const READY_MAX: Duration = Duration::from_mins(2);
const SETTLED_MAX: Duration = Duration::from_mins(30);

/// A server with a data folder; killed when dropped.
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    address: String,
    pub(crate) client: Client,
}

/// How long a start took.
pub(crate) struct Started {
    pub(crate) ready_ms: f64,
    pub(crate) searched_ms: f64,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) async fn start(data: &Path) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        drop(listener);
        let server = Self {
            child: spawn(data, &address)?,
            data: data.to_owned(),
            client: Client::new(&format!("http://{address}"))?,
            address,
        };
        server.wait_until_ready().await?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let began = Instant::now();
        while let Err(error) = self.client.ready().await {
            ensure!(began.elapsed() < READY_MAX, "not ready: {error}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Ends the process as a power cut would, and starts it again.
    pub(crate) async fn kill_and_start(&mut self) -> Result<Started> {
        self.stop()?;
        let began = Instant::now();
        self.child = spawn(&self.data, &self.address)?;
        self.wait_until_ready().await?;
        let ready_ms = began.elapsed().as_secs_f64() * 1e3;
        let search = Search {
            mode: Some(SearchMode::Hybrid),
            ..Search::query("how are packages installed?".to_owned())
        };
        self.client.search("texts", &search).await?;
        Ok(Started {
            ready_ms,
            searched_ms: began.elapsed().as_secs_f64() * 1e3,
        })
    }

    /// Kills the process and waits until it is gone.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts the process again after [`Self::stop`].
    pub(crate) async fn resume(&mut self) -> Result<()> {
        self.child = spawn(&self.data, &self.address)?;
        self.wait_until_ready().await
    }

    /// Waits until BM25 shows every write and the process has nothing left to do.
    pub(crate) async fn settle(&self, collection: &str) -> Result<()> {
        let began = Instant::now();
        loop {
            let before = self.busy_seconds()?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let share = self.busy_seconds()? - before;
            let found = self.client.collection(collection).await?;
            if share < IDLE_SHARE && found.index.text_sequence == found.sequence {
                return Ok(());
            }
            if began.elapsed() > SETTLED_MAX {
                bail!("`{collection}` is still being worked on");
            }
        }
    }

    /// Processor time that the server has used.
    pub(crate) fn busy_seconds(&self) -> Result<f64> {
        busy_seconds(self.child.id())
    }

    /// Memory now: as the kernel sees it, then by part as the server reports it. In bytes.
    pub(crate) async fn memory(&self) -> Result<Vec<(String, u64)>> {
        let pid = self.child.id();
        let mut parts = vec![
            ("resident, own memory".to_owned(), status(pid, "RssAnon")?),
            ("resident, mapped files".to_owned(), status(pid, "RssFile")?),
        ];
        for line in self.client.metrics().await?.lines() {
            if let Some(rest) = line.strip_prefix("kukla_memory_bytes{part=\"")
                && let Some((part, bytes)) = rest.split_once("\"} ")
            {
                parts.push((format!("reported: {part}"), bytes.parse()?));
            }
        }
        Ok(parts)
    }

    /// Watches resident memory until [`Peak::finish`].
    pub(crate) fn watch_memory(&self) -> Peak {
        let (most, is_over) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (pid, seen, stop) = (self.child.id(), Arc::clone(&most), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                seen.fetch_max(status(pid, "VmRSS").unwrap_or(0), Ordering::Relaxed);
                std::thread::park_timeout(Duration::from_millis(50));
            }
        });
        Peak {
            most,
            is_over,
            thread,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("the server could not be stopped: {error}");
        }
    }
}

/// The most resident memory seen.
pub(crate) struct Peak {
    most: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

/// Processor time that a process has used, its own and the kernel's for it.
pub(crate) fn busy_seconds(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold spaces; user and system time are 12th and 13th after.
    let rest = stat.rsplit(')').next().context("a stat line")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks =
        |place: usize| -> Result<f64> { Ok(fields.get(place).context("a stat line")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

impl Peak {
    /// In bytes.
    pub(crate) fn finish(self) -> u64 {
        self.is_over.store(true, Ordering::Relaxed);
        if self.thread.join().is_err() {
            eprintln!("memory was not watched to the end");
        }
        self.most.load(Ordering::Relaxed)
    }
}

fn spawn(data: &Path, address: &str) -> Result<Child> {
    Command::new(binary()?)
        .args(["serve", "--listen", address, "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("the server's binary does not start")
}

/// The server's binary, two folders above this example's own.
pub(crate) fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let release = own.parent().and_then(Path::parent).context("no folder")?;
    let binary = release.join("kukla");
    ensure!(binary.exists(), "{} is missing", binary.display());
    Ok(binary)
}

/// One line of `/proc/PID/status`, in bytes.
fn status(pid: u32, key: &str) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
        .with_context(|| format!("no {key}"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes << 10)
}

/// Bytes of all files under `folder`.
pub(crate) fn bytes_under(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() {
            bytes_under(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}
