//! Recovery codes: ten at a time, for when every other second factor is lost. Shown once, kept hashed, each used once.

use uuid::Uuid;

use super::{Own, sealed};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::code::plain;
use crate::domain::ids::StaffId;
use crate::staff::{Error, random};

/// So many at a time.
pub const MANY: usize = 10;
/// With so many left, or fewer, it is time for new ones.
pub const FEW: i64 = 3;
/// Characters of a code. Each is one of 32: with 24 of them a code has 120 bits, and a quick hash of it is enough.
const LENGTH: usize = 24;
/// No 0 and o, 1 and l.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// New codes in place of any before: they are answered, and kept nowhere.
pub async fn renew(app: &App, actor: &Actor, session: Uuid) -> Result<Vec<String>, Error> {
    let mut tx = app.db.begin().await?;
    let own = Own::lock(&mut tx, actor, session).await?;
    if !own.staff.second_factor {
        return Err(Error::NoFactor);
    }
    let codes = renewed(app, &mut tx, own.staff.id).await?;
    let words = "New recovery codes were made; the ones before work no more.";
    let told = own.tell(app, &mut tx, words.to_owned()).await?;
    let event = Event {
        after: Some(format!("{MANY} codes")),
        ..own.event(EventKind::RecoveryCodes)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    told.mail(app).await;
    Ok(codes)
}

/// New codes in place of any before, within a transaction.
pub(super) async fn renewed(app: &App, tx: &mut Tx, staff: StaffId) -> Result<Vec<String>, Error> {
    let mut codes = Vec::with_capacity(MANY);
    for _ in 0..MANY {
        codes.push(code()?);
    }
    let hashes: Vec<Vec<u8>> = codes
        .iter()
        .map(|code| sealed::code_hash(app, staff, &plain(code)))
        .collect();
    db::factors::set_codes(tx, staff, &hashes).await?;
    Ok(codes)
}

/// Uses a code, as typed. False where it is none, or was used.
pub(super) async fn used(app: &App, tx: &mut Tx, staff: StaffId, typed: &str) -> Result<bool, Error> {
    let typed = plain(typed);
    if typed.len() != LENGTH {
        return Ok(false);
    }
    let hash = sealed::code_hash(app, staff, &typed);
    Ok(db::factors::use_code(tx, staff, &hash, app.clock.now()).await?)
}

/// A code as it is shown, in groups.
fn code() -> Result<String, Error> {
    let bytes = random::<LENGTH>()?;
    let mut code = String::with_capacity(LENGTH + 5);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        // 256 is a multiple of 32: each character is as likely as any other.
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_grouped() {
        let code = code().expect("a code");
        assert_eq!(code.len(), 29);
        assert_eq!(plain(&code).len(), LENGTH);
        assert_eq!(
            plain(&format!(" {} ", code.to_uppercase().replace('-', " "))),
            plain(&code)
        );
        // As an input method for Chinese or Japanese writes it, and as a word processor hyphenates it.
        let wide = |c: char| {
            if c.is_ascii_graphic() {
                char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)
            } else {
                c
            }
        };
        assert_eq!(plain(&code.chars().map(wide).collect::<String>()), plain(&code));
        assert_eq!(plain(&code.replace('-', "\u{2011}\u{200b}")), plain(&code));
    }
}
