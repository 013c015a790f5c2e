//! Names and email addresses of companies.
//! Some names are written by hand; the others are generated in the style of a country. The word
//! lists are in `names::country`. Every address ends in `.example`, a domain that no one can own.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::super::random::SeededRandom;
use super::people;

mod country;

use country::{COUNTRIES, Country, FIXED_NAMES};

/// Company and its email address.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) name: String,
    pub(super) email: String,
}

/// Returns `count` companies, all with different names and email addresses.
pub(super) fn companies(count: usize, chance: &mut SeededRandom) -> Vec<Company> {
    let mut names = HashSet::with_capacity(count);
    let mut emails = HashSet::with_capacity(count);
    let mut companies = Vec::with_capacity(count);
    for place in 0..count {
        let (name, desks) = match FIXED_NAMES.get(place) {
            Some(name) => ((*name).to_owned(), COUNTRIES[0].mailbox_names.as_slice()),
            None => generate_name(chance, &names),
        };
        names.insert(name.clone());
        let domain = domain(&name);
        let mut email = format!(
            "{}@{domain}.example",
            if chance.percent(25) {
                people::local_part(chance)
            } else {
                chance.pick(desks).to_owned()
            }
        );
        let mut again = 2;
        while !emails.insert(email.clone()) {
            email = format!("{}@{domain}{again}.example", chance.pick(desks));
            again += 1;
        }
        companies.push(Company { name, email });
    }
    chance.shuffle(&mut companies);
    companies
}

/// Returns a name that is not taken yet.
/// It is longer than necessary only if the simple names are used up.
fn generate_name(
    chance: &mut SeededRandom,
    taken: &HashSet<String>,
) -> (String, &'static [&'static str]) {
    let country: &'static Country = &COUNTRIES[chance.below(COUNTRIES.len())];
    let stem = chance.pick(&country.surnames);
    let trade = chance.pick(&country.trades);
    let form = chance.pick(&country.legal_forms);
    let simple = match chance.below(3) {
        0 => format!("{stem} {form}"),
        1 => country.format_name(stem, trade, form),
        _ => {
            let partner = chance.pick(&country.surnames);
            let and = if partner == stem {
                String::new()
            } else {
                format!(" {} {partner}", country.conjunction)
            };
            country.format_name(&format!("{stem}{and}"), trade, form)
        }
    };
    if !taken.contains(&simple) {
        return (simple, &country.mailbox_names);
    }
    let longer = country.format_name(
        &format!("{stem} {}", chance.pick(&country.cities)),
        trade,
        form,
    );
    if !taken.contains(&longer) {
        return (longer, &country.mailbox_names);
    }
    let mut branch = chance.between(2, 900_000);
    loop {
        let name = format!("{longer} {branch}");
        if !taken.contains(&name) {
            return (name, &country.mailbox_names);
        }
        branch += 1;
    }
}

impl Country {
    fn format_name(&self, stem: &str, trade: &str, form: &str) -> String {
        if self.trade_first {
            format!("{trade} {stem} {form}")
        } else {
            format!("{stem} {trade} {form}")
        }
    }
}

/// Returns the first words of a name as a domain in plain letters.
/// `Bäckerei Höflinger & Söhne GmbH` becomes `baeckerei-hoeflinger-soehne`.
fn domain(name: &str) -> String {
    const LEFT_OUT: [&str; 38] = [
        "gmbh", "ltd", "limited", "llc", "inc", "sarl", "sas", "sl", "sa", "srl", "bv", "ab", "as",
        "ag", "kg", "ug", "spa", "lda", "plc", "co", "corp", "snc", "slu", "ek", "nv", "vof",
        "aps", "llp", "pty", "pvt", "pte", "the", "and", "et", "y", "e", "hijos", "fils",
    ];
    let mut plain = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'ı' => plain.push('i'),
            '.' | '\'' | '’' => {}
            _ => plain.extend(
                c.nfkd()
                    .filter(|c| !is_combining_mark(*c))
                    .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }),
            ),
        }
    }
    let words: Vec<&str> = plain
        .split_whitespace()
        .filter(|word| !LEFT_OUT.contains(word))
        .collect();
    let kept = if words.len() > 3
        && words
            .last()
            .is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit()))
    {
        // A numbered branch keeps its number. Otherwise thousands of them would share one domain.
        [
            words.get(..2).unwrap_or_default(),
            words.get(words.len() - 1..).unwrap_or_default(),
        ]
        .concat()
    } else {
        words.into_iter().take(3).collect()
    };
    if kept.is_empty() {
        "company".to_owned()
    } else {
        kept.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_in_plain_letters() {
        assert_eq!(
            domain("Bäckerei Höflinger & Söhne GmbH"),
            "baeckerei-hoeflinger-soehne"
        );
        assert_eq!(domain("Piñata Café S.A."), "pinata-cafe");
        assert_eq!(domain("桜商事"), "company");
    }

    #[test]
    fn no_two_of_many_companies_share_a_name_or_an_email() {
        let companies = companies(20_000, &mut SeededRandom::new(7));
        let names: HashSet<_> = companies
            .iter()
            .map(|company| company.name.to_lowercase())
            .collect();
        let emails: HashSet<_> = companies
            .iter()
            .map(|company| company.email.to_lowercase())
            .collect();
        assert_eq!((names.len(), emails.len()), (20_000, 20_000));
    }
}
