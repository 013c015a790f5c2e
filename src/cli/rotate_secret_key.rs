//! `rotate-secret-key`: replaces `PORTAL_SECRET_KEY` with another key.

use std::process::ExitCode;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{PREVIOUS_SECRET_KEY, Settings, secret_key};
use crate::secret_key::rotate;

use super::{database, environment, output};

/// Replaces the key in `PORTAL_PREVIOUS_SECRET_KEY` with that in `PORTAL_SECRET_KEY`.
pub async fn run() -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    let previous = secret_key(PREVIOUS_SECRET_KEY, environment::value(PREVIOUS_SECRET_KEY))?;
    let db = database::open_existing(&settings).await?;
    let old = Settings {
        secret_key: previous,
        ..settings.clone()
    };
    let old = App::from_settings(db.clone(), Clock::system(), old)?;
    let new = App::from_settings(db, Clock::system(), settings)?;
    let rotated = rotate(&old, &new).await?;
    new.db.close().await;
    output::print_line(format_args!(
        "The secret key is replaced; the fingerprint of the new one is {}.\n\
         Events up to {} stay sealed with the old one, and are still verified: audit verify.\n\
         Authenticator apps and passkeys go on. Recovery codes of {} people are void: each makes new ones in the profile.\n\
         Now start serve with the new key, and destroy the old one.",
        rotated.fingerprint, rotated.last_event, rotated.people_without_codes
    ));
    Ok(ExitCode::SUCCESS)
}
