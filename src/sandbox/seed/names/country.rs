//! Words from which company names are generated; the lists are the files in `words`.
//! No real company is meant. Any resemblance is a coincidence.

use std::sync::LazyLock;

/// Words for the company names of one country.
pub(super) struct Country {
    pub(super) surnames: Vec<&'static str>,
    pub(super) trades: Vec<&'static str>,
    pub(super) legal_forms: Vec<&'static str>,
    pub(super) cities: Vec<&'static str>,
    /// Word between two partners.
    pub(super) conjunction: &'static str,
    /// True if the trade precedes the surname.
    pub(super) trade_first: bool,
    /// Names of mailboxes that are usual in the country.
    pub(super) mailbox_names: Vec<&'static str>,
}

/// Names that test the pages.
/// They include very long names, pairs that are easily confused, accents, apostrophes and other
/// scripts.
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
