//! `sandbox`: runs only the simulated Telnyx.

use std::process::ExitCode;

use crate::sandbox::{Options, Sandbox};

use super::{SandboxOptions, output, portal, signals};

/// Runs the sandbox until the process is asked to stop.
pub async fn run(given: SandboxOptions) -> anyhow::Result<ExitCode> {
    let usual = Options::default();
    let options = Options {
        api_key: given.api_key.unwrap_or(usual.api_key),
        accounts: given.accounts.unwrap_or(usual.accounts),
        seed: given.seed.unwrap_or(usual.seed),
        channels: given.channels.unwrap_or(usual.channels),
        now: usual.now,
    };
    let end = signals::shutdown_token()?;
    let listener = portal::listen(given.listen, "--listen")?;
    let address = listener.local_addr()?;
    output::print_line(format_args!(
        "Simulated Telnyx, nothing here is real\n  API       http://{address}/v2\n  Key       {}\n  Controls  http://{address}/_sandbox/state",
        options.api_key
    ));
    let sandbox = Sandbox::new(options);
    tokio::select! {
        served = sandbox.serve(listener, end.clone().cancelled_owned()) => served?,
        // A fault may delay a request for long. Give up an answer that no one waits for any more.
        () = portal::wait_for_grace_period(&end) => {}
    }
    Ok(ExitCode::SUCCESS)
}
