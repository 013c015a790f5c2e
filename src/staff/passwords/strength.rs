//! Strength of passwords, judged by zxcvbn, common passwords and facts about the person.

use zxcvbn::{Score, zxcvbn};

/// Most common passwords that are long enough to be accepted, one per line. They are from the
/// 49,000 passwords that zxcvbn-ts lists (`LICENSE.txt`). About 30,000 of those are also known to
/// zxcvbn itself.
const COMMON_PASSWORDS: &str = include_str!("commonest.txt");

/// Words that an attacker of this portal tries first, besides facts about the person.
const PORTAL_WORDS: [&str; 4] = ["telnyx", "reseller", "portal", "mission control"];

/// Refuses a password that can be guessed in fewer than a hundred million tries. This includes the
/// most common passwords and variations of them, the person's own name and address, and rows of
/// keys, sequences and dates. Facts about the person and the portal's own words do not count:
/// without them, the rest must still be as hard to guess.
pub(super) fn check(password: &str, about: &[&str]) -> Result<(), String> {
    if is_common(password) {
        return Err(
            "This is too easy to guess. It is one of the passwords that people choose most: use a few unrelated words."
                .to_owned(),
        );
    }
    let words = about.iter().flat_map(|text| {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        parts.filter(|part| part.chars().count() > 2).chain([*text])
    });
    let mut known: Vec<String> = words.chain(PORTAL_WORDS).map(str::to_lowercase).collect();
    known.retain(|word| !word.is_empty());
    let known_words: Vec<&str> = known.iter().map(String::as_str).collect();
    let estimate = zxcvbn(password, &known_words);
    if estimate.score() >= Score::Three {
        let rest = remove_known_words(password, known);
        let is_enough = rest.is_none_or(|rest| zxcvbn(&rest, &[]).score() >= Score::Three);
        return is_enough.then_some(()).ok_or_else(|| {
            "This is too easy to guess. Most of it is your own name or address, or the portal's: add a few unrelated \
             words."
                .to_owned()
        });
    }
    let mut sentence = "This is too easy to guess.".to_owned();
    if let Some(feedback) = estimate.feedback() {
        let warning = feedback.warning().map(|warning| warning.to_string());
        let advice = feedback.suggestions().iter().map(ToString::to_string);
        for more in warning.into_iter().chain(advice) {
            sentence.push(' ');
            sentence.push_str(&more);
        }
    }
    Err(sentence)
}

/// Returns a password in lower case without the known words. Returns `None` if it contains none.
fn remove_known_words(password: &str, mut known: Vec<String>) -> Option<String> {
    // Longest first, because a short word may be part of a longer one.
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let password = password.to_lowercase();
    let rest = known.iter().fold(password.clone(), |rest, word| {
        rest.replace(word.as_str(), "")
    });
    (rest != password).then_some(rest)
}

/// Returns `true` if a password is one of the most common ones. Ignores case, and digits and signs
/// that stand for letters.
fn is_common(password: &str) -> bool {
    let password = normalize(password);
    COMMON_PASSWORDS
        .lines()
        .any(|common| normalize(common) == password)
}

fn normalize(password: &str) -> String {
    let letter = |c| match c {
        '@' => 'a',
        '0' => 'o',
        '3' => 'e',
        '1' | '!' => 'i',
        '$' | '5' => 's',
        other => other,
    };
    password.to_lowercase().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::super::validate_new;

    #[test]
    fn what_others_guess_first_is_refused_with_advice() {
        let common = [
            "password1234",
            "123456789012",
            "qwertyuiop12",
            "Passw0rd!Passw0rd!",
            "iloveyou2026",
            "abcdefghijkl",
            "aaaaaaaaaaaaaaaa",
        ];
        for password in common {
            let refused = validate_new(password, password, &[]).err();
            assert!(
                refused.is_some_and(|words| words.starts_with("This is too easy to guess. ")),
                "{password}"
            );
        }
        let own = "wiebkeklaassen";
        assert!(validate_new(own, own, &[]).is_ok());
        assert!(validate_new(own, own, &["Wiebke Klaassen", "wiebke@klaassen.example"]).is_err());
    }

    #[test]
    fn what_others_know_of_the_person_counts_for_nothing() {
        let about = ["Wiebke Klaassen", "w.klaassen@acme-telecom.example"];
        for password in [
            "Wiebke Klaassen 1",
            "wiebke klaassen wiebke 7",
            "KLAASSEN-acme-telecom-2",
            "acme reseller portal 26",
            "Telnyx Klaassen Portal!",
            "w.klaassen@acme-telecom.example",
        ] {
            let refused = validate_new(password, password, &about).expect_err(password);
            assert!(
                refused.starts_with("This is too easy to guess"),
                "{password}: {refused}"
            );
        }
        for password in [
            "Wiebke drinks 3 teapots of orbit",
            "klaassen lamp teapot orbit",
        ] {
            assert!(
                validate_new(password, password, &about).is_ok(),
                "{password}"
            );
        }
    }
}
