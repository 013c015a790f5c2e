//! Sources of settings: flags, environment variables, files that hold one secret, and a TOML file.
//! A flag comes before a variable, and a variable before the TOML file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Suffix of a variable that names a file with the value of a secret.
const FILE_SUFFIX: &str = "_FILE";

/// Origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// A variable of the environment.
    Environment,
    /// A file that only has this secret.
    SecretFile(PathBuf),
    /// The TOML file.
    Config(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("--set"),
            Self::Environment => f.write_str("environment"),
            Self::SecretFile(file) | Self::Config(file) => write!(f, "{}", file.display()),
        }
    }
}

/// Value of a setting, with its origin.
#[derive(Clone)]
pub struct Sourced {
    /// The value. It may be a secret.
    pub value: String,
    /// Its origin.
    pub origin: Origin,
}

/// Values of all settings that are set somewhere.
#[derive(Clone, Default)]
pub struct Sources(BTreeMap<String, Sourced>);

impl Sources {
    /// Reads all sources. `names` are the names of all settings, each with `true` if it is a secret.
    /// `environment` returns the value of a variable.
    ///
    /// # Errors
    /// Fails with one line about a flag or file that cannot be used, or about a secret that is given
    /// twice.
    pub fn read(
        names: &[(&str, bool)],
        flags: &[String],
        config: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let mut found = BTreeMap::new();
        if let Some(file) = config {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("--config {} cannot be read", file.display()))?;
            for (name, value) in parse_config(&text).with_context(|| file.display().to_string())? {
                require_known(names, &name, &file.display().to_string())?;
                let origin = Origin::Config(file.to_owned());
                found.insert(name, Sourced { value, origin });
            }
        }
        for (name, is_secret) in names {
            let value = environment(name).filter(|value| !value.trim().is_empty());
            let file_name = format!("{name}{FILE_SUFFIX}");
            let file = environment(&file_name).filter(|_| *is_secret);
            let sourced = match (value, file) {
                (Some(_), Some(_)) => {
                    bail!("{name} and {file_name} are both set; keep one of them")
                }
                (Some(value), None) => {
                    let origin = Origin::Environment;
                    Sourced { value, origin }
                }
                (None, Some(file)) => {
                    let file = PathBuf::from(file);
                    let value = std::fs::read_to_string(&file).with_context(|| {
                        format!("{file_name}: {} cannot be read", file.display())
                    })?;
                    Sourced {
                        value: value.trim_end_matches(['\r', '\n']).to_owned(),
                        origin: Origin::SecretFile(file),
                    }
                }
                (None, None) => continue,
            };
            found.insert((*name).to_owned(), sourced);
        }
        for flag in flags {
            let Some((name, value)) = flag.split_once('=') else {
                bail!("--set {flag}: write NAME=VALUE");
            };
            if require_known(names, name, "--set")? {
                bail!(
                    "--set {name}: others on this machine can read flags; set {name}{FILE_SUFFIX} to a file with it"
                );
            }
            let sourced = Sourced {
                value: value.to_owned(),
                origin: Origin::Flag,
            };
            found.insert(name.to_owned(), sourced);
        }
        Ok(Self(found))
    }

    /// Returns the value of a setting, if it is set.
    pub fn get(&self, name: &str) -> Option<&Sourced> {
        self.0.get(name)
    }
}

/// Returns `true` if the setting is a secret.
///
/// # Errors
/// Fails if there is no such setting.
fn require_known(names: &[(&str, bool)], name: &str, place: &str) -> anyhow::Result<bool> {
    if let Some((_, is_secret)) = names.iter().find(|(known, _)| *known == name) {
        return Ok(*is_secret);
    }
    let nearest = did_you_mean(names.iter().map(|(name, _)| *name), name);
    bail!("{place}: there is no setting {name}.{nearest} See: reseller-portal serve --help")
}

