//! The command line: reads it, sets up the log and the runtime, and turns a refusal into one line and an exit status.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use reseller_portal::cli;

/// Pages are made of many small pieces that one thread takes and another gives back, which costs the system's allocator
/// a fifth of a page's time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let command = cli::Cli::parse().command;
    match run(command) {
        Ok(status) => status,
        Err(error) => {
            cli::output::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: cli::Command) -> anyhow::Result<ExitCode> {
    cli::log::start(&command)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(command.run())
}
