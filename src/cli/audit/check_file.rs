//! `audit check-file`: checks that this portal wrote each line of an exported file.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use crate::app::App;
use crate::config::{PREVIOUS_SECRET_KEY, Settings, secret_key};
use crate::db::audit::jsonl::{self, VerifiedLine};
use anyhow::{Context, bail};

use super::{environment, output};

/// Maximum length of a line, in bytes. An event is far shorter.
const MAX_LINE_LENGTH: u64 = 4 << 20;

/// Checks each line on its own, and says if the lines form an unbroken chain.
pub fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    let mut keys = vec![App::audit_key(&settings)];
    if let Ok(previous) = std::env::var(PREVIOUS_SECRET_KEY) {
        let settings = Settings {
            secret_key: secret_key(PREVIOUS_SECRET_KEY, Some(previous))?,
            ..settings
        };
        keys.push(App::audit_key(&settings));
    }
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut reader = BufReader::new(file);
    let mut count = 0_u64;
    let mut gaps = 0_u64;
    let mut ends: Option<(i64, VerifiedLine)> = None;
    let mut line = String::new();
    loop {
        line.clear();
        if (&mut reader)
            .take(MAX_LINE_LENGTH)
            .read_line(&mut line)
            .with_context(|| path.display().to_string())?
            == 0
        {
            break;
        }
        count += 1;
        let Some(proved) = keys
            .iter()
            .find_map(|key| jsonl::verify_line(key, line.trim_end()))
        else {
            bail!(
                "line {count} is not as this portal wrote it; if it is the first, check PORTAL_SECRET_KEY, and set \
                 {PREVIOUS_SECRET_KEY} to the one from before it was replaced"
            );
        };
        let follows =
            |last: &VerifiedLine| proved.number == last.number + 1 && proved.previous == last.hash;
        ends = Some(match ends {
            None => (proved.number, proved),
            Some((first, last)) => {
                gaps += u64::from(!follows(&last));
                (first, proved)
            }
        });
    }
    let Some((first, last)) = ends else {
        bail!("{} has no line", path.display());
    };
    output::print_line(format_args!(
        "Each of the {count} lines is as this portal wrote it."
    ));
    if gaps == 0 {
        output::print_line(format_args!(
            "They are all events from {first} to {}, one after the other.\nHead: {}",
            last.number, last.hash
        ));
    } else {
        output::print_line(
            "They do not follow each other: the file was filtered, or lines are missing or in another order.",
        );
    }
    Ok(ExitCode::SUCCESS)
}
