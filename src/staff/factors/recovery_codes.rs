//! Recovery codes, for when all other second factors are lost. A person gets ten at a time. Each is
//! shown once, stored as a hash, and can be used once.

use uuid::Uuid;

use super::{FactorOwner, encryption};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::code::normalize;
use crate::domain::ids::StaffId;
use crate::staff::{Error, random_bytes};

/// Number of codes made at a time.
pub const CODE_COUNT: usize = 10;
/// Number of remaining codes at or below which a person should make new ones.
pub const LOW_CODE_COUNT: i64 = 3;
/// Number of characters of a code. Each is one of 32, so that 24 of them have 120 bits. That is
/// enough for a fast hash to be safe.
const CODE_LENGTH: usize = 24;
/// Characters of codes, without the similar pairs 0 and o, 1 and l.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Replaces the person's codes with new ones. Returns the codes, which are not stored.
pub async fn regenerate(app: &App, actor: &Actor, session: Uuid) -> Result<Vec<String>, Error> {
    let mut tx = app.db.begin().await?;
    let own = FactorOwner::lock(&mut tx, actor, session).await?;
    if !own.staff.second_factor {
        return Err(Error::NoFactor);
    }
    let codes = replace_codes(app, &mut tx, own.staff.id).await?;
    let words = "New recovery codes were made; old codes stop working.";
    let told = own.notify(app, &mut tx, words.to_owned()).await?;
    let event = Event {
        after: Some(format!("{CODE_COUNT} codes")),
        ..own.event(EventKind::RecoveryCodes)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(codes)
}

/// Replaces a person's codes with new ones, within a transaction.
pub(super) async fn replace_codes(
    app: &App,
    tx: &mut Tx,
    staff: StaffId,
) -> Result<Vec<String>, Error> {
    let mut codes = Vec::with_capacity(CODE_COUNT);
    for _ in 0..CODE_COUNT {
        codes.push(generate_code()?);
    }
    let hashes: Vec<Vec<u8>> = codes
        .iter()
        .map(|code| encryption::hash_code(app, staff, &normalize(code)))
        .collect();
    db::factors::set_codes(tx, staff, &hashes).await?;
    Ok(codes)
}

/// Uses a code, as typed. Returns `false` if it is wrong or was used before.
pub(super) async fn use_code(
    app: &App,
    tx: &mut Tx,
    staff: StaffId,
    typed: &str,
) -> Result<bool, Error> {
    let typed = normalize(typed);
    if typed.len() != CODE_LENGTH {
        return Ok(false);
    }
    let hash = encryption::hash_code(app, staff, &typed);
    Ok(db::factors::consume_recovery_code(tx, staff, &hash, app.clock.now()).await?)
}

/// Generates a code, in groups as it is shown.
fn generate_code() -> Result<String, Error> {
    let bytes = random_bytes::<CODE_LENGTH>()?;
    let mut code = String::with_capacity(CODE_LENGTH + 5);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        // 256 is a multiple of 32, so each character is equally likely.
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_grouped() {
        let code = generate_code().expect("a code");
        assert_eq!(code.len(), 29);
        assert_eq!(normalize(&code).len(), CODE_LENGTH);
        assert_eq!(
            normalize(&format!(" {} ", code.to_uppercase().replace('-', " "))),
            normalize(&code)
        );
        // Input methods for Chinese or Japanese write wide characters. Word processors use other
        // hyphens.
        let wide = |c: char| {
            if c.is_ascii_graphic() {
                char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)
            } else {
                c
            }
        };
        assert_eq!(
            normalize(&code.chars().map(wide).collect::<String>()),
            normalize(&code)
        );
        assert_eq!(
            normalize(&code.replace('-', "\u{2011}\u{200b}")),
            normalize(&code)
        );
    }
}
