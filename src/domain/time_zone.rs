//! Time zones in which people read times.
//! They are compiled in, because the host may have none.

use std::sync::LazyLock;

/// Coordinated Universal Time.
pub const UTC: &str = "UTC";

/// Other names of UTC, in lower case.
const UTC_ALIASES: [&str; 9] = [
    "utc",
    "etc/utc",
    "z",
    "zulu",
    "etc/zulu",
    "uct",
    "universal",
    "gmt",
    "etc/gmt",
];

/// Renamed zones, as old and present name. Many browsers still report the old one.
const RENAMED: [(&str, &str); 26] = [
    ("Africa/Asmera", "Africa/Asmara"),
    ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("America/Catamarca", "America/Argentina/Catamarca"),
    ("America/Coral_Harbour", "America/Atikokan"),
    ("America/Cordoba", "America/Argentina/Cordoba"),
    ("America/Godthab", "America/Nuuk"),
    ("America/Indianapolis", "America/Indiana/Indianapolis"),
    ("America/Jujuy", "America/Argentina/Jujuy"),
    ("America/Louisville", "America/Kentucky/Louisville"),
    ("America/Mendoza", "America/Argentina/Mendoza"),
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("Asia/Dacca", "Asia/Dhaka"),
    ("Asia/Katmandu", "Asia/Kathmandu"),
    ("Asia/Macao", "Asia/Macau"),
    ("Asia/Rangoon", "Asia/Yangon"),
    ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
    ("Asia/Thimbu", "Asia/Thimphu"),
    ("Asia/Ujung_Pandang", "Asia/Makassar"),
    ("Asia/Ulan_Bator", "Asia/Ulaanbaatar"),
    ("Atlantic/Faeroe", "Atlantic/Faroe"),
    ("Europe/Kiev", "Europe/Kyiv"),
    ("Pacific/Enderbury", "Pacific/Kanton"),
    ("Pacific/Ponape", "Pacific/Pohnpei"),
    ("Pacific/Samoa", "Pacific/Pago_Pago"),
    ("Pacific/Truk", "Pacific/Chuuk"),
    ("US/Pacific-New", "America/Los_Angeles"),
];

static ALL: LazyLock<Vec<TimeZone>> = LazyLock::new(|| {
    let renamed = |name: &str| RENAMED.iter().any(|(old, _)| *old == name);
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/") && !renamed(name))
        .collect();
    names.push(UTC.to_owned());
    names.sort();
    names.dedup();
    names.into_iter().map(|name| TimeZone { name }).collect()
});

/// Time zone that a person can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone {
    /// Name in the IANA database.
    pub name: String,
}

impl TimeZone {
    /// Returns the label, with the city first because people search for it: "New York, America".
    #[must_use]
    pub fn label(&self) -> String {
        let words = self.name.replace('_', " ");
        match words.rsplit_once('/') {
            Some((area, city)) => format!("{city}, {}", area.replace('/', ", ")),
            None => "Coordinated Universal Time".to_owned(),
        }
    }

    /// Returns the old name if the zone was renamed, or else an empty text.
    #[must_use]
    pub fn old_name(&self) -> &'static str {
        let renamed = RENAMED.iter().find(|(_, present)| *present == self.name);
        renamed.map_or("", |(old, _)| old)
    }

    fn city(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

/// Returns all zones that a person can choose, sorted by name.
#[must_use]
pub fn all() -> &'static [TimeZone] {
    &ALL
}

/// Finds a zone by name, old name, or a city that is unique.
#[must_use]
pub fn find(typed: &str) -> Option<&'static str> {
    let typed = typed.trim();
    if UTC_ALIASES
        .iter()
        .any(|name| typed.eq_ignore_ascii_case(name))
    {
        return Some(UTC);
    }
    let typed = typed.split_whitespace().collect::<Vec<_>>().join("_");
    let renamed = RENAMED
        .iter()
        .find(|(old, _)| typed.eq_ignore_ascii_case(old));
    let name = renamed.map_or(typed.as_str(), |(_, present)| present);
    if let Some(zone) = ALL.iter().find(|zone| zone.name.eq_ignore_ascii_case(name)) {
        return Some(&zone.name);
    }
    let old_city = RENAMED.iter().find(|(old, _)| {
        old.rsplit('/')
            .next()
            .is_some_and(|city| city.eq_ignore_ascii_case(name))
    });
    if let Some((_, present)) = old_city {
        return Some(present);
    }
    let mut cities = ALL
        .iter()
        .filter(|zone| zone.city().eq_ignore_ascii_case(name));
    match (cities.next(), cities.next()) {
        (Some(one), None) => Some(&one.name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{all, find};

    #[test]
    fn zones_are_found_by_name_old_name_and_city() {
        for (typed, found) in [
            ("UTC", Some("UTC")),
            (" utc ", Some("UTC")),
            ("Etc/UTC", Some("UTC")),
            ("Z", Some("UTC")),
            ("Europe/Berlin", Some("Europe/Berlin")),
            ("europe/berlin", Some("Europe/Berlin")),
            ("berlin", Some("Europe/Berlin")),
            ("new york", Some("America/New_York")),
            ("New  York", Some("America/New_York")),
            ("kolkata", Some("Asia/Kolkata")),
            ("calcutta", Some("Asia/Kolkata")),
            ("Asia/Calcutta", Some("Asia/Kolkata")),
            ("Europe/Kiev", Some("Europe/Kyiv")),
            (
                "America/Argentina/Buenos_Aires",
                Some("America/Argentina/Buenos_Aires"),
            ),
            ("", None),
            ("Mars/Base", None),
            ("/", None),
            ("../etc/passwd", None),
            ("UTC\0", None),
        ] {
            assert_eq!(find(typed), found, "{typed:?}");
        }
    }

    #[test]
    fn every_zone_is_one_that_times_can_be_shown_in_and_can_be_chosen() {
        assert!(all().len() > 400);
        for zone in all() {
            assert!(jiff::tz::TimeZone::get(&zone.name).is_ok(), "{}", zone.name);
            assert_eq!(find(&zone.name), Some(zone.name.as_str()));
            assert!(!zone.label().is_empty());
        }
    }
}
