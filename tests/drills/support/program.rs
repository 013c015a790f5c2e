//! The portal's program in a process of its own.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::{PASSWORD, Record};

const BINARY: &str = env!("CARGO_BIN_EXE_reseller-portal");
const SECRET: &str = "a secret key of more than 32 bytes, for drills";

/// Running `serve`. It is killed when it is dropped.
pub struct Program {
    child: Child,
    settings: Settings,
    /// Address for browsers, without a slash at its end.
    pub url: String,
}

/// Settings of the program, as environment variables, and how it is started.
#[derive(Clone, Default)]
pub struct Settings {
    variables: Vec<(String, String)>,
    /// Shell script that runs the program as `"$@"`.
    wrapper: Option<String>,
}

impl Settings {
    /// Returns settings with a free port.
    pub fn new() -> (Self, String) {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = free.local_addr().unwrap().to_string();
        let settings = Self::default()
            .set("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .set("PORTAL_SECRET_KEY", SECRET)
            .set("PORTAL_LISTEN", &listen)
            .set("TELNYX_TIMEOUT", "4s")
            .set("TELNYX_CONNECT_TIMEOUT", "2s");
        (settings, format!("http://{listen}"))
    }

    /// Sets a variable. A later value replaces an earlier one.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the program from this shell script, as `"$@"`.
    pub fn wrapped(mut self, script: &str) -> Self {
        self.wrapper = Some(script.to_owned());
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.wrapper {
            Some(script) => {
                let mut command = Command::new("unshare");
                command.args(["--mount", "sh", "-c", script, "sh", BINARY]);
                command
            }
            None => Command::new(BINARY),
        };
        command
            .args(arguments)
            .env_clear()
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    /// Adds a person who signs in with [`PASSWORD`].
    pub fn add_staff(&self, email: &str, role: &str) {
        let mut command =
            self.command(&["staff", "add", email, "--role", role, "--password-stdin"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(
            child.wait().unwrap().success(),
            "{email} could not be added"
        );
    }

    /// Runs another command of the program with these settings.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

impl Program {
    /// Starts it and waits until it answers. Warnings and errors of its log go to the record.
    pub async fn serve(settings: Settings, url: String, record: &Record) -> Self {
        let child = start(&settings, record);
        let program = Self {
            child,
            settings,
            url,
        };
        program.wait_until_up().await;
        program
    }

    /// Kills it and starts it again.
    pub async fn kill_and_restart(&mut self, record: &Record) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = start(&self.settings, record);
        self.wait_until_up().await;
    }

    /// Returns its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    async fn wait_until_up(&self) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let began = Instant::now();
        while client
            .get(format!("{}/healthz", self.url))
            .send()
            .await
            .is_err()
        {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "it does not start"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(settings: &Settings, record: &Record) -> Child {
    let mut child = settings
        .command(&["serve"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = child.stderr.take().unwrap();
    let record = record.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if [" WARN ", " ERROR ", "works again", "reseller-portal:"]
                .iter()
                .any(|word| line.contains(word))
            {
                record.log(&line);
            }
        }
    });
    child
}

/// Returns `true` if a process may mount file systems of its own, and else says that the drill is skipped.
pub fn may_mount(record: &Record) -> bool {
    let tried = Command::new("unshare")
        .args(["--mount", "true"])
        .stderr(Stdio::null())
        .status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        record.note("skipped: only root may mount file systems, and a container may forbid it");
    }
    may
}