/// Returns a question about the setting with the most similar name; empty if none is similar.
pub fn did_you_mean<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(known, name);
    let Some(nearest) = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b))) else {
        return String::new();
    };
    let distance = strsim::damerau_levenshtein(nearest, name);
    if distance <= 4 || nearest.starts_with(name) || name.starts_with(nearest) {
        format!(" Did you mean {nearest}?")
    } else {
        String::new()
    }
}

/// Reads a TOML file of settings. Lists become texts with commas.
fn parse_config(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        // The error quotes the line, which may have a secret.
        let line = error
            .span()
            .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        anyhow::anyhow!("line {line} is not TOML: {}", error.message())
    })?;
    table
        .into_iter()
        .map(|(name, value)| {
            let value = plain_text(&value).with_context(|| {
                format!("{name} is a table or a time; write a text or a number")
            })?;
            Ok((name, value))
        })
        .collect()
}

fn plain_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(plain_text).collect();
            Some(items?.join(","))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, bool); 3] = [
        ("PORTAL_LISTEN", false),
        ("PORTAL_TRUSTED_PROXIES", false),
        ("PORTAL_SECRET_KEY", true),
    ];

    fn read(
        flags: &[&str],
        config: Option<&Path>,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Sources> {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Sources::read(&NAMES, &flags, config, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_flag_comes_before_a_variable_and_a_variable_before_the_file() {
        let config = file(
            "PORTAL_LISTEN = \"127.0.0.1:1\"\nPORTAL_TRUSTED_PROXIES = [\"10.0.0.1\", \"10.0.0.2\"]",
        );
        let all = read(
            &["PORTAL_LISTEN=127.0.0.1:3"],
            Some(config.path()),
            &[("PORTAL_LISTEN", "127.0.0.1:2")],
        )
        .unwrap();
        let listen = all.get("PORTAL_LISTEN").unwrap();
        assert_eq!(
            (listen.value.as_str(), &listen.origin),
            ("127.0.0.1:3", &Origin::Flag)
        );
        let proxies = all.get("PORTAL_TRUSTED_PROXIES").unwrap();
        assert_eq!(proxies.value, "10.0.0.1,10.0.0.2");
        let two = read(
            &[],
            Some(config.path()),
            &[("PORTAL_LISTEN", "127.0.0.1:2")],
        )
        .unwrap();
        assert_eq!(
            two.get("PORTAL_LISTEN").unwrap().origin,
            Origin::Environment
        );
    }

    #[test]
    fn a_secret_comes_from_a_file_and_only_from_one_place() {
        let secret = file("a secret\n");
        let path = secret.path().to_str().unwrap();
        let all = read(&[], None, &[("PORTAL_SECRET_KEY_FILE", path)]).unwrap();
        assert_eq!(all.get("PORTAL_SECRET_KEY").unwrap().value, "a secret");
        let cases: [(anyhow::Result<Sources>, &str); 4] = [
            (
                read(
                    &[],
                    None,
                    &[("PORTAL_SECRET_KEY_FILE", path), ("PORTAL_SECRET_KEY", "x")],
                ),
                "both set",
            ),
            (
                read(&[], None, &[("PORTAL_SECRET_KEY_FILE", "/no/such")]),
                "cannot be read",
            ),
            (
                read(&["PORTAL_SECRET_KEY=x"], None, &[]),
                "PORTAL_SECRET_KEY_FILE",
            ),
            (read(&["PORTAL_LISTEN"], None, &[]), "NAME=VALUE"),
        ];
        for (read, why) in cases {
            let said = format!("{:#}", read.err().unwrap());
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_file_with_an_unknown_name_or_a_mistake_is_refused_without_quoting_it() {
        for (text, why) in [
            ("PORTAL_LISTNE = \"x\"", "Did you mean PORTAL_LISTEN?"),
            (
                "PORTAL_LISTEN = \"x\"\nPORTAL_SECRET_KEY = hunter2",
                "line 2 is not TOML",
            ),
            ("[PORTAL_LISTEN]\na = 1", "is a table"),
        ] {
            let config = file(text);
            let said = format!("{:#}", read(&[], Some(config.path()), &[]).err().unwrap());
            assert!(said.contains(why), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
