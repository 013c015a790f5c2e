//! Passwords for the first sign-in: the rule, and new random ones.
//! With a script, the page makes one itself (`static/password.js`).

use secrecy::{ExposeSecret, SecretString};

use crate::domain::text::InvalidText;
use crate::web::error::Error;

/// Maximum length of a password, in characters.
const MAX_LENGTH: usize = 256;
/// Number of random characters in a new password, in groups.
const GROUPS: usize = 4;
/// Length of a group.
const GROUP_LENGTH: usize = 5;
/// Characters of new passwords. None looks like another, so that they can be read out.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Returns the error of a password, in words for its field.
pub(super) fn error_of(password: &SecretString) -> Option<String> {
    let password = password.expose_secret();
    if password.chars().count() > MAX_LENGTH {
        return Some(InvalidText::TooLong(MAX_LENGTH).to_string());
    }
    password
        .chars()
        .any(char::is_control)
        .then(|| InvalidText::Control.to_string())
}

/// Makes a new password, such as `h7Kmq-…`. It has a letter of each case, a digit and a hyphen.
pub(super) fn generate() -> Result<SecretString, Error> {
    loop {
        let mut characters = Vec::with_capacity(GROUPS * GROUP_LENGTH);
        while characters.len() < GROUPS * GROUP_LENGTH {
            let mut bytes = [0_u8; 32];
            getrandom::fill(&mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
            // A byte beyond the alphabet is skipped, so that each character is equally likely.
            let drawn = bytes.iter().map(|byte| usize::from(byte & 63));
            characters.extend(drawn.filter_map(|at| ALPHABET.get(at).copied()));
        }
        let groups = characters.chunks(GROUP_LENGTH).take(GROUPS);
        let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
        let password = groups.join("-");
        let has = |kind: fn(&char) -> bool| password.chars().any(|c| kind(&c));
        if has(char::is_ascii_lowercase)
            && has(char::is_ascii_uppercase)
            && has(char::is_ascii_digit)
        {
            return Ok(password.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_may_be_anything_but_endless_or_unprintable() {
        for (password, right) in [
            ("x", true),
            ("  spaces and ünïcode \u{1F600} \"'<> ", true),
            ("a\0b", false),
            ("a\nb", false),
        ] {
            assert_eq!(error_of(&password.into()).is_none(), right, "{password:?}");
        }
        assert_eq!(error_of(&"é".repeat(256).into()), None);
        assert!(error_of(&"é".repeat(257).into()).is_some());
    }

    #[test]
    fn a_new_password_is_long_mixed_and_never_the_same() {
        let passwords: std::collections::BTreeSet<String> = (0..50)
            .map(|_| generate().expect("random").expose_secret().to_owned())
            .collect();
        assert_eq!(passwords.len(), 50);
        for password in passwords {
            assert_eq!(password.len(), 23, "{password}");
            assert!(password.chars().any(|c| c.is_ascii_digit()), "{password}");
            assert!(
                !password.contains(['l', 'o', 'I', 'O', '0', '1']),
                "{password}"
            );
        }
    }
}
