//! Process of the real program on a portal's database and simulated Telnyx.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use secrecy::ExposeSecret;

use super::Portal;

/// Longest wait for a process to end by itself.
const PATIENCE: Duration = Duration::from_secs(45);

/// Process that serves the portal. It is killed when it is dropped.
pub struct Process {
    child: Child,
    /// Address on which it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Starts a process on a free port.
    pub fn start(portal: &Portal) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        Self::start_at(portal, address, &[])
    }

    /// Starts a process on this address, with these settings besides the portal's.
    pub fn start_at(portal: &Portal, address: SocketAddr, more: &[(&str, &str)]) -> Self {
        let settings = &portal.settings;
        let child = Command::new(env!("CARGO_BIN_EXE_reseller-portal"))
            .arg("serve")
            .env_clear()
            .env("TELNYX_API_KEY", settings.telnyx_key.expose_secret())
            .env("TELNYX_API_BASE", portal.sandbox.base().as_str())
            .env("TELNYX_TIMEOUT", "2s")
            .env("PORTAL_SECRET_KEY", settings.secret_key.expose_secret())
            .env("PORTAL_LISTEN", address.to_string())
            .env("PORTAL_PUBLIC_URL", settings.public_url.as_str())
            .env("DATABASE_URL", settings.database_url.expose_secret())
            .env("RUST_LOG", "reseller_portal=warn")
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        Self { child, address }
    }

    /// Asks the process to stop, as a service manager does. Returns its status when it has ended.
    pub async fn terminate(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.unwrap().success());
        let ended = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap()
    }

    /// Kills the process with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already if the test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
