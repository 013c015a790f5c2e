//! PostgreSQL server of one drill, which can be stopped and started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Running server. It is removed when it is dropped.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    max_connections: u32,
}

/// How the server stops.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Ends transactions and closes connections, as a restart for an update does.
    Fast,
    /// Ends without closing anything, as after a crash.
    Immediate,
}

impl Postgres {
    /// Creates a server in memory, on a free port, and starts it.
    pub fn start(max_connections: u32) -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = tempfile::Builder::new()
            .prefix("portal-drill-")
            .tempdir_in(place)
            .unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let server = Self {
            folder,
            programs: programs(),
            port,
            max_connections,
        };
        if let Some(user) = user() {
            assert!(
                Command::new("chown")
                    .arg(user)
                    .arg(server.folder.path())
                    .status()
                    .unwrap()
                    .success()
            );
        }
        server.run(
            "initdb",
            &[
                "-U",
                "portal",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        server.start_again();
        server
    }

    /// Returns its address for `DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres://portal@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, and waits until it accepts connections.
    pub fn start_again(&self) {
        // A stop must lose no commit, so commits are written. They need not outlive a power cut.
        let options = format!(
            "-p {} -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c shared_buffers=32MB \
             -c autovacuum=off -c max_connections={}",
            self.port, self.max_connections
        );
        let log = self.folder.path().join("log");
        self.run(
            "pg_ctl",
            &[
                "-w",
                "-s",
                "-l",
                log.to_str().unwrap(),
                "-o",
                &options,
                "start",
            ],
        );
    }

    /// Stops it, and waits until it has ended.
    pub fn stop(&self, how: Stop) {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        self.run("pg_ctl", &["-w", "-s", "-m", mode, "stop"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status().unwrap();
        assert!(status.success(), "{program} {arguments:?} failed");
    }

    /// Returns a command of PostgreSQL. It refuses to run as root, where it runs as the package's user.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(program);
        let mut command = match user() {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args([
                    &format!("--reuid={user}"),
                    &format!("--regid={user}"),
                    "--clear-groups",
                ]);
                command.arg(program);
                command
            }
            None => Command::new(program),
        };
        let folder = self.folder.path();
        command
            .args(["-D", folder.join("data").to_str().unwrap()])
            .args(arguments);
        command.current_dir(folder).env("HOME", folder);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It may be stopped already.
        let _ = self
            .command("pg_ctl", &["-s", "-m", "immediate", "stop"])
            .status();
    }
}

/// Returns the user that runs the server, if this is root.
fn user() -> Option<&'static str> {
    let found = Command::new("id").arg("-u").output().unwrap();
    (found.stdout == b"0\n").then_some("postgres")
}

/// Returns the folder of the newest PostgreSQL's programs.
fn programs() -> PathBuf {
    let all = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let folders = all.map(|version| version.path().join("bin"));
    folders
        .filter(|folder| folder.join("initdb").exists())
        .max()
        .unwrap_or_default()
}
