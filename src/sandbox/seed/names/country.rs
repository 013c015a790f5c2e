//! The words of which company names are made; the lists are the files in `words`. No company meant: likenesses are
//! chance.

use std::sync::LazyLock;

/// How a country's companies are called.
pub(super) struct Country {
    pub(super) surnames: Vec<&'static str>,
    pub(super) trades: Vec<&'static str>,
    pub(super) legal_forms: Vec<&'static str>,
    pub(super) cities: Vec<&'static str>,
    /// The word between two partners.
    pub(super) conjunction: &'static str,
    /// True if the trade precedes the name.
    pub(super) trade_first: bool,
    /// Names of the mailboxes used there.
    pub(super) mailbox_names: Vec<&'static str>,
}

/// Names with something to them: very long ones, pairs that are easily taken for each other, accents, apostrophes,
/// other scripts.
pub(super) static FIXED_NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("words/fixed.txt").lines().collect());

/// Countries of the companies.
pub(super) static COUNTRIES: LazyLock<[Country; 9]> = LazyLock::new(|| {
    [
        Country::read(include_str!("words/britain.txt"), "&", false),
        Country::read(include_str!("words/america.txt"), "&", false),
        Country::read(include_str!("words/germany.txt"), "&", false),
        Country::read(include_str!("words/france.txt"), "et", true),
        Country::read(include_str!("words/spain.txt"), "y", true),
        Country::read(include_str!("words/italy.txt"), "e", true),
        Country::read(include_str!("words/netherlands.txt"), "&", false),
        Country::read(include_str!("words/nordics.txt"), "&", false),
        Country::read(include_str!("words/overseas.txt"), "&", false),
    ]
});

impl Country {
    fn read(words: &'static str, conjunction: &'static str, trade_first: bool) -> Self {
        let list = |name: &str| {
            let lines = words
                .lines()
                .skip_while(|line| line.strip_prefix("# ") != Some(name));
            lines
                .skip(1)
                .take_while(|line| !line.starts_with('#'))
                .collect()
        };
        Self {
            surnames: list("surnames"),
            trades: list("trades"),
            legal_forms: list("legal forms"),
            cities: list("cities"),
            conjunction,
            trade_first,
            mailbox_names: list("mailbox names"),
        }
    }
}
