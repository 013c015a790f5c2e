//! Command line: runs the real binary as a script or a person would.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::secrets::{self, Place};
use crate::support::{Folder, directory};

mod audit;
mod backup;
mod check;
mod demo;
mod deploy;
mod migrate_to;
mod monitoring;
mod sandbox;
mod serve;
mod staff;
mod starting;

const SECRET: &str = "a secret key of more than 32 bytes, for tests";
/// Timeout of a process. It is far longer than any needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Command in its own directory, with only the variables that a test sets.
struct Run {
    command: Command,
    place: Folder,
}

/// Process that runs until it is stopped.
struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    log: mpsc::Receiver<String>,
    place: Folder,
}

impl Run {
    fn new(arguments: &[&str]) -> Self {
        let place = directory();
        let mut command = Command::new(env!("CARGO_BIN_EXE_reseller-portal"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(place.path())
            .stdin(Stdio::null());
        Self { command, place }
    }

    /// Runs `serve` with everything it needs, on a free port, with an unreachable Telnyx.
    fn serve() -> Self {
        Self::new(&["serve"])
            .set("TELNYX_API_KEY", "KEY_of_tests")
            .set("PORTAL_SECRET_KEY", SECRET)
            .set("PORTAL_LISTEN", &free_address())
            .set("TELNYX_API_BASE", &format!("http://{}/v2", free_address()))
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        secrets::of_variable(name, value);
        self.command.env(name, value);
        self
    }

    fn unset(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    /// Runs the command to its end.
    fn output(mut self) -> Output {
        let output = self.command.output().unwrap();
        secrets::record(Place::Output, &output.stdout);
        secrets::record(Place::Log, &output.stderr);
        output
    }

    /// Runs the command to its end and returns its error.
    /// The command must fail with a single line.
    #[track_caller]
    fn refusal(self) -> String {
        let output = self.output();
        let complaint = text(&output.stderr);
        assert!(
            !output.status.success(),
            "not refused: {}",
            text(&output.stdout)
        );
        assert_eq!(complaint.lines().count(), 1, "not one line: {complaint}");
        assert!(complaint.starts_with("reseller-portal: "), "{complaint}");
        complaint
    }

    /// Starts the command without waiting for its end.
    fn start(mut self) -> Running {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running {
            lines: lines(child.stdout.take().unwrap(), Place::Output),
            log: lines(child.stderr.take().unwrap(), Place::Log),
            child,
            place: self.place,
        }
    }
}

impl Running {
    /// Reads standard output up to the first line with this word. Returns everything so far.
    #[track_caller]
    fn until(&self, word: &str) -> String {
        read_until(&self.lines, word)
    }

    /// Reads the log up to the first line with this word. Returns everything so far.
    #[track_caller]
    fn until_logged(&self, word: &str) -> String {
        read_until(&self.log, word)
    }

    /// Sends the process a signal, and does not wait for what it does.
    #[track_caller]
    fn signal(&self, signal: &str) {
        let process = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &process])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Stops the process as a service manager does.
    /// Returns its exit status and the rest of its log.
    #[track_caller]
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let mut log = String::new();
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            log += &line;
            log.push('\n');
        }
        (self.child.wait().unwrap().code(), log)
    }

    /// Stops the process like [`Running::end`], but returns its remaining output, not its log.
    #[track_caller]
    fn end_and_print(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let status = self.child.wait().unwrap().code();
        (status, self.lines.iter().collect::<Vec<_>>().join("\n"))
    }

    fn path(&self) -> &Path {
        self.place.path()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already if the test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static, place: Place) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            secrets::record(place, &line);
            if send.send(line).is_err() {
                break;
            }
        }
    });
    receive
}

#[track_caller]
fn read_until(lines: &mpsc::Receiver<String>, word: &str) -> String {
    let mut all = String::new();
    while !all.contains(word) {
        let Ok(line) = lines.recv_timeout(PATIENCE) else {
            panic!("no line with {word:?} came, but: {all}");
        };
        all += &line;
        all.push('\n');
    }
    all
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns an address that was free a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Returns the word after this one in a command's output.
#[track_caller]
fn after(text: &str, word: &str) -> String {
    let rest = text
        .split_once(word)
        .unwrap_or_else(|| panic!("no {word} in {text}"))
        .1;
    rest.split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_end_matches('/')
        .to_owned()
}

async fn get(url: &str) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[test]
fn the_version_names_commit_and_schema() {
    let version = text(&Run::new(&["--version"]).output().stdout);
    let schema = reseller_portal::db::schema_version();
    let expected = format!("reseller-portal {} (commit ", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(&expected), "{version}");
    assert!(
        version.contains(&format!(", schema {schema})")),
        "{version}"
    );
}

#[test]
fn help_names_every_command_and_every_setting() {
    let help = text(&Run::new(&["--help"]).output().stdout);
    for command in [
        "demo",
        "serve",
        "sandbox",
        "staff",
        "check",
        "audit",
        "backup",
        "restore",
        "migrate-to",
    ] {
        assert!(help.contains(command), "{command} is not in {help}");
    }
    let help = text(&Run::new(&["serve", "--help"]).output().stdout);
    for variable in reseller_portal::config::VARIABLES {
        assert!(
            help.contains(variable.name),
            "{} is not in {help}",
            variable.name
        );
    }
}

#[test]
fn the_readme_has_every_setting_and_command() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    assert!(
        readme.lines().count() <= 150,
        "the README is longer than 150 lines"
    );
    for variable in reseller_portal::config::VARIABLES {
        assert!(
            readme.contains(&format!("`{}`", variable.name)),
            "{} is not in the README",
            variable.name
        );
    }
    for command in [
        "demo",
        "serve",
        "sandbox",
        "staff add",
        "check",
        "audit verify",
        "audit prune",
        "audit check-file",
        "backup FILE",
        "restore FILE",
        "migrate-to",
    ] {
        assert!(readme.contains(command), "{command} is not in the README");
    }
}
